/** Checks calls: arguments to parameters, constness, types, groupings, then the typed node (language.md 1.7, 2.3). */
import { I64, NULL } from '../../shared/types/data-type.ts';
import type { DataType } from '../../shared/types/data-type.ts';
import { FUNCTIONS, publicFunctionNames } from '../functions/registry.ts';
import type { FunctionDefinition } from '../functions/registry.ts';
import type { Parameter } from '../functions/signature.ts';
import type { Argument, Expr, Name } from '../language/ast.ts';
import { diagnostic } from '../language/diagnostics/diagnostic.ts';
import { didYouMean, quoteNames, similarNames } from '../language/diagnostics/similar-names.ts';
import { Source } from '../language/source.ts';
import type { Span } from '../language/source.ts';
import { buildAggregate } from './build-aggregate.ts';
import { buildRecordForm } from './build-record-form.ts';
import { buildSpecial } from './build-special.ts';
import { FAILED, FAILED_COLLECT, constantValue, typeOf } from './checked.ts';
import type { Checked, Facts, Failed, Value, WindowValue } from './checked.ts';
import type { CheckContext } from './context.ts';
import { instantiate } from './instantiate.ts';
import { showType } from './record-type.ts';
import { parameterAt, resolveArguments } from './resolve-arguments.ts';
import type { Resolved } from './resolve-arguments.ts';
import type { Scope } from './scope.ts';
import { freeTickAfter, valueOf } from './typed-call.ts';
import type { CallArgument, TypedArgument, TypedCall } from './typed-call.ts';

export interface CallSyntax {
  /** For operators the name of their function, at the place of the operator. */
  readonly name: Name;
  readonly args: readonly Argument[];
  readonly span: Span;
}

const inferredInput = new Source('internal', 'inferred $input', '$input');
const INFERRED_INPUT_SPAN: Span = { source: inferredInput, start: 0, end: 6 };

const defaultArgument = new Source('internal', 'internal', 'default');
const DEFAULT_SPAN: Span = { source: defaultArgument, start: 0, end: 7 };

/** Functions whose arguments may differ in time domain (language.md 3.7). */
const TIME_UNCHECKED: ReadonlySet<string> = new Set(['shift_until', 'lookup']);

export function checkCall(
  context: CheckContext,
  call: CallSyntax,
  scope: Scope,
  check: (expr: Expr) => Checked,
): Checked {
  const definition = FUNCTIONS.get(call.name.text);
  const resolution =
    definition === undefined
      ? { error: undefinedFunction(call.name), tookInput: false }
      : resolveArguments(definition.signature, call.name, call.args);
  if (definition === undefined || 'error' in resolution) {
    if ('error' in resolution) {
      context.diagnostics.report(resolution.error);
      if (resolution.tookInput && scope.input !== null) scope.input.isUsed = true;
    }
    for (const { value } of call.args) check(value);
    return FAILED;
  }
  const given = call.args.map(({ value }) => check(value));
  const args = resolution.resolved.map((resolved, index): CallArgument => {
    const parameter = parameterAt(definition.signature, index);
    if (resolved.from === 'given') {
      const { value: syntax } = call.args[resolved.index]!;
      return { parameter, checked: given[resolved.index]!, span: syntax.span, syntax };
    }
    return { parameter, ...implicitArgument(context, resolved, call.name, scope), syntax: null };
  });
  return typeCall(context, definition, call, args);
}

/** Checks a call whose arguments stand in the places of their parameters. */
export function typeCall(
  context: CheckContext,
  definition: FunctionDefinition,
  call: { readonly name: Name; readonly span: Span },
  args: readonly CallArgument[],
): Checked {
  const nameSpan = call.name.span;
  if (definition.family === 'records') {
    return buildRecordForm(context, { definition, nameSpan, span: call.span, args });
  }
  if (!checkConstants(context, definition, args)) {
    return definition.name === 'collect' ? FAILED_COLLECT : FAILED;
  }
  if (args.some(({ checked }) => checked.kind === 'failed')) {
    checkFailedLists(context, definition, nameSpan, args);
    return FAILED;
  }
  // The line above leaves no failed argument.
  const typed = cast(context, definition, nameSpan, args as readonly TypedArgument[]);
  if (typed === null) return FAILED;
  const parts = typed.args.map(({ checked, span }) => ({ facts: checked as Facts, span }));
  const what = `call to '${definition.name}'`;
  if (definition.name !== 'lookup' && !context.checkGroupings(parts, what, nameSpan)) return FAILED;
  if (!TIME_UNCHECKED.has(definition.name)) context.checkTimeDomains(parts, what, nameSpan);
  const grouping = parts.find(({ facts }) => facts.grouping !== null)?.facts.grouping ?? null;
  return build(context, { definition, nameSpan, span: call.span, ...typed, grouping });
}

function build(context: CheckContext, call: TypedCall): Checked {
  switch (call.definition.entry.kind) {
    case 'aggregate':
      return buildAggregate(context, call);
    case 'special':
      return buildSpecial(context, call);
    case 'pointwise':
      return buildPointwise(context, call);
  }
}

