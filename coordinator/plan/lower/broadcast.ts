/**
 * Which lookups are broadcast (partitioning.md, section 3): every cell gets all values of the foreign side and looks up
 * by itself, instead of sending requests to the cells that have them and waiting for the answers.
 *
 *   requests    requester ── key, time, row ──> foreign ── answers ──> requester again      3 stages, the first one twice
 *   broadcast                                   foreign ── values ───> requester            2 stages
 */
import { unreachable } from '../../../shared/base/assert.ts';
import { physicalOf } from '../../../shared/column/column.ts';
import type { ColumnId, DomainId, LogicalPlan } from '../../../shared/plan/logical.ts';
import type { DataType } from '../../../shared/types/data-type.ts';

/** What the foreign side of a lookup may take if every cell is to hold it beside its own rows. */
export const BROADCAST_BYTES_MAX: number = 96 << 20;
/** A foreign row is read by every thread and passed by every cell; a request is written, read, answered and put back. */
export const FOREIGN_ROWS_PER_REQUEST_MAX = 4;
/** Time, subsort and entity. */
const ROW_BYTES = 20;
/** A guess: the texts of a dictionary count once, however many rows have them. */
const STRING_BYTES = 32;

/** The columns whose values are broadcast to the lookups of them. `tableRows` is exact or too large. */
export function chooseBroadcasts(
  plan: LogicalPlan,
  tableRows: (table: string) => number,
): ReadonlySet<ColumnId> {
  const requests = new Map<ColumnId, number>();
  for (const node of plan.columns) {
    if (node.op !== 'lookup') continue;
    const rows = rowsAtMost(plan, node.domain, tableRows);
    requests.set(node.value, (requests.get(node.value) ?? 0) + rows);
  }
  const chosen = new Set<ColumnId>();
  for (const [value, asked] of requests) {
    const { domain, type } = plan.columns[value]!;
    const rows = rowsAtMost(plan, domain, tableRows);
    const bytes = rows * (ROW_BYTES + valueBytes(type));
    if (bytes <= BROADCAST_BYTES_MAX && rows <= asked * FOREIGN_ROWS_PER_REQUEST_MAX) {
      chosen.add(value);
    }
  }
  return chosen;
}

/** An upper bound that needs no data but the tables' counts; infinite where only data tell (ticks). */
function rowsAtMost(
  plan: LogicalPlan,
  domain: DomainId,
  tableRows: (table: string) => number,
): number {
  const node = plan.domains[domain]!;
  switch (node.op) {
    case 'scan':
      return tableRows(node.table);
    case 'union':
      return node.inputs.reduce((sum, input) => sum + rowsAtMost(plan, input, tableRows), 0);
    case 'filter':
    case 'shift-to':
    case 'shift-until':
    case 'with-key':
      return rowsAtMost(plan, node.input, tableRows);
    case 'tick':
      return Infinity;
    default:
      return unreachable(node);
  }
}

/** Bytes of a value, about; infinite where it may be of any length. */
function valueBytes(type: DataType): number {
  switch (type.kind) {
    case 'list':
    case 'map':
    case 'json':
      return Infinity;
    case 'record':
      return type.fields.reduce((sum, field) => sum + valueBytes(field.type), 1);
    default:
      return physicalOf(type) === null ? STRING_BYTES : 9;
  }
}
