/** What all parts of the checker share for one query: diagnostics, groupings, and the making of typed values. */
import { sameType } from '../../shared/types/data-type.ts';
import type { DataType } from '../../shared/types/data-type.ts';
import {
  DiagnosticList,
  diagnostic,
  incompatibleGrouping,
} from '../language/diagnostics/diagnostic.ts';
import { EXPRESSION_DEPTH_MAX, TYPE_SIZE_MAX } from '../language/limits.ts';
import type { Span } from '../language/source.ts';
import { FAILED, joinFacts } from './checked.ts';
import type { Facts, Failed, Value } from './checked.ts';
import { ConstantFolder } from './fold.ts';
import { fieldIndex, typeSize } from './record-type.ts';
import type { TableSchema, TypedExpr } from './typed-expr.ts';

/** A part of an expression together with where it is written, which is elsewhere for names. */
export interface Part {
  readonly facts: Facts;
  readonly span: Span;
}

export class CheckContext {
  readonly diagnostics = new DiagnosticList();
  readonly #folder = new ConstantFolder();
  /** Key types by grouping. */
  readonly #groupings = new Map<string, DataType>();
  readonly #rowless: Span[] = [];
  #isTooDeep = false;

  constructor(tables: readonly TableSchema[]) {
    for (const { grouping, keyType } of tables) this.#groupings.set(grouping, keyType);
  }

  /** A typed value with facts; folded if it is constant. Fails, with a diagnostic, beyond the limits of size. */
  makeValue(
    expr: TypedExpr,
    facts: Facts,
    options: { isConstant?: boolean; fields?: readonly Value[] | null } = {},
  ): Value | Failed {
    if (facts.depth > EXPRESSION_DEPTH_MAX) {
      const limit = `${EXPRESSION_DEPTH_MAX} levels deep after names are substituted`;
      return this.#fail(`Expression is more than ${limit}`, expr.span);
    }
    if (typeSize(expr.type) > TYPE_SIZE_MAX) {
      return this.#fail(`Type of more than ${TYPE_SIZE_MAX} nested fields`, expr.span);
    }
    const { isConstant = false, fields = null } = options;
    const isFolded = isConstant && expr.op !== 'record';
    const result = isFolded ? this.#folder.fold(expr) : expr;
    // What became a literal or a record of literals is as flat as its type.
    const depth = result === expr ? facts.depth : 1 + Number(result.op === 'record');
    return { kind: 'value', expr: result, ...facts, depth, isConstant, fields };
  }

  /** A node that computes row by row from `parts`. */
  makePointwise(
    expr: TypedExpr,
    parts: readonly Value[],
    fields: readonly Value[] | null = null,
  ): Value | Failed {
    const isConstant = parts.every((part) => part.isConstant);
    return this.makeValue(expr, joinFacts(parts), { isConstant, fields });
  }

  cast(value: Value, type: DataType, span: Span = value.expr.span): Value | Failed {
    if (sameType(value.expr.type, type)) return value;
    const { grouping } = value;
    return this.makePointwise({ op: 'cast', input: value.expr, type, grouping, span }, [value]);
  }

  /** Access to a field that exists, of a record, a list of records, or a json value. */
  field(base: Value, name: string, type: DataType, span: Span): Value | Failed {
    const { grouping } = base;
    const expr: TypedExpr = { op: 'field', base: base.expr, name, type, grouping, span };
    const baseType = base.expr.type;
    const index = baseType.kind === 'record' ? fieldIndex(baseType, name) : null;
    const origin = index === null ? undefined : base.fields?.[index];
    const facts = { ...joinFacts([base]), ...(origin && { timeDomain: origin.timeDomain }) };
    return this.makeValue(expr, facts, {
      isConstant: base.isConstant,
      fields: origin?.fields ?? null,
    });
  }

  /** Reports parts of different groupings; says whether they can meet. */
  checkGroupings(parts: readonly Part[], what: string, at: Span): boolean {
    const spans = new Map<string, Span>();
    for (const { facts, span } of parts) {
      if (facts.grouping !== null && !spans.has(facts.grouping)) spans.set(facts.grouping, span);
    }
    if (spans.size <= 1) return true;
    const secondary = [...spans].map(([name, span]) => ({ span, text: `Grouping: '${name}'` }));
    const message = `Incompatible groupings in ${what}`;
    this.diagnostics.report(incompatibleGrouping(message, { at, secondary }));
    return false;
  }

  /** Warns of parts that exist at different times (language.md 3.7). */
  checkTimeDomains(parts: readonly Part[], what: string, at: Span): void {
    const spans = new Map<string, Span>();
    for (const { facts, span } of parts) {
      const { timeDomain } = facts;
      if (timeDomain !== null && !spans.has(timeDomain)) spans.set(timeDomain, span);
    }
    if (spans.size <= 1) return;
    const secondary = [...spans].map(([name, span]) => ({ span, text: `Time domain: ${name}` }));
    const message = `Incompatible time domains in ${what}`;
    this.diagnostics.report(diagnostic('W2000', message, { at, secondary }));
  }

  keyTypeOf(grouping: string): DataType | null {
    return this.#groupings.get(grouping) ?? null;
  }

  /** Notes the grouping that a `with_key` makes; false if it exists with another key type. */
  defineGrouping(grouping: string, keyType: DataType): boolean {
    const known = this.#groupings.get(grouping);
    if (known !== undefined) return sameType(known, keyType);
    this.#groupings.set(grouping, keyType);
    return true;
  }

  /** Notes an operation on rows whose arguments have none. It is reported at the end, unless nothing has rows. */
  noteRowless(facts: Facts, at: Span): void {
    if (!facts.hasRows) this.#rowless.push(at);
  }

  get rowless(): readonly Span[] {
    return this.#rowless;
  }

  /** Once per query: whatever holds the expression fails as well. */
  #fail(message: string, at: Span): Failed {
    if (!this.#isTooDeep) this.diagnostics.report(diagnostic('E0011', message, { at }));
    this.#isTooDeep = true;
    return FAILED;
  }
}
