/** Checks syntax trees against names and types: one method per construct of the language. */
import { unreachable } from '../../shared/base/assert.ts';
import { BOOL, NULL, STRING, scalar } from '../../shared/types/data-type.ts';
import type { DataType, Field } from '../../shared/types/data-type.ts';
import { FUNCTIONS } from '../functions/registry.ts';
import { OPERATOR_FUNCTIONS, UNARY_FUNCTIONS } from '../language/ast.ts';
import type {
  CastExpr,
  Expr,
  FieldExpr,
  IndexExpr,
  LetExpr,
  Name,
  PipeExpr,
  RecordExpr,
  ReferenceExpr,
  TypeName,
} from '../language/ast.ts';
import { diagnostic } from '../language/diagnostics/diagnostic.ts';
import type { Diagnostic } from '../language/diagnostics/diagnostic.ts';
import { didYouMean, quoteNames, similarNames } from '../language/diagnostics/similar-names.ts';
import { printTypeName } from '../language/print.ts';
import type { Span } from '../language/source.ts';
import { scalarKindOf } from '../language/type-names.ts';
import { canCastExplicitly } from './cast-rules.ts';
import { checkCall, typeCall } from './check-call.ts';
import { FAILED, constantValue, joinFacts, typeOf } from './checked.ts';
import type { Checked, Value } from './checked.ts';
import type { CheckContext } from './context.ts';
import { fieldOf, showType } from './record-type.ts';
import { Scope } from './scope.ts';
import type { Binding } from './scope.ts';
import type { LiteralValue, TableSchema } from './typed-expr.ts';

export class Checker {
  readonly #context: CheckContext;
  readonly #tables: ReadonlyMap<string, TableSchema>;
  readonly #tableValues = new Map<string, Value>();
  readonly #formulas = new Map<string, Checked>();
  readonly #ambiguous = new Set<string>();

  /** Every formula of the request: unreached ones are not checked, but a name may be meant for them. */
  readonly #formulaNames: readonly string[];

  constructor(
    context: CheckContext,
    tables: ReadonlyMap<string, TableSchema>,
    formulaNames: readonly string[],
  ) {
    this.#context = context;
    this.#tables = tables;
    this.#formulaNames = formulaNames;
  }

  /** Makes a formula known to the expressions that are checked later. */
  defineFormula(name: string, checked: Checked): void {
    this.#formulas.set(name, checked);
  }

  /** Checks a whole query or formula. */
  checkRoot(expr: Expr): Checked {
    return this.#check(expr, Scope.root());
  }