function buildPointwise(context: CheckContext, call: TypedCall): Checked {
  const { definition, type, grouping, span } = call;
  const values = call.args.map(valueOf);
  const args = values.map(({ expr }) => expr);
  const made = context.makePointwise(
    { op: 'call', fn: definition.name, args, type, grouping, span },
    values,
  );
  if (definition.name !== 'if' || made.kind === 'failed') return made;
  const [condition, value] = values;
  return { ...made, freeTick: freeTickAfter(condition!, value!) };
}

function implicitArgument(
  context: CheckContext,
  resolved: Exclude<Resolved, { from: 'given' }>,
  callName: Name,
  scope: Scope,
): { checked: Checked; span: Span } {
  if (resolved.from === 'default') {
    const { value } = resolved;
    const type = value === null ? NULL : I64;
    const expr = { op: 'literal', type, value, grouping: null, span: callName.span } as const;
    return { checked: constantValue(expr), span: DEFAULT_SPAN };
  }
  const { input } = scope;
  if (input === null) {
    const message = `Call to '${callName.text}' lacks an argument, and '$input' is not bound here`;
    const notes = ["'$input' is the left side of a pipe ('|')"];
    context.diagnostics.report(diagnostic('E0006', message, { at: callName.span, notes }));
    return { checked: FAILED, span: INFERRED_INPUT_SPAN };
  }
  input.isUsed = true;
  return { checked: input.checked, span: INFERRED_INPUT_SPAN };
}

/** Reports arguments of `const` parameters that are not constant. */
function checkConstants(
  context: CheckContext,
  { name }: FunctionDefinition,
  args: readonly CallArgument[],
): boolean {
  const wrong = args.filter(
    ({ parameter, checked }) =>
      parameter.constant && checked.kind === 'value' && !checked.isConstant,
  );
  for (const { parameter, span } of wrong) {
    const message = `Argument '${parameter.name}' to '${name}' must be constant, but was not`;
    context.diagnostics.report(diagnostic('E0014', message, { at: span }));
  }
  return wrong.length === 0;
}

/** The one follow-on error that the language publishes: a bad `collect` is no list either. */
function checkFailedLists(
  context: CheckContext,
  { signature }: FunctionDefinition,
  nameSpan: Span,
  args: readonly CallArgument[],
): void {
  const wrong = args.find(
    ({ parameter, checked }) =>
      parameter.type.kind === 'list' && checked.kind === 'failed' && checked.isCollect,
  );
  if (wrong === undefined) return;
  const { name, typeSpan } = wrong.parameter;
  const message = `Invalid types for parameter '${name}' in call to '${signature.name}'`;
  const secondary = [
    { span: wrong.span, text: 'Actual type: error' },
    { span: typeSpan, text: `Expected type: ${textOf(typeSpan)}` },
  ];
  context.diagnostics.report(diagnostic('E0010', message, { at: nameSpan, secondary }));
}

function cast(
  context: CheckContext,
  definition: FunctionDefinition,
  nameSpan: Span,
  args: readonly TypedArgument[],
): { args: readonly TypedArgument[]; type: DataType } | null {
  const plain = args.filter(({ parameter }) => !isWindowParameter(parameter));
  const instance = instantiate(
    definition.signature,
    nameSpan,
    plain.map(({ parameter, checked, span }) => ({ parameter, type: typeOf(checked), span })),
  );
  if ('error' in instance) {
    context.diagnostics.report(instance.error);
    return null;
  }
  const done: TypedArgument[] = [];
  let nextType = 0;
  for (const arg of args) {
    const checked = isWindowParameter(arg.parameter)
      ? takeWindow(context, arg)
      : context.cast(valueOf(arg), instance.parameterTypes[nextType++]!);
    if (checked.kind === 'failed') return null;
    done.push({ ...arg, checked });
  }
  return { args: done, type: instance.result };
}

function isWindowParameter({ type }: Parameter): boolean {
  return type.kind === 'concrete' && type.type === 'window';
}

/** A window, or the null that stands for none. */
function takeWindow(
  context: CheckContext,
  { checked, span, syntax, parameter }: TypedArgument,
): Value | WindowValue | Failed {
  if (checked.kind === 'window' || checked.expr.type.kind === 'null') return checked;
  const message =
    syntax?.op === 'call'
      ? `Function '${syntax.name.text}' makes no window`
      : `Argument '${parameter.name}' must be a window, but was ${showType(checked.expr.type)}`;
  const notes = ["Supported windows: 'since', 'sliding'"];
  context.diagnostics.report(diagnostic('E0010', message, { at: span, notes }));
  return FAILED;
}

function undefinedFunction({ text, span }: Name): ReturnType<typeof diagnostic> {
  const similar = similarNames(text, publicFunctionNames());
  const message = `No function named '${text}'${didYouMean(text, similar)}`;
  const notes = [`Nearest matches: ${quoteNames(similar)}`];
  return diagnostic('E0007', message, { at: span, notes });
}

function textOf({ source, start, end }: Span): string {
  return source.text.slice(start, end);
}
