/** A whole merge part: rows per second from sorted runs in memory to one object, by output format. */
import { StringPool } from '../../../shared/column/string-pool.ts';
import { openMemoryStore } from '../../../shared/storage/memory-store.ts';
import { writeSortedRun } from '../../../shared/storage/sorted-run.ts';
import type { RunRef } from '../../../shared/storage/sorted-run.ts';
import { F64, STRING } from '../../../shared/types/data-type.ts';
import { mergePart } from '../../../worker/merge/merge-task.ts';

const ROW_GROUP_ROWS = 1 << 20;

const SOURCES = 16;
const ENTITIES_EACH = 1000;
const ROWS = 8 * ROW_GROUP_ROWS;
const ROUNDS = 4;

let state = 7;
function random(): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return state >>> 0;
}

const store = openMemoryStore();

/** Events of one bucket range: a thousand entities, some milliseconds apart. */
async function writeSource(source: number): Promise<RunRef[]> {
  const rows = ROWS / SOURCES;
  const pool = new StringPool();
  const time = new BigInt64Array(rows);
  const subsort = new BigUint64Array(rows);
  const entity = new Int32Array(rows);
  const amount = new Float64Array(rows);
  let now = 1_700_000_000_000_000_000n;
  for (let row = 0; row < rows; row++) {
    now += BigInt(random() % 10_000) * 1_000_000n;
    time[row] = now;
    subsort[row] = 2n ** 62n + BigInt(row * SOURCES + source);
    entity[row] = random() % ENTITIES_EACH;
    amount[row] = (random() % 100_000) / 100;
  }
  const entityHash = new BigUint64Array(ENTITIES_EACH);
  const codes = new Int32Array(ENTITIES_EACH);
  for (let at = 0; at < ENTITIES_EACH; at++) {
    entityHash[at] = BigInt(source) * 2n ** 60n + BigInt(at) * 2n ** 50n + BigInt(random());
    codes[at] = pool.intern(`customer-${source}-${at}`);
  }
  const keys = {
    physical: 'string',
    type: STRING,
    length: ENTITIES_EACH,
    validity: null,
    codes,
    pool,
  } as const;
  const column = {
    physical: 'fixed',
    type: F64,
    length: rows,
    validity: null,
    values: amount,
  } as const;
  const contents = {
    rows: [{ time, subsort, entity }],
    entityHash,
    entityKeys: keys,
    fields: [{ name: 'amount', type: F64, parts: [column] }],
    pool,
  };
  return [await writeSortedRun(store, `s${source}`, contents)];
}

const sources: RunRef[][] = [];
for (let source = 0; source < SOURCES; source++) sources.push(await writeSource(source));

for (const format of ['parquet', 'csv', 'jsonl', 'arrow'] as const) {
  const merge = (): Promise<{ bytes: number }> =>
    mergePart({
      store,
      sources,
      rowStart: 0,
      rowGroupRows: ROW_GROUP_ROWS,
      rowEnd: ROWS,
      fields: [{ name: 'amount', type: F64 }],
      keyType: STRING,
      format,
      timestamps: 'ns',
      layout: 'file',
      partKey: 'part',
    });
  const { bytes } = await merge();
  const start = performance.now();
  for (let round = 0; round < ROUNDS; round++) await merge();
  const seconds = (performance.now() - start) / 1000;
  const rate = (ROUNDS * ROWS) / seconds / 1e6;
  console.log(
    `merge to ${format}: ${rate.toFixed(1)} M rows/s, ${(bytes / ROWS).toFixed(1)} bytes/row`,
  );
}