  #check(expr: Expr, scope: Scope): Checked {
    switch (expr.op) {
      case 'number':
        return literal(scalar(expr.kind), expr.value, expr.span);
      case 'string':
        return literal(STRING, expr.value, expr.span);
      case 'word':
        return literal(expr.value === null ? NULL : BOOL, expr.value, expr.span);
      case 'reference':
        return this.#checkReference(expr, scope);
      case 'input':
        return this.#checkInput(expr.span, scope);
      case 'field':
        return this.#checkField(expr, scope);
      case 'index':
        return this.#checkIndex(expr, scope);
      case 'call':
        return this.#checkCall(expr.name, expr.args, expr.span, scope);
      case 'unary': {
        const name = { text: UNARY_FUNCTIONS[expr.operator], span: expr.operatorSpan };
        return this.#checkCall(name, [{ keyword: null, value: expr.operand }], expr.span, scope);
      }
      case 'binary': {
        const name = { text: OPERATOR_FUNCTIONS[expr.operator], span: expr.operatorSpan };
        const args = [expr.left, expr.right].map((value) => ({ keyword: null, value }));
        return this.#checkCall(name, args, expr.span, scope);
      }
      case 'record':
        return this.#checkRecord(expr, scope);
      case 'let':
        return this.#checkLet(expr, scope);
      case 'pipe':
        return this.#checkPipe(expr, scope);
      case 'cast':
        return this.#checkCast(expr, scope);
      case 'error':
        return FAILED;
      default:
        return unreachable(expr);
    }
  }

  #checkCall(
    name: Name,
    args: Parameters<typeof checkCall>[1]['args'],
    span: Span,
    scope: Scope,
  ): Checked {
    return checkCall(this.#context, { name, args, span }, scope, (expr) =>
      this.#check(expr, scope),
    );
  }

  #checkReference({ name, span }: ReferenceExpr, scope: Scope): Checked {
    const binding = scope.lookUp(name);
    if (binding !== null) {
      binding.isUsed = true;
      return binding.checked;
    }
    const formula = this.#formulas.get(name);
    if (formula !== undefined) {
      if (this.#tables.has(name)) return this.#ambiguousName(name, span);
      return formula;
    }
    return this.#table(name, span) ?? this.#unbound(name, span, scope);
  }

  #table(name: string, span: Span): Value | null {
    const known = this.#tableValues.get(name);
    if (known !== undefined) return known;
    const table = this.#tables.get(name);
    if (table === undefined) return null;
    const { type, grouping } = table;
    const value: Value = {
      kind: 'value',
      expr: { op: 'table', table: name, type, grouping, span },
      grouping,
      hasRows: true,
      timeDomain: `table '${name}'`,
      freeTick: null,
      depth: 1,
      isConstant: false,
      fields: null,
    };
    this.#tableValues.set(name, value);
    return value;
  }

  #ambiguousName(name: string, at: Span): Checked {
    if (!this.#ambiguous.has(name)) {
      const message = `'${name}' is the name of a formula and of a table`;
      this.#report(diagnostic('E0004', message, { at }));
    }
    this.#ambiguous.add(name);
    return FAILED;
  }

  #unbound(name: string, at: Span, scope: Scope): Checked {
    const candidates = new Set([...scope.names(), ...this.#formulaNames, ...this.#tables.keys()]);
    const similar = similarNames(name, candidates);
    const note =
      similar.length === 0
        ? 'No formulas, tables, or let-bound names available'
        : `Nearest matches: ${quoteNames(similar)}`;
    const message = `No reference named '${name}'${didYouMean(name, similar)}`;
    const call = FUNCTIONS.has(name) ? [`A function of this name exists: write '${name}()'`] : [];
    this.#report(diagnostic('E0006', message, { at, notes: [note, ...call] }));
    return FAILED;
  }

  #checkInput(at: Span, scope: Scope): Checked {
    if (scope.input === null) {
      const message = "'$input' is not bound here";
      const notes = ["'$input' is the left side of a pipe ('|')"];
      this.#report(diagnostic('E0006', message, { at, notes }));
      return FAILED;
    }
    scope.input.isUsed = true;
    return scope.input.checked;
  }

  #checkField({ base, name, span }: FieldExpr, scope: Scope): Checked {
    const checked = this.#check(base, scope);
    return checked.kind === 'failed' ? FAILED : this.#accessField(checked, base.span, name, span);
  }

  #accessField(
    base: Exclude<Checked, { kind: 'failed' }>,
    baseSpan: Span,
    name: Name,
    span: Span,
  ): Checked {
    const type = typeOf(base);
    const record = type.kind === 'list' ? type.element : type;
    if (base.kind === 'value' && type.kind === 'json') {
      return this.#context.field(base, name.text, STRING, span);
    }
    if (base.kind === 'window' || record.kind !== 'record') {
      const message = `No fields in a value of type ${showType(type)}`;
      this.#report(diagnostic('E0001', message, { at: baseSpan }));
      return FAILED;
    }
    const field = fieldOf(record, name.text);
    if (field === null) {
      const similar = similarNames(
        name.text,
        record.fields.map((known) => known.name),
      );
      const message = `No field named '${name.text}'${didYouMean(name.text, similar)}`;
      const notes = [`Nearest fields: ${quoteNames(similar)}`];
      this.#report(diagnostic('E0001', message, { at: name.span, notes }));
      return FAILED;
    }
    const result: DataType =
      type.kind === 'list' ? { kind: 'list', element: field.type } : field.type;
    return this.#context.field(base, name.text, result, span);
  }

  /** `c[i]` is `index(i, c)` of a list, `get(i, c)` of a map, and field access of json (language.md 1.5). */
  #checkIndex(expr: IndexExpr, scope: Scope): Checked {
    const base = this.#check(expr.base, scope);
    const index = this.#check(expr.index, scope);
    if (base.kind === 'failed' || index.kind === 'failed') return FAILED;
    const { kind } = typeOf(base);
    if (kind === 'json') return this.#indexJson(expr, base, index);
    if (kind !== 'list' && kind !== 'map') {
      const message = `Only lists, maps and json can be indexed, not ${showType(typeOf(base))}`;
      this.#report(diagnostic('E0010', message, { at: expr.bracketSpan }));
      return FAILED;
    }
    const definition = FUNCTIONS.get(kind === 'list' ? 'index' : 'get')!;
    const [indexParameter, baseParameter] = definition.signature.parameters;
    const name = { text: definition.name, span: expr.bracketSpan };
    return typeCall(this.#context, definition, { name, span: expr.span }, [
      { parameter: indexParameter!, checked: index, span: expr.index.span, syntax: expr.index },
      { parameter: baseParameter!, checked: base, span: expr.base.span, syntax: expr.base },
    ]);
  }

  #indexJson(expr: IndexExpr, base: Exclude<Checked, { kind: 'failed' }>, index: Checked): Checked {
    const literalIndex =
      index.kind === 'value' && index.expr.op === 'literal' ? index.expr.value : null;
    if (typeof literalIndex !== 'string') {
      const isConstant = index.kind === 'value' && index.isConstant;
      const message = 'The index of a json value must be a constant string';
      this.#report(diagnostic(isConstant ? 'E0010' : 'E0014', message, { at: expr.index.span }));
      return FAILED;
    }
    const name = { text: literalIndex, span: expr.index.span };
    return this.#accessField(base, expr.base.span, name, expr.span);
  }

  #checkRecord({ fields, span }: RecordExpr, scope: Scope): Checked {
    if (fields.length === 0) {
      this.#report(diagnostic('E0008', 'Record must be non-empty', { at: span }));
      return FAILED;
    }
    const hasDuplicates = this.#checkDuplicates(fields.map(({ name }) => name));
    const values: Value[] = [];
    for (const { name, value: syntax } of fields) {
      const checked = this.#check(syntax, scope);
      if (checked.kind === 'failed') continue;
      const type = typeOf(checked);
      if (checked.kind === 'window' || type.kind === 'json') {
        const message = `Field '${name.text}' has invalid type ${type.kind}`;
        this.#report(diagnostic('E0010', message, { at: syntax.span }));
        continue;
      }
      values.push(checked);
    }
    if (hasDuplicates || values.length < fields.length) return FAILED;
    const parts = values.map((facts, index) => ({ facts, span: fields[index]!.value.span }));
    if (!this.#context.checkGroupings(parts, 'a record', span)) return FAILED;
    const typeFields = fields.map(({ name }, index): Field => ({
      name: name.text,
      type: values[index]!.expr.type,
    }));
    const { grouping } = joinFacts(values);
    const type = { kind: 'record', fields: typeFields } as const;
    const exprs = values.map(({ expr }) => expr);
    return this.#context.makePointwise(
      { op: 'record', type, values: exprs, grouping, span },
      values,
      values,
    );
  }

  /** Reports names that occur more than once, ordered by name. */
  #checkDuplicates(names: readonly Name[]): boolean {
    const repeated = [...Map.groupBy(names, ({ text }) => text)].filter(
      ([, same]) => same.length > 1,
    );
    repeated.sort(([left], [right]) => (left < right ? -1 : 1));
    for (const [text, [first, ...others]] of repeated) {
      const message = `Field '${text}' defined multiple times`;
      const secondary = others.map(({ span }) => ({ span, text: '' }));
      this.#report(diagnostic('E0009', message, { at: first!.span, secondary }));
    }
    return repeated.length > 0;
  }

  #checkLet({ bindings, body }: LetExpr, scope: Scope): Checked {
    const inner = scope.nest();
    const bound: { binding: Binding; slot: number; name: string }[] = [];
    for (const { name, value } of bindings) {
      const slot = this.#context.diagnostics.reserve();
      const checked = this.#check(value, inner);
      const binding: Binding = { checked, span: name.span, isUsed: false };
      inner.bind(name.text, binding);
      bound.push({ binding, slot, name: name.text });
    }
    const result = this.#check(body, inner);
    for (const { binding, slot, name } of bound) {
      this.#warnUnused(binding, slot, `Unused binding '${name}'`);
    }
    return result;
  }

  #checkPipe({ left, right, barSpan }: PipeExpr, scope: Scope): Checked {
    const checked = this.#check(left, scope);
    const slot = this.#context.diagnostics.reserve();
    const binding: Binding = { checked, span: barSpan, isUsed: false };
    const result = this.#check(right, scope.withInput(binding));
    this.#warnUnused(binding, slot, 'Left side of the pipe is never used');
    return result;
  }

  #warnUnused({ isUsed, span }: Binding, slot: number, message: string): void {
    if (isUsed) return;
    this.#context.diagnostics.fill(slot, diagnostic('W2001', message, { at: span }));
  }

  #checkCast({ value, type: typeName, span }: CastExpr, scope: Scope): Checked {
    const checked = this.#check(value, scope);
    if (checked.kind === 'failed') return FAILED;
    const from = typeOf(checked);
    const to = resolveType(typeName);
    if (to === null || !canCastExplicitly(from, to)) {
      const message = `Unable to cast to type '${printTypeName(typeName)}'`;
      const notes = [`From type ${showType(from)}`];
      this.#report(diagnostic('E0002', message, { at: typeName.span, notes }));
      return FAILED;
    }
    // There is no cast that makes a window: it is one already, or the null that stands for none.
    if (checked.kind === 'window') return checked;
    if (to.kind === 'window') return { kind: 'window', window: null, ...joinFacts([checked]) };
    return this.#context.cast(checked, to, span);
  }

  #report(item: Diagnostic): void {
    this.#context.diagnostics.report(item);
  }
}

function literal(type: DataType, value: LiteralValue, span: Span): Value {
  return constantValue({ op: 'literal', type, value, grouping: null, span });
}

/** Null for names that are no type. */
function resolveType({ name, parameters }: TypeName): DataType | null {
  const types = parameters.map(resolveType);
  if (types.includes(null)) return null;
  // The line above leaves no null.
  const [first, second] = types as DataType[];
  if (name === 'list' && first !== undefined) return { kind: 'list', element: first };
  if (name === 'map' && first !== undefined && second !== undefined) {
    return { kind: 'map', key: first, value: second };
  }
  const kind = scalarKindOf(name);
  return kind === null ? null : scalar(kind);
}
