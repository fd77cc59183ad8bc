/** What a cell reads rows from, batch by batch: a scan of a table, or the rows that were exchanged for a new key. */
import type { ColumnId, DomainId } from '../../shared/plan/logical.ts';
import type { Batch } from './batch.ts';
import type { DomainRows } from './domain-rows.ts';
import type { EntityList } from './entities.ts';
import type { ExchangedRows } from './exchange-rows.ts';
import { sliceExchanged } from './exchange-rows.ts';
import type { TableScan } from './table-scan.ts';

export interface Source {
  readonly domain: DomainId;
  readonly entities: EntityList;
  readonly rowsEstimate: number;
  read(batch: Batch, index: Int32Array): Promise<void>;
  cuts(low: bigint | null, high: bigint | null, rows: number): readonly bigint[];
  /** When nothing of what was read is needed any more. */
  close(): void;
}

export function scanSource(
  domain: DomainId,
  scan: TableScan,
  names: ReadonlyMap<ColumnId, string>,
  range: TimeRange,
): Source {
  return {
    domain,
    entities: { hashes: scan.entityHash, keys: scan.entityKeys },
    rowsEstimate: scan.rowsEstimate,
    cuts: (low, high, rows) =>
      scan.cuts(laterOf(low, range.low), earlierOf(high, range.high), rows),
    async read(batch, index) {
      const low = laterOf(batch.low, range.low);
      const high = earlierOf(batch.high, range.high);
      const { rows, columns } = await scan.read(
        low,
        low !== null && high !== null && high < low ? low : high,
      );
      batch.setRows(domain, reindex(rows, index));
      for (const [id, name] of names) batch.setColumn(id, columns.get(name)!);
    },
    close: () => scan.close(),
  };
}

/** low ≤ time < high; null is open. */
interface TimeRange {
  readonly low: bigint | null;
  readonly high: bigint | null;
}

export function timeOf(text: string | null): bigint | null {
  return text === null ? null : BigInt(text);
}

function laterOf(left: bigint | null, right: bigint | null): bigint | null {
  if (left === null || right === null) return left ?? right;
  return left > right ? left : right;
}

function earlierOf(left: bigint | null, right: bigint | null): bigint | null {
  if (left === null || right === null) return left ?? right;
  return left < right ? left : right;
}

export function exchangeSource(
  domain: DomainId,
  exchanged: ExchangedRows,
  carries: ReadonlyMap<ColumnId, number>,
): Source {
  const { time } = exchanged.rows;
  return {
    domain,
    entities: exchanged.entities,
    rowsEstimate: exchanged.rows.length,
    cuts: (_low, _high, rows) => {
      const cuts: bigint[] = [];
      for (let row = rows; row < time.length; row += rows) cuts.push(time[row]!);
      return cuts;
    },
    async read(batch, index) {
      const { rows, columns } = sliceExchanged(exchanged, batch.low, batch.high);
      batch.setRows(domain, reindex(rows, index));
      for (const [id, at] of carries) batch.setColumn(id, columns[at]!);
    },
    close: () => exchanged.scratch.giveBack(),
  };
}

/** Entities of a source under the cell's dense index. */
function reindex(rows: DomainRows, index: Int32Array): DomainRows {
  // Ascending and without gaps: it is the identity where its last entry says so, as with one source.
  if (index.length === 0 || index[index.length - 1] === index.length - 1) return rows;
  const entity = new Int32Array(rows.length);
  for (let row = 0; row < rows.length; row++) entity[row] = index[rows.entity[row]!]!;
  return { ...rows, entity };
}
