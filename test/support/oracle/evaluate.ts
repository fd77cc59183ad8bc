/**
 * The oracle: what a typed expression means, row at a time.
 *
 * Nothing here knows of columns, partitions or plans. It is read from the top: every case below is a row of the table in
 * language.md 3.2. Where a tick stands, `parent` is the domain it is bound to (5.4).
 */
import type { FieldExpr, TypedExpr } from '../../../coordinator/check/typed-expr.ts';
import type { DataType } from '../../../shared/types/data-type.ts';
import { aggregate } from './aggregate.ts';
import { castValue } from './cast.ts';
import { addTime, applyFunction } from './functions.ts';
import { jsonField } from './json.ts';
import { lookup, shiftTo, shiftUntil, tick, when, withKey } from './reshape-rows.ts';
import { boundsOf, constant, mapRows, moveTo, unionDomains } from './timeline.ts';
import type { Domain, Timeline } from './timeline.ts';
import type { OracleTable } from './load-table.ts';
import type { Value } from './value.ts';

/** The kind of entity of a grouping: the type of its keys, and those met so far by hash. */
export interface EntityKind {
  readonly type: DataType;
  readonly keys: Map<bigint, Value>;
}

/** Evaluates expressions over fixed tables. */
export class Evaluator {
  /** By grouping. */
  readonly entities: Map<string, EntityKind> = new Map();
  readonly #tables: ReadonlyMap<string, OracleTable>;
  readonly #cutoff: bigint | null;
  readonly #known = new Map<TypedExpr, Map<Domain | null, Timeline>>();
  readonly #tableTimelines = new Map<string, Timeline>();

  /** Events and shifted rows after `cutoff` (ns) do not exist; null for no such limit. */
  constructor(tables: readonly OracleTable[], cutoff: bigint | null) {
    this.#tables = new Map(tables.map((table) => [table.name, table]));
    this.#cutoff = cutoff;
    for (const table of tables) {
      const { keys } = this.#entityKind(table.grouping, table.keyType);
      for (const row of table.rows) keys.set(row.hash, row.key);
    }
  }

  /** The timeline of `expr`. The same object in the same place is evaluated once. */
  evaluate(expr: TypedExpr, parent: Domain | null): Timeline {
    const known = this.#known.get(expr) ?? new Map<Domain | null, Timeline>();
    this.#known.set(expr, known);
    const timeline = known.get(parent) ?? this.#compute(expr, parent);
    known.set(parent, timeline);
    return timeline;
  }

