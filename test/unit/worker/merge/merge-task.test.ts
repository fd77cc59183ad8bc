import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openMemoryStore } from '../../../../shared/storage/memory-store.ts';
import type { ObjectStore } from '../../../../shared/storage/object-store.ts';
import type { RunRef } from '../../../../shared/storage/sorted-run.ts';
import { SAMPLE_ROWS } from '../../../../shared/storage/sorted-run.ts';
import { F64, STRING } from '../../../../shared/types/data-type.ts';
import type { FileFormat } from '../../../../shared/wire/query-request.ts';
import { mergePart } from '../../../../worker/merge/merge-task.ts';
import { assembleFile } from '../../../../worker/merge/publish-file.ts';
import { pruneRuns } from '../../../../worker/merge/prune-runs.ts';
import {
  compareRow,
  keyOf,
  labelOf,
  numberOf,
  rowsArbitrary,
  spread,
  writeSource,
} from './sources.ts';
import type { Row } from './sources.ts';

const ROW_GROUP_ROWS = 8192;

const fields = [
  { name: 'n', type: F64 },
  { name: 'label', type: STRING },
];

/** The result file of `sources`, by parts that are cut at the given multiples of ROW_GROUP_ROWS. */
async function mergedFile(
  store: ObjectStore,
  sources: readonly (readonly RunRef[])[],
  format: FileFormat,
  cuts: readonly number[] = [],
): Promise<Buffer> {
  const rows = sources.flat().reduce((sum, run) => sum + run.rows, 0);
  const bounds = [0, ...cuts.map((cut) => cut * ROW_GROUP_ROWS), rows];
  const schema = { keyType: STRING, fields, timestamps: 'ns' } as const;
  const pieces = [];
  for (let part = 0; part + 1 < bounds.length; part++) {
    const [rowStart, rowEnd] = [bounds[part]!, bounds[part + 1]!];
    const partKey = `parts/${format}-${rowStart}`;
    const options = { ...schema, store, sources, rowStart, rowEnd, format, partKey };
    const rowGroupRows = ROW_GROUP_ROWS;
    pieces.push(await mergePart({ ...options, rowGroupRows, layout: 'file' }));
  }
  const chunks: Uint8Array[] = [];
  const writer = { write: async (bytes: Uint8Array) => void chunks.push(bytes.slice()) };
  const made = await assembleFile({ store, pieces, writer, format, schema });
  const file = Buffer.concat(chunks);
  expect(made).toEqual({ rows, bytes: file.length });
  return file;
}

function expectedCsv(rows: readonly Row[]): string[] {
  return rows
    .toSorted(compareRow)
    .map((row) =>
      [row.subsort, row.hash, keyOf(row.hash), numberOf(row), labelOf(row) ?? ''].join(),
    );
}

/** The lines without the time, whose text has tests of its own, and with floats as JavaScript prints them. */
function csvRows(file: Buffer): string[] {
  const [header, ...lines] = file.toString().split('\n');
  expect(header).toBe('_time,_subsort,_key_hash,_key,n,label');
  expect(lines.pop()).toBe('');
  return lines.map((line) => {
    const cells = line.split(',').slice(1);
    cells[3] = String(Number(cells[3]));
    return cells.join();
  });
}

