/** The special forms of records: `extend`, `select_fields`, `remove_fields` (language.md 7.9). */
import type { DataType, Field, RecordType } from '../../shared/types/data-type.ts';
import type { FunctionDefinition } from '../functions/registry.ts';
import { diagnostic } from '../language/diagnostics/diagnostic.ts';
import { didYouMean, quoteNames, similarNames } from '../language/diagnostics/similar-names.ts';
import type { Span } from '../language/source.ts';
import { FAILED, joinFacts, typeOf } from './checked.ts';
import type { Checked, Value } from './checked.ts';
import type { CheckContext } from './context.ts';
import { fieldOf, showType } from './record-type.ts';
import type { CallArgument } from './typed-call.ts';

export interface RecordFormCall {
  readonly definition: FunctionDefinition;
  readonly nameSpan: Span;
  readonly span: Span;
  readonly args: readonly CallArgument[];
}

type RecordValue = Value & { readonly expr: { readonly type: RecordType } };

export function buildRecordForm(context: CheckContext, call: RecordFormCall): Checked {
  return call.definition.name === 'extend'
    ? buildExtend(context, call)
    : buildSelection(context, call, call.definition.name === 'select_fields');
}

function buildExtend(context: CheckContext, call: RecordFormCall): Checked {
  const records: RecordValue[] = [];
  for (const arg of call.args) {
    const record = recordOf(context, call, arg);
    if (record === null) return FAILED;
    records.push(record);
  }
  const [extension, base] = records as [RecordValue, RecordValue];
  const parts = records.map((facts, index) => ({ facts, span: call.args[index]!.span }));
  if (!context.checkGroupings(parts, "call to 'extend'", call.nameSpan)) return FAILED;
  context.checkTimeDomains(parts, "call to 'extend'", call.nameSpan);
  const kept = base.expr.type.fields.filter(
    ({ name }) => fieldOf(extension.expr.type, name) === null,
  );
  return reshape(context, call, [
    { record: extension, fields: extension.expr.type.fields },
    { record: base, fields: kept },
  ]);
}

function buildSelection(context: CheckContext, call: RecordFormCall, keepsNamed: boolean): Checked {
  const [recordArg, ...nameArgs] = call.args as [CallArgument, ...CallArgument[]];
  const record = recordOf(context, call, recordArg);
  const names = nameArgs.map((arg) => fieldName(context, call, arg, record));
  if (record === null || names.includes(null)) return FAILED;
  const named = new Set(names);
  const fields = record.expr.type.fields.filter(({ name }) => named.has(name) === keepsNamed);
  if (fields.length === 0) {
    const message = 'Removed all fields from the input record';
    context.diagnostics.report(diagnostic('E0008', message, { at: call.nameSpan }));
    return FAILED;
  }
  return reshape(context, call, [{ record, fields }]);
}

/** A record of the named fields of each source, in order. */
function reshape(
  context: CheckContext,
  { span }: RecordFormCall,
  sources: readonly { record: RecordValue; fields: readonly Field[] }[],
): Checked {
  const fields: Field[] = [];
  const values: Value[] = [];
  for (const source of sources) {
    for (const field of source.fields) {
      const value = context.field(
        source.record,
        field.name,
        field.type,
        spanOf(source.record, field.name),
      );
      if (value.kind === 'failed') return FAILED;
      fields.push(field);
      values.push(value);
    }
  }
  const records = sources.map(({ record }) => record);
  const facts = joinFacts([...records, ...values]);
  const expr = {
    op: 'reshape',
    type: { kind: 'record', fields },
    values: values.map((value) => value.expr),
    sources: records.map((record) => record.expr),
    grouping: facts.grouping,
    span,
  } as const;
  const isConstant = records.every((record) => record.isConstant);
  return context.makeValue(expr, facts, { isConstant, fields: values });
}

/** Where a field is defined, if the record is a literal; else where the record stands. */
function spanOf(record: RecordValue, name: string): Span {
  const index = record.expr.type.fields.findIndex((field) => field.name === name);
  return record.fields?.[index]?.expr.span ?? record.expr.span;
}

function recordOf(
  context: CheckContext,
  call: RecordFormCall,
  arg: CallArgument,
): RecordValue | null {
  const { checked, parameter, span } = arg;
  if (checked.kind === 'failed') return null;
  // The second half of the condition is what the type says.
  if (checked.kind === 'value' && checked.expr.type.kind === 'record')
    return checked as RecordValue;
  const type: DataType = typeOf(checked);
  const message = `Argument '${parameter.name}' to '${call.definition.name}' must be a record, but was ${showType(type)}`;
  context.diagnostics.report(diagnostic('E0010', message, { at: span }));
  return null;
}

/** The constant name that an argument gives, if it is a field of the record. */
function fieldName(
  context: CheckContext,
  call: RecordFormCall,
  { checked, span, parameter }: CallArgument,
  record: RecordValue | null,
): string | null {
  const what = `Argument '${parameter.name}' to '${call.definition.name}'`;
  // Even of an argument that failed for another reason: so it is published (language.md 9.1).
  if (checked.kind !== 'value' || !checked.isConstant) {
    const message = `${what} must be a constant string, but was not constant`;
    context.diagnostics.report(diagnostic('E0014', message, { at: span }));
    return null;
  }
  const { expr } = checked;
  if (expr.op !== 'literal' || typeof expr.value !== 'string') {
    const message = `${what} must be a constant string, but was ${showType(expr.type)}`;
    context.diagnostics.report(diagnostic('E0010', message, { at: span }));
    return null;
  }
  if (record === null || fieldOf(record.expr.type, expr.value) !== null) return expr.value;
  const similar = similarNames(
    expr.value,
    record.expr.type.fields.map((field) => field.name),
  );
  const message = `No field named '${expr.value}'${didYouMean(expr.value, similar)}`;
  const notes = [`Nearest fields: ${quoteNames(similar)}`];
  context.diagnostics.report(diagnostic('E0001', message, { at: span, notes }));
  return null;
}
