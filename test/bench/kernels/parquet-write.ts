/** Parquet writer: rows per second and bytes per row, by compression, for the order key, the entity key and one f64. */
import { StringPool } from '../../../shared/column/string-pool.ts';
import { F64, STRING } from '../../../shared/types/data-type.ts';
import type { Compression } from '../../../worker/merge/format/compression.ts';
import { parquetFormat } from '../../../worker/merge/format/parquet.ts';
import type { RowGroup } from '../../../worker/merge/format/result-format.ts';

const ROW_GROUP_ROWS = 1 << 20;

const ENTITIES = 10_000;
const ROUNDS = 40;

/** Events a few milliseconds apart, subsorts of 4 files, amounts in cents. */
function rowGroup(): RowGroup {
  let state = 7;
  const random = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  const pool = new StringPool();
  const time = new BigInt64Array(ROW_GROUP_ROWS);
  const subsort = new BigUint64Array(ROW_GROUP_ROWS);
  const entity = new Int32Array(ROW_GROUP_ROWS);
  const amount = new Float64Array(ROW_GROUP_ROWS);
  let now = 1_700_000_000_000_000_000n;
  const files = Array.from({ length: 4 }, () => 2n ** 62n + BigInt(random()) * BigInt(random()));
  for (let row = 0; row < ROW_GROUP_ROWS; row++) {
    now += BigInt(random() % 10_000) * 1_000_000n;
    time[row] = now;
    const file = random() % 4;
    subsort[row] = files[file]!;
    files[file] = files[file]! + 1n;
    entity[row] = random() % ENTITIES;
    amount[row] = (random() % 100_000) / 100;
  }
  const entityHash = new BigUint64Array(ENTITIES);
  const codes = new Int32Array(ENTITIES);
  for (let at = 0; at < ENTITIES; at++) {
    entityHash[at] = BigInt(random()) * 4294967296n + BigInt(random());
    codes[at] = pool.intern(`customer-${at}`);
  }
  entityHash.sort();
  return {
    length: ROW_GROUP_ROWS,
    time,
    subsort,
    entity,
    entityHash,
    entityKeys: { physical: 'string', type: STRING, length: ENTITIES, validity: null, codes, pool },
    fields: [
      { physical: 'fixed', type: F64, length: ROW_GROUP_ROWS, validity: null, values: amount },
    ],
  };
}

const group = rowGroup();
const schema = {
  keyType: STRING,
  fields: [{ name: 'amount', type: F64 }],
  timestamps: 'ns',
} as const;
const choices: readonly Compression[] = ['none', 'snappy', 'zstd'];
for (const compression of choices) {
  const format = parquetFormat(schema, compression);
  let bytes = 0;
  for (let round = 0; round < 5; round++) bytes = format.encode(group).bytes.length;
  const start = performance.now();
  for (let round = 0; round < ROUNDS; round++) format.encode(group);
  const seconds = (performance.now() - start) / 1000;
  const rate = (ROUNDS * ROW_GROUP_ROWS) / seconds / 1e6;
  console.log(
    `parquet ${compression}: ${rate.toFixed(1)} M rows/s, ${(bytes / ROW_GROUP_ROWS).toFixed(1)} bytes/row`,
  );
}