describe('mergePart and assembleFile', () => {
  it('give the sorted rows, however they are spread over sources and runs', async () => {
    const count = fc.integer({ min: 1, max: 12 });
    const property = fc.asyncProperty(
      rowsArbitrary,
      count,
      count,
      async (rows, sources, runRows) => {
        const store = openMemoryStore();
        const parts = spread(rows, sources);
        const refs = await Promise.all(
          parts.map((part, index) => writeSource(store, `s${index}`, part, runRows * 5)),
        );
        const file = await mergedFile(store, refs, 'csv');
        expect(csvRows(file)).toEqual(expectedCsv(rows));
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });

  it('give the same bytes in every format for one source and for many', async () => {
    const property = fc.asyncProperty(rowsArbitrary, async (rows) => {
      const store = openMemoryStore();
      const [one] = spread(rows, 1);
      const single = [await writeSource(store, 'one', one!, 1000)];
      const many = await Promise.all(
        spread(rows, 5).map((part, index) => writeSource(store, `s${index}`, part, 7)),
      );
      for (const format of ['csv', 'jsonl', 'parquet', 'arrow'] as const) {
        const left = await mergedFile(store, single, format);
        expect(left.equals(await mergedFile(store, many, format))).toBe(true);
      }
    });
    await fc.assert(property, { numRuns: 20 });
  });

  it('give the same bytes for one part and for several, across row groups and samples', async () => {
    const store = openMemoryStore();
    const total = ROW_GROUP_ROWS * 2 + 5000;
    const rows = Array.from({ length: total }, (_, index): Row => {
      const hash = BigInt((index * 7919) % 12) * 0x1555_5555_5555_5555n + 3n;
      return { time: BigInt(index >> 3) * 1_000_000n, subsort: BigInt(index), hash, ordinal: 0 };
    });
    const sources = await Promise.all(
      spread(rows, 6).map((part, index) =>
        writeSource(store, `s${index}`, part, 20 * SAMPLE_ROWS + 77),
      ),
    );
    for (const format of ['csv', 'parquet'] as const) {
      const whole = await mergedFile(store, sources, format);
      expect(whole.equals(await mergedFile(store, sources, format, [1, 2]))).toBe(true);
      expect(whole.equals(await mergedFile(store, sources, format, [1]))).toBe(true);
    }
    // As one text: comparing so many elements one by one takes seconds.
    const lines = csvRows(await mergedFile(store, sources, 'csv'));
    expect(lines.join('\n') === expectedCsv(rows).join('\n')).toBe(true);
  });

  it('write a header and nothing else for a result without rows', async () => {
    const store = openMemoryStore();
    expect((await mergedFile(store, [], 'csv')).toString()).toBe(
      '_time,_subsort,_key_hash,_key,n,label\n',
    );
    const schema = { keyType: STRING, fields, timestamps: 'ns' } as const;
    const part = await mergePart({
      ...schema,
      store,
      sources: [],
      rowStart: 0,
      rowGroupRows: ROW_GROUP_ROWS,
      rowEnd: 0,
      format: 'csv',
      layout: 'folder',
      partKey: 'part',
    });
    expect(Buffer.from(await store.get('part')).toString()).toBe(
      '_time,_subsort,_key_hash,_key,n,label\n',
    );
    expect(part).toEqual({ key: 'part', rowStart: 0, rowEnd: 0, bytes: 38, offset: 0, groups: [] });
  });

  it('stop when they are cancelled and leave no object', async () => {
    const store = openMemoryStore();
    const source = await writeSource(
      store,
      's',
      spread([{ time: 1n, subsort: 1n, hash: 3n, ordinal: 0 }], 1)[0]!,
      9,
    );
    const schema = {
      keyType: STRING,
      fields,
      timestamps: 'ns',
      format: 'csv',
      layout: 'file',
    } as const;
    const signal = AbortSignal.abort(new Error('cancelled'));
    const options = {
      ...schema,
      store,
      sources: [source],
      rowStart: 0,
      rowGroupRows: ROW_GROUP_ROWS,
      rowEnd: 1,
      partKey: 'part',
      signal,
    };
    await expect(mergePart(options)).rejects.toThrow('cancelled');
    expect(await store.head('part')).toBeNull();
  });
});

describe('pruneRuns', () => {
  const run = (key: string, rows: number, minTime: number, maxTime: number): RunRef => ({
    key,
    rows,
    minTime: String(minTime),
    maxTime: String(maxTime),
    bytes: 0,
  });
  const a = [run('a0', 10, 0, 9), run('a1', 10, 10, 19), run('a2', 10, 20, 29)];
  const b = [run('b0', 10, 0, 12), run('b1', 10, 20, 25)];

  it('drops runs whose rows all lie before or after the range', () => {
    expect(pruneRuns([a, b], 30, 40)).toEqual({ sources: [[a[2]], [b[1]]], rowsBefore: 30 });
    expect(pruneRuns([a, b], 0, 10)).toEqual({ sources: [[a[0]], [b[0]]], rowsBefore: 0 });
  });

  it('keeps runs that share an instant with the range', () => {
    const tied = [[run('x', 10, 5, 5)], [run('y', 10, 5, 5)]];
    expect(pruneRuns(tied, 0, 5).sources).toEqual(tied);
    expect(pruneRuns(tied, 15, 20)).toEqual({ sources: tied, rowsBefore: 0 });
  });
});