  #compute(expr: TypedExpr, parent: Domain | null): Timeline {
    const evaluate = (part: TypedExpr): Timeline => this.evaluate(part, parent);
    switch (expr.op) {
      case 'literal':
        return constant(expr.value);
      case 'table':
        return this.#table(expr.table);
      case 'field':
        return this.#field(expr, evaluate(expr.base));
      case 'cast':
        return mapRows([evaluate(expr.input)], ([value]) =>
          castValue(value!, expr.input.type, expr.type),
        );
      case 'record':
        return mapRows(expr.values.map(evaluate), (values) => values);
      case 'reshape': {
        const values = mapRows(expr.values.map(evaluate), (items) => items);
        return withSources(values, expr.sources.map(evaluate));
      }
      case 'call': {
        const args =
          expr.fn === 'if'
            ? this.#conditionAndValue(expr.args[0]!, expr.args[1]!, parent)
            : expr.args.map(evaluate);
        const types = { args: expr.args.map((arg) => arg.type), result: expr.type };
        return mapRows(args, (values) => applyFunction(expr.fn, values, types));
      }
      case 'aggregate': {
        const input = evaluate(expr.input);
        const condition = expr.window && this.evaluate(expr.window.condition, input.domain);
        return aggregate(expr, input, condition);
      }
      case 'tick':
        return tick(expr.tick, parent);
      case 'time_of':
        return timeOf(evaluate(expr.input));
      case 'when':
        return when(...this.#conditionAndValue(expr.condition, expr.value, parent));
      case 'shift_to':
        return shiftTo(evaluate(expr.time), evaluate(expr.value), this.#cutoff);
      case 'shift_by': {
        const value = evaluate(expr.value);
        const target = targetOf(evaluate(expr.delta), expr.delta.type, timeOf(value));
        return shiftTo(target, value, this.#cutoff);
      }
      case 'shift_until':
        return shiftUntil(evaluate(expr.predicate), evaluate(expr.value), this.#cutoff);
      case 'with_key': {
        const { keys } = this.#entityKind(expr.grouping!, expr.key.type);
        return withKey(evaluate(expr.key), evaluate(expr.value), expr.key.type, keys);
      }
      case 'lookup':
        return lookup(evaluate(expr.key), evaluate(expr.value), expr.key.type);
    }
  }

  /** A condition's ticks are bound to the rows of the value. */
  #conditionAndValue(
    condition: TypedExpr,
    value: TypedExpr,
    parent: Domain | null,
  ): [Timeline, Timeline] {
    const evaluated = this.evaluate(value, parent);
    return [this.evaluate(condition, evaluated.domain), evaluated];
  }

  #table(name: string): Timeline {
    const known = this.#tableTimelines.get(name);
    if (known !== undefined) return known;
    const table = this.#tables.get(name);
    if (table === undefined) throw new Error(`oracle: no table ${name}`);
    const rows = table.rows.filter((row) => this.#cutoff === null || row.time <= this.#cutoff);
    const timeline: Timeline = {
      domain: { rows, bounds: boundsOf(rows) },
      values: rows.map((row) => row.record),
      isNew: rows.map(() => true),
      continuous: false,
    };
    this.#tableTimelines.set(name, timeline);
    return timeline;
  }

  /** A field has the rows and newness of its record, but of a record just built only its own continuity. */
  #field(expr: FieldExpr, base: Timeline): Timeline {
    const values = mapRows([base], ([value]) => fieldOf(value!, expr.base.type, expr.name));
    return {
      ...values,
      continuous: fieldContinuity(expr.base, expr.name, (e) => this.#isContinuous(e)),
    };
  }

  #isContinuous(expr: TypedExpr): boolean {
    // Continuity does not depend on what ticks are bound to, so any evaluation will do.
    const known = this.#known.get(expr)?.values().next().value;
    if (known === undefined) throw new Error('oracle: continuity of what was not evaluated');
    return known.continuous;
  }

  #entityKind(grouping: string, type: DataType): EntityKind {
    const kind = this.entities.get(grouping) ?? { type, keys: new Map<bigint, Value>() };
    this.entities.set(grouping, kind);
    return kind;
  }
}

function fieldContinuity(
  base: TypedExpr,
  name: string,
  isContinuous: (expr: TypedExpr) => boolean,
): boolean {
  if (base.op === 'record' || base.op === 'reshape') {
    return isContinuous(base.values[base.type.fields.findIndex((field) => field.name === name)]!);
  }
  // `if(c, record).field` is `if(c, record.field)`.
  if (base.op === 'call' && base.fn === 'if' && base.type.kind === 'record') {
    return isContinuous(base.args[0]!) && fieldContinuity(base.args[1]!, name, isContinuous);
  }
  return isContinuous(base);
}

function fieldOf(value: Value, type: DataType, name: string): Value {
  if (value === null) return null;
  if (type.kind === 'json') return jsonField(value as string, name);
  if (type.kind === 'list') {
    return (value as readonly Value[]).map((item) => fieldOf(item, type.element, name));
  }
  if (type.kind !== 'record') throw new Error(`oracle: ${type.kind} has no fields`);
  const index = type.fields.findIndex((field) => field.name === name);
  return (value as readonly Value[])[index]!;
}

/** The timeline also on the rows of `sources`, and new where they are. */
function withSources(timeline: Timeline, sources: readonly Timeline[]): Timeline {
  const domain = unionDomains([timeline, ...sources].map((source) => source.domain));
  const moved = [timeline, ...sources].map((source) => moveTo(source, domain));
  return {
    ...moved[0]!,
    isNew: moved[0]!.isNew.map((_, row) => moved.some((source) => source.isNew[row])),
  };
}

function timeOf(input: Timeline): Timeline {
  if (input.domain === null) throw new Error('oracle: time_of a constant');
  return { ...input, values: input.domain.rows.map((row) => row.time), continuous: false };
}

/** `add_time(delta, time)`. */
function targetOf(delta: Timeline, type: DataType, times: Timeline): Timeline {
  return mapRows([delta, times], ([by, time]) =>
    by === null || time === null ? null : addTime(by!, type, time as bigint),
  );
}
