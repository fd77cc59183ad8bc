/** Prepare and scan: million rows per second of each step, on rows like those of an event log. */
import { performance } from 'node:perf_hooks';
import { fixedColumn, stringColumn } from '../../../shared/column/column.ts';
import { StringPool } from '../../../shared/column/string-pool.ts';
import { openMemoryStore } from '../../../shared/storage/memory-store.ts';
import { buildTableManifest, withColumns } from '../../../shared/storage/table-manifest.ts';
import type { RecordType } from '../../../shared/types/data-type.ts';
import { F64, I64, STRING, TIMESTAMP_NS } from '../../../shared/types/data-type.ts';
import { openTableScan } from '../../../worker/operator/table-scan.ts';
import { memoryFile } from '../../../worker/prepare/file-access.ts';
import { prepareSegment } from '../../../worker/prepare/prepare-task.ts';
import type { SourceFormat } from '../../../worker/prepare/source.ts';

const ROWS = 4_000_000;
const ENTITIES = 100_000;
const BATCH_ROWS = 8192;
const REPEATS = 5;

const schema: RecordType = {
  kind: 'record',
  fields: [
    { name: 'time', type: TIMESTAMP_NS },
    { name: 'key', type: STRING },
    { name: 'amount', type: F64 },
    { name: 'count', type: I64 },
    { name: 'kind', type: STRING },
  ],
};

/** xorshift32: the same rows on every machine. */
function randomSource(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** One batch of made-up rows, in order of time or shuffled. */
function madeSource(isShuffled: boolean): SourceFormat {
  const random = randomSource(11);
  const time = new BigInt64Array(ROWS);
  const keys = new Int32Array(ROWS);
  const amount = new Float64Array(ROWS);
  const count = new BigInt64Array(ROWS);
  const kinds = new Int32Array(ROWS);
  for (let row = 0; row < ROWS; row++) {
    const at = isShuffled ? random() % (ROWS * 8) : row * 8;
    time[row] = 1_700_000_000_000_000_000n + BigInt(at) * 1_000_000n;
    keys[row] = random() % ENTITIES;
    amount[row] = random() / 1000;
    count[row] = BigInt(random() % 100);
    kinds[row] = random() % 20;
  }
  return {
    inspect: () => Promise.reject(new Error('not needed')),
    async *read(_file, _part, _fields, { pool }) {
      const keyCodes = Int32Array.from({ length: ENTITIES }, (_, key) =>
        pool.intern(`customer-${key}`),
      );
      const kindCodes = Int32Array.from({ length: 20 }, (_, kind) => pool.intern(`kind-${kind}`));
      yield {
        length: ROWS,
        columns: [
          fixedColumn(TIMESTAMP_NS, time),
          stringColumn(
            STRING,
            keys.map((key) => keyCodes[key]!),
            pool,
          ),
          fixedColumn(F64, amount),
          fixedColumn(I64, count),
          stringColumn(
            STRING,
            kinds.map((kind) => kindCodes[kind]!),
            pool,
          ),
        ],
        positions: Uint32Array.from({ length: ROWS }, (_, row) => row),
        skippedRows: 0,
      };
    },
  };
}

async function measure(label: string, run: () => Promise<void>): Promise<void> {
  const times: number[] = [];
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  const median = times.toSorted((left, right) => left - right)[REPEATS >> 1]!;
  console.log(`${label.padEnd(44)} ${(ROWS / median / 1000).toFixed(1).padStart(6)} M rows/s`);
}

for (const isShuffled of [false, true]) {
  const order = isShuffled ? 'shuffled' : 'in order';
  const store = openMemoryStore();
  const format = madeSource(isShuffled);
  const prepare = () =>
    prepareSegment(
      {
        store,
        format,
        file: memoryFile('made', ''),
        fileSchema: schema,
        part: { firstRow: 0, rows: ROWS, byteStart: 0, byteEnd: 0 },
        table: {
          schema,
          time: 'time',
          key: 'key',
          subsort: null,
          timeUnit: 'ns',
          onBadRow: 'fail',
        },
        fileBase: 2n ** 62n,
        columns: ['amount', 'count', 'kind'],
        columnsKey: 'columns',
      },
      'segment',
    );
  const segment = await prepare();
  await measure(`prepare, 5 columns, ${order}`, async () => void (await prepare()));
  const bare = buildTableManifest(
    {
      id: 'bench',
      table: 'Bench',
      schema,
      grouping: 'Bench',
      keyType: STRING,
      timeColumn: 'time',
      keyColumn: 'key',
      subsortColumn: null,
      files: [],
    },
    [segment.segment],
  );
  const manifest = withColumns(bare, [{ segment: segment.columns }]);
  const columns = ['amount', 'count', 'kind', 'key'];
  const scanAll = async (ranges: number, isBatched: boolean): Promise<void> => {
    let rows = 0;
    for (let range = 0; range < ranges; range++) {
      const scan = await openTableScan({
        store,
        manifest,
        bucketLow: (range * 256) / ranges,
        bucketHigh: ((range + 1) * 256) / ranges,
        columns,
        pool: new StringPool(),
      });
      let low: bigint | null = null;
      const cuts = isBatched ? scan.cuts(null, null, BATCH_ROWS) : [];
      for (const high of [...cuts, null]) {
        rows += (await scan.read(low, high)).rows.length;
        low = high;
      }
    }
    if (rows !== ROWS) throw new Error(`read ${rows} rows of ${ROWS}`);
  };
  await measure(`scan, 4 columns, one range at once, ${order}`, () => scanAll(1, false));
  await measure(`scan, 4 columns, one range in batches, ${order}`, () => scanAll(1, true));
  await measure(`scan, 4 columns, 16 ranges in batches, ${order}`, () => scanAll(16, true));
}
