/**
 * Builds the logical plan of a checked query: every expression becomes a timeline, that is a value column, a newness
 * and a continuity on a domain (language.md, section 3).
 */
import { assert, unreachable } from '../../../shared/base/assert.ts';
import type { DataType } from '../../../shared/types/data-type.ts';
import { BOOL, TIMESTAMP_NS } from '../../../shared/types/data-type.ts';
import type { ColumnId, DomainId, LogicalPlan, Sample } from '../../../shared/plan/logical.ts';
import type { AggregateExpr, ReshapeExpr, TableSchema, TypedExpr } from '../../check/typed-expr.ts';
import { aggregateColumn, constantColumn, literalColumn, newColumn } from './columns.ts';
import { childrenOf } from '../../check/children.ts';
import { PlanNodes } from './nodes.ts';
import type { Joined, Moved, Newness, OnDomain, Timeline } from './timeline.ts';

export interface BuildOptions {
  readonly tables: ReadonlyMap<string, TableSchema>;
  readonly keyTypes: ReadonlyMap<string, DataType>;
  /** By table: the entities that the query is about. What is looked up has them all. */
  readonly samples?: ReadonlyMap<string, Sample>;
}

/** The plan of a record expression that depends on at least one table. */
export function buildPlan(expr: TypedExpr, options: BuildOptions): LogicalPlan {
  return new PlanBuilder(options).build(expr);
}

class PlanBuilder {
  readonly #options: BuildOptions;
  readonly #nodes = new PlanNodes();
  /** By expression, then by the domain that ticks in it are bound to (−1: none). */
  #memo = new Map<TypedExpr, Map<DomainId, Timeline>>();
  /** That of the other side of a lookup, where a table may be another one: the whole instead of a sample. */
  readonly #foreignMemo: Map<TypedExpr, Map<DomainId, Timeline>>;
  #samples: ReadonlyMap<string, Sample>;
  readonly #hasTick = new Map<TypedExpr, boolean>();
  /** Key types of groupings made by `with_key`. */
  readonly #keyTypes = new Map<string, DataType>();

  constructor(options: BuildOptions) {
    this.#options = options;
    this.#samples = options.samples ?? new Map();
    this.#foreignMemo = this.#samples.size === 0 ? this.#memo : new Map();
    for (const [grouping, type] of options.keyTypes) this.#keyTypes.set(grouping, type);
  }

