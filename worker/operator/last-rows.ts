/**
 * What a final result needs: columns at the last new row of each entity in the batch, and nothing at the other rows.
 *
 *   rows of the batch     a  b  a  c  b  a           total = sum(x)        rows 3 4 5 of
 *   last rows                      3  4  5    ──>    twice = total * 2     sum, product, …
 *
 * Pointwise columns are computed at these rows only. An aggregation that is asked for nowhere else is fed every row and
 * gives its values there; whatever else has state is computed for the batch and picked from.
 */
import type { Column } from '../../shared/column/column.ts';
import { takeColumn } from '../../shared/column/take.ts';
import type { StringPool } from '../../shared/column/string-pool.ts';
import type { ColumnId, LogicalPlan } from '../../shared/plan/logical.ts';
import type { NodeSet } from '../../shared/plan/walk.ts';
import { columnInputs } from '../../shared/plan/walk.ts';
import type { Batch } from './batch.ts';
import type { Evaluator } from './evaluator.ts';
import { evaluatePointwise } from './pointwise.ts';

/** One batch's columns at some rows of a domain. */
export class LastRows {
  readonly #plan: LogicalPlan;
  readonly #evaluator: Evaluator;
  readonly #batch: Batch;
  readonly #rows: Int32Array;
  readonly #pool: StringPool;
  readonly #columns = new Map<ColumnId, Column>();

  /** `rows` are the last rows of their entities, in any order. */
  constructor(
    plan: LogicalPlan,
    evaluator: Evaluator,
    batch: Batch,
    rows: Int32Array,
    pool: StringPool,
  ) {
    this.#plan = plan;
    this.#evaluator = evaluator;
    this.#batch = batch;
    this.#rows = rows;
    this.#pool = pool;
  }

  /** One value per chosen row. */
  async column(id: ColumnId): Promise<Column> {
    const known = this.#columns.get(id);
    if (known !== undefined) return known;
    const column = await this.#make(id);
    this.#columns.set(id, column);
    return column;
  }

  async #make(id: ColumnId): Promise<Column> {
    const whole = this.#batch.column(id);
    if (whole !== undefined) return takeColumn(whole, this.#rows);
    const node = this.#plan.columns[id]!;
    const { length } = this.#rows;
    if (node.op === 'literal') return this.#evaluator.literal(id, length);
    if (node.op === 'call') {
      const args: Column[] = [];
      for (const arg of node.args) args.push(await this.column(arg));
      return evaluatePointwise(node, args, { length, pool: this.#pool });
    }
    if (this.#evaluator.isLastOnly(id)) {
      return this.#evaluator.aggregateAt(id, this.#rows, this.#batch);
    }
    return takeColumn(await this.#evaluator.column(id, this.#batch), this.#rows);
  }
}

/**
 * The aggregations of a final result that nothing but the result asks for. Other sinks read `others`, whole, and so does
 * whatever has state; `reach` is the walk over what columns lean on within the stage.
 */
export function lastOnlyAggregates(
  plan: LogicalPlan,
  others: readonly ColumnId[],
  reach: (columns: readonly ColumnId[]) => NodeSet,
): ReadonlySet<ColumnId> {
  const { root } = plan;
  // With old rows, the last new row need not be the last row of its entity: what comes after it may change the state.
  if (root.isNew !== null) return new Set();
  const found = new Set<ColumnId>();
  const whole = [...others];
  const queue = root.fields.map((field) => field.column);
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    const node = plan.columns[id]!;
    if (node.op === 'call') queue.push(...node.args);
    else if (node.op === 'aggregate') {
      found.add(id);
      whole.push(...columnInputs(node));
    } else whole.push(id);
  }
  for (const id of reach(whole).columns) found.delete(id);
  return found;
}