  build(expr: TypedExpr): LogicalPlan {
    const root = this.#timeline(expr, null);
    assert(root.kind === 'rows', 'plan: the query has no rows (the checker rejects it)');
    assert(expr.type.kind === 'record', 'plan: the query is a record');
    const grouping = this.#nodes.domain(root.domain).grouping;
    const keyType = this.#keyTypes.get(grouping);
    assert(keyType !== undefined, `plan: grouping ${grouping} has a key type`);
    const fields = expr.type.fields.map((field) => ({
      name: field.name,
      column: this.#field(root.column, field.name, field.type),
    }));
    return this.#nodes.finish({
      domain: root.domain,
      fields,
      isNew: root.isNew === 'always' ? null : newColumn(this.#nodes, root.domain, root.isNew),
      grouping,
      keyType,
    });
  }

  #timeline(expr: TypedExpr, tickParent: OnDomain | null): Timeline {
    const slot = tickParent !== null && this.#containsTick(expr) ? tickParent.domain : -1;
    let byParent = this.#memo.get(expr);
    const known = byParent?.get(slot);
    if (known !== undefined) return known;
    const made = this.#make(expr, tickParent);
    if (byParent === undefined) this.#memo.set(expr, (byParent = new Map()));
    byParent.set(slot, made);
    return made;
  }

  #make(expr: TypedExpr, tickParent: OnDomain | null): Timeline {
    switch (expr.op) {
      case 'literal':
        return { kind: 'constant', expr };
      case 'table':
        return this.#table(expr.table, expr.type);
      case 'field': {
        const base = this.#timeline(expr.base, tickParent);
        if (base.kind === 'constant') return { kind: 'constant', expr };
        const column = this.#field(base.column, expr.name, expr.type);
        const baseType = expr.base.type;
        const at =
          baseType.kind === 'record'
            ? baseType.fields.findIndex((field) => field.name === expr.name)
            : -1;
        const continuous = base.fieldContinuous?.[at] ?? base.continuous;
        return { ...base, column, continuous, fieldContinuous: null };
      }
      case 'cast': {
        const input = this.#timeline(expr.input, tickParent);
        if (input.kind === 'constant') return { kind: 'constant', expr };
        const column = this.#nodes.addColumn({
          op: 'call',
          fn: 'cast',
          args: [input.column],
          domain: input.domain,
          type: expr.type,
        });
        return { ...input, column };
      }
      case 'record':
        return this.#pointwise(expr, 'record', expr.values, tickParent);
      case 'reshape':
        return this.#reshape(expr, tickParent);
      case 'call':
        return this.#call(expr, tickParent);
      case 'aggregate':
        return this.#aggregate(expr, tickParent);
      case 'tick': {
        assert(tickParent !== null, 'plan: a tick is bound (the checker rejects others)');
        const parent = this.#nodes.domain(tickParent.domain);
        const domain = this.#nodes.addDomain({
          op: 'tick',
          input: tickParent.domain,
          tick: expr.tick,
          grouping: parent.grouping,
        });
        return {
          kind: 'rows',
          domain,
          column: literalColumn(this.#nodes, domain, BOOL, true),
          isNew: 'always',
          continuous: false,
          fieldContinuous: null,
        };
      }
      case 'time_of': {
        const input = this.#timeline(expr.input, tickParent);
        assert(input.kind === 'rows', 'plan: time_of has rows (the checker rejects constants)');
        return {
          ...input,
          column: this.#time(input.domain),
          continuous: false,
          fieldContinuous: null,
        };
      }
      case 'when': {
        const value = this.#timeline(expr.value, tickParent);
        const condition = this.#timeline(
          expr.condition,
          value.kind === 'rows' ? value : tickParent,
        );
        const joined = this.#join([condition, value]);
        const [moved, kept] = joined.moved as [Moved, Moved];
        const domain = this.#nodes.addDomain({
          op: 'filter',
          input: joined.domain,
          condition: moved.column,
          grouping: joined.grouping,
        });
        return this.#carried(domain, joined, kept, false, value);
      }
      case 'shift_to':
        return this.#shift(expr.value, expr.time, 'to', tickParent);
      case 'shift_by':
        return this.#shift(expr.value, expr.delta, 'by', tickParent);
      case 'shift_until': {
        const value = this.#timeline(expr.value, tickParent);
        const predicate = this.#timeline(expr.predicate, tickParent);
        const joined = this.#join([predicate, value]);
        const [release, kept] = joined.moved as [Moved, Moved];
        const domain = this.#nodes.addDomain({
          op: 'shift-until',
          input: joined.domain,
          predicate: release.column,
          grouping: joined.grouping,
        });
        return this.#carried(domain, joined, kept, false, value);
      }
      case 'with_key': {
        const key = this.#timeline(expr.key, tickParent);
        const value = this.#timeline(expr.value, tickParent);
        const joined = this.#join([key, value]);
        const [newKey, kept] = joined.moved as [Moved, Moved];
        const grouping = expr.grouping;
        assert(grouping !== null, 'plan: with_key names a grouping');
        this.#keyTypes.set(grouping, expr.key.type);
        const domain = this.#nodes.addDomain({
          op: 'with-key',
          input: joined.domain,
          key: newKey.column,
          grouping,
        });
        const continuous = value.kind === 'constant' || value.continuous;
        return this.#carried(domain, joined, kept, continuous, value);
      }
      case 'lookup': {
        const key = this.#timeline(expr.key, tickParent);
        const value = this.#foreign(expr.value);
        assert(key.kind === 'rows' && value.kind === 'rows', 'plan: lookup has grouped arguments');
        const column = this.#nodes.addColumn({
          op: 'lookup',
          key: key.column,
          value: value.column,
          continuous: value.continuous,
          domain: key.domain,
          type: expr.type,
        });
        return { ...key, column, continuous: value.continuous, fieldContinuous: null };
      }
      default:
        return unreachable(expr);
    }
  }

  /** The other side of a lookup: of whole tables (partitioning.md, R5). */
  #foreign(expr: TypedExpr): Timeline {
    const [memo, samples] = [this.#memo, this.#samples];
    this.#memo = this.#foreignMemo;
    this.#samples = new Map();
    const made = this.#timeline(expr, null);
    this.#memo = memo;
    this.#samples = samples;
    return made;
  }

  #table(table: string, type: TypedExpr['type']): OnDomain {
    const schema = this.#options.tables.get(table);
    assert(schema !== undefined && type.kind === 'record', `plan: table ${table} is known`);
    const sample = this.#samples.get(table);
    const domain = this.#nodes.addDomain({
      op: 'scan',
      table,
      keyColumn: schema.keyColumn,
      grouping: schema.grouping,
      ...(sample === undefined ? {} : { sample }),
    });
    const args = type.fields.map((field) =>
      this.#nodes.addColumn({ op: 'scan-column', column: field.name, domain, type: field.type }),
    );
    const column = this.#nodes.addColumn({ op: 'call', fn: 'record', args, domain, type });
    return {
      kind: 'rows',
      domain,
      column,
      isNew: 'always',
      continuous: false,
      fieldContinuous: null,
    };
  }

  /** Functions whose domain, newness and continuity come from all arguments alike. */
  #pointwise(
    expr: TypedExpr,
    fn: string,
    args: readonly TypedExpr[],
    tickParent: OnDomain | null,
  ): Timeline {
    return this.#combine(
      expr,
      fn,
      args.map((arg) => this.#timeline(arg, tickParent)),
    );
  }

  #combine(expr: TypedExpr, fn: string, timelines: readonly Timeline[]): Timeline {
    if (timelines.every((timeline) => timeline.kind === 'constant'))
      return { kind: 'constant', expr };
    const joined = this.#join(timelines);
    const column = this.#nodes.addColumn({
      op: 'call',
      fn,
      args: joined.moved.map((moved) => moved.column),
      domain: joined.domain,
      type: expr.type,
    });
    const each = timelines.map((timeline) => timeline.kind === 'constant' || timeline.continuous);
    return {
      kind: 'rows',
      domain: joined.domain,
      column,
      isNew: this.#anyNew(joined.domain, joined.moved),
      continuous: each.every(Boolean),
      fieldContinuous: fn === 'record' ? each : null,
    };
  }

  #call(expr: TypedExpr & { op: 'call' }, tickParent: OnDomain | null): Timeline {
    if (expr.fn !== 'if') return this.#pointwise(expr, expr.fn, expr.args, tickParent);
    // Ticks in the condition of an `if` belong to its value (language.md 5.4).
    const value = this.#timeline(expr.args[1]!, tickParent);
    const condition = this.#timeline(expr.args[0]!, value.kind === 'rows' ? value : tickParent);
    const combined = this.#combine(expr, 'if', [condition, value]);
    if (combined.kind === 'constant' || value.kind === 'constant') return combined;
    const conditionContinuous = condition.kind === 'constant' || condition.continuous;
    const fieldContinuous =
      value.fieldContinuous?.map((continuous) => continuous && conditionContinuous) ?? null;
    return { ...combined, fieldContinuous };
  }

  #reshape(expr: ReshapeExpr, tickParent: OnDomain | null): Timeline {
    const sources = expr.sources.map((source) => this.#timeline(source, tickParent));
    const values = expr.values.map((value) => this.#timeline(value, tickParent));
    if (sources.every((source) => source.kind === 'constant')) return { kind: 'constant', expr };
    const joined = this.#join([...sources, ...values]);
    const columns = joined.moved.slice(sources.length).map((moved) => moved.column);
    const column = this.#nodes.addColumn({
      op: 'call',
      fn: 'record',
      args: columns,
      domain: joined.domain,
      type: expr.type,
    });
    const each = values.map((value) => value.kind === 'constant' || value.continuous);
    return {
      kind: 'rows',
      domain: joined.domain,
      column,
      isNew: this.#anyNew(joined.domain, joined.moved.slice(0, sources.length)),
      continuous: each.every(Boolean),
      fieldContinuous: each,
    };
  }

  #aggregate(expr: AggregateExpr, tickParent: OnDomain | null): Timeline {
    const input = this.#timeline(expr.input, tickParent);
    const window = expr.window;
    if (window === null) {
      if (input.kind === 'constant') return { kind: 'constant', expr };
      const column = aggregateColumn(
        this.#nodes,
        expr,
        input.domain,
        input.column,
        input.isNew,
        null,
      );
      return { ...input, column, continuous: true, fieldContinuous: null };
    }
    const condition = this.#timeline(window.condition, input.kind === 'rows' ? input : tickParent);
    if (input.kind === 'constant' && condition.kind === 'constant')
      return { kind: 'constant', expr };
    const joined = this.#join([input, condition]);
    const [value, boundary] = joined.moved as [Moved, Moved];
    const column = aggregateColumn(
      this.#nodes,
      expr,
      joined.domain,
      value.column,
      value.isNew,
      boundary.column,
    );
    return {
      kind: 'rows',
      domain: joined.domain,
      column,
      isNew: this.#anyNew(joined.domain, joined.moved),
      continuous: true,
      fieldContinuous: null,
    };
  }

  #shift(
    valueExpr: TypedExpr,
    targetExpr: TypedExpr,
    kind: 'to' | 'by',
    tickParent: OnDomain | null,
  ): Timeline {
    const value = this.#timeline(valueExpr, tickParent);
    const target = this.#timeline(targetExpr, tickParent);
    const times: Timeline[] = [];
    if (kind === 'by') {
      assert(value.kind === 'rows', 'plan: shift_by shifts rows');
      times.push({
        ...value,
        column: this.#time(value.domain),
        continuous: false,
        fieldContinuous: null,
      });
    }
    const joined = this.#join([target, value, ...times]);
    const [at, kept, time] = joined.moved as [Moved, Moved, Moved | undefined];
    const column =
      time === undefined
        ? at.column
        : this.#nodes.addColumn({
            op: 'call',
            fn: 'add_time',
            args: [at.column, time.column],
            domain: joined.domain,
            type: TIMESTAMP_NS,
          });
    const domain = this.#nodes.addDomain({
      op: 'shift-to',
      input: joined.domain,
      time: column,
      grouping: joined.grouping,
    });
    return this.#carried(domain, joined, kept, false, value);
  }

  /** The timeline of `value` on a domain whose rows are rows of `joined`, with the newness of either argument. */
  #carried(
    domain: DomainId,
    joined: Joined,
    value: Moved,
    continuous: boolean,
    source: Timeline,
  ): OnDomain {
    const isNew = this.#anyNew(joined.domain, joined.moved);
    const carry = (input: ColumnId): ColumnId => this.#nodes.addCarry(domain, input);
    return {
      kind: 'rows',
      domain,
      column: carry(value.column),
      isNew: typeof isNew === 'number' ? carry(isNew) : isNew,
      continuous,
      fieldContinuous: continuous && source.kind === 'rows' ? source.fieldContinuous : null,
    };
  }

  /** The union of the domains of all timelines that have one, and each timeline moved to it. */
  #join(timelines: readonly Timeline[]): Joined {
    const domains = timelines.flatMap((timeline) =>
      timeline.kind === 'rows' ? [timeline.domain] : [],
    );
    assert(domains.length > 0, 'plan: a join has at least one domain');
    const domain = this.#nodes.addUnion(domains);
    return {
      domain,
      grouping: this.#nodes.domain(domain).grouping,
      moved: timelines.map((timeline) => this.#move(timeline, domain)),
    };
  }

  #move(timeline: Timeline, domain: DomainId): Moved {
    if (timeline.kind === 'constant') {
      return { column: constantColumn(this.#nodes, timeline.expr, domain), isNew: 'never' };
    }
    if (timeline.domain === domain) return { column: timeline.column, isNew: timeline.isNew };
    const present = this.#nodes.addColumn({
      op: 'present',
      of: timeline.domain,
      input: typeof timeline.isNew === 'number' ? timeline.isNew : null,
      domain,
      type: BOOL,
    });
    return {
      column: this.#nodes.addMove(timeline.column, domain, timeline.continuous),
      isNew: timeline.isNew === 'never' ? 'never' : present,
    };
  }

  /** `record.name`, straight from the field's own column where the record is made field by field. */
  #field(record: ColumnId, name: string, type: TypedExpr['type']): ColumnId {
    return this.#nodes.addField(record, name, type);
  }

  #time(domain: DomainId): ColumnId {
    return this.#nodes.addColumn({ op: 'time', domain, type: TIMESTAMP_NS });
  }

  #anyNew(domain: DomainId, moved: readonly Moved[]): Newness {
    const flags = [...new Set(moved.map((each) => each.isNew))];
    if (flags.includes('always')) return 'always';
    const columns = flags.filter((flag) => typeof flag === 'number');
    if (columns.length === 0) return 'never';
    if (this.#nodes.coversUnion(domain, columns)) return 'always';
    return columns.reduce((left, right) =>
      this.#nodes.addColumn({
        op: 'call',
        fn: 'logical_or',
        args: [left, right],
        domain,
        type: BOOL,
      }),
    );
  }

  #containsTick(expr: TypedExpr): boolean {
    const known = this.#hasTick.get(expr);
    if (known !== undefined) return known;
    const found = expr.op === 'tick' || childrenOf(expr).some((child) => this.#containsTick(child));
    this.#hasTick.set(expr, found);
    return found;
  }
}
