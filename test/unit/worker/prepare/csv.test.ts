/** CSV: types, quoting, bad rows (language.md 10.4). */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StringPool } from '../../../../shared/column/string-pool.ts';
import type { Value } from '../../../../shared/column/values.ts';
import { columnValues } from '../../../../shared/column/values.ts';
import { scalar } from '../../../../shared/types/data-type.ts';
import { CsvRecords, unquote } from '../../../../worker/prepare/csv/csv-scan.ts';
import { csvSource } from '../../../../worker/prepare/csv/csv-source.ts';
import { memoryFile, remoteFile } from '../../../../worker/prepare/file-access.ts';
import type { BadRowPolicy } from '../../../../worker/prepare/source.ts';
import { Scratch } from '../../../../worker/scratch.ts';

interface ReadCsv {
  readonly types: Record<string, string>;
  readonly values: Record<string, Value[]>;
  readonly positions: number[];
  readonly skippedRows: number;
}

async function readCsv(text: string, onBadRow: BadRowPolicy = 'fail'): Promise<ReadCsv> {
  const file = memoryFile('data.csv', text);
  const { schema, parts } = await csvSource.inspect(file, { onBadRow });
  const values: Record<string, Value[]> = Object.fromEntries(
    schema.fields.map(({ name }) => [name, []]),
  );
  const positions: number[] = [];
  let skippedRows = 0;
  for (const part of parts) {
    for await (const batch of csvSource.read(file, part, schema.fields, {
      pool: new StringPool(),
      onBadRow,
      scratch: new Scratch(),
    })) {
      schema.fields.forEach(({ name }, index) =>
        values[name]!.push(...columnValues(batch.columns[index]!)),
      );
      positions.push(...batch.positions);
      skippedRows += batch.skippedRows;
    }
  }
  const types = Object.fromEntries(schema.fields.map(({ name, type }) => [name, type.kind]));
  return { types, values, positions, skippedRows };
}

test('cells are read as the types of the table, whatever this file alone would have', async () => {
  const file = memoryFile('data.csv', 'id,zip,n,at\n7,007,3,2024-01-31\n');
  const { parts } = await csvSource.inspect(file, { onBadRow: 'fail' });
  const kinds = { id: 'large_string', zip: 'string', n: 'f64', at: 'timestamp_ms' } as const;
  const fields = Object.entries(kinds).map(([name, kind]) => ({ name, type: scalar(kind) }));
  const options = { pool: new StringPool(), onBadRow: 'fail', scratch: new Scratch() } as const;
  for await (const { columns } of csvSource.read(file, parts[0]!, fields, options)) {
    expect(columns.map(({ type }) => type.kind)).toEqual(Object.values(kinds));
    const midnight = BigInt(Date.UTC(2024, 0, 31));
    expect(columns.flatMap((column) => columnValues(column))).toEqual(['7', '007', 3, midnight]);
  }
});

describe('types of CSV columns', () => {
  test.each<[string, string[], string]>([
    ['booleans in any case', ['true', 'FALSE', 'True'], 'bool'],
    ['integers', ['1', '-20', ''], 'i64'],
    ['integers and floats', ['1', '2.5'], 'f64'],
    ['exponents', ['1e3', '-.5', '5.'], 'f64'],
    ['a plus sign is no number', ['+1', '2'], 'string'],
    ['dates', ['2024-01-31', ''], 'date'],
    ['seconds with zones', ['2024-01-31T10:00:00Z', '2024-01-31 10:00:00-08:00'], 'timestamp_s'],
    ['dates and milliseconds', ['2024-01-31', '2024-01-31T10:00:00.5'], 'timestamp_ms'],
    ['microseconds', ['2024-01-31T10:00:00.1234'], 'timestamp_us'],
    [
      'nanoseconds are finest',
      ['2024-01-31T10:00:00.123456789', '2024-01-31T10:00:00'],
      'timestamp_ns',
    ],
    ['months of one digit are text', ['2005-12-19T16:39:57-08:00', '2004-12-1'], 'string'],
    ['numbers and dates', ['1', '2024-01-31'], 'string'],
    ['only empty cells', ['', ''], 'string'],
    ['quoted numbers are numbers', ['"5"', '"6"'], 'i64'],
    ['a quote in the content is text', ['"""5"""'], 'string'],
  ])('%s', async (_name, cells, kind) => {
    const { types } = await readCsv(['a,b', ...cells.map((cell) => `${cell},x`), ''].join('\n'));
    expect(types['a']).toBe(kind);
  });
});

describe('values of CSV cells', () => {
  test('follow the type of their column', async () => {
    const { values } = await readCsv(
      'i,f,b,d,t,n,s\r\n' +
        '9223372036854775807,0.1,true,1970-01-02,1970-01-01T00:00:01+01:00,1969-12-31T23:59:59.999999999,x\r\n' +
        '-9223372036854775808,-2,FALSE,1969-12-31,2024-02-29,1970-01-01T00:00:00,\r\n' +
        ',123456789012345678.5,,,,,"a,""b""\nc"\r\n\r\n',
    );
    expect(values).toEqual({
      i: [2n ** 63n - 1n, -(2n ** 63n), null],
      f: [0.1, -2, Number('123456789012345678.5')],
      b: [true, false, null],
      d: [1, -1, null],
      t: [-3599n, 1709164800n, null],
      n: [-1n, 0n, null],
      // An empty cell of a string column is the empty string.
      s: ['x', '', 'a,"b"\nc'],
    });
  });

  test('the header may be quoted, marked with a byte order mark, and alone', async () => {
    const { types } = await readCsv('\ufeff"a b",c,');
    expect(types).toEqual({ 'a b': 'string', c: 'string', column_3: 'string' });
  });

  test('decimals are the nearest doubles', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer(), fc.integer({ min: 0, max: 999_999_999 })), {
          minLength: 1,
        }),
        async (pairs) => {
          const cells = pairs.map(([whole, fraction]) => `${whole}.${fraction}`);
          const { values } = await readCsv(`a\n${cells.join('\n')}\n`);
          expect(values['a']).toEqual(cells.map(Number));
        },
      ),
    );
  });
});

describe('bad rows', () => {
  const text = 'time,n\n2024-01-01,1\n2024-01-02\n2024-01-03,3,4\n2024-02-30,5\n2024-01-05,6\n';

  test('fail with file, row and column', async () => {
    await expect(readCsv(text)).rejects.toThrow(
      "data.csv: row 2 has 1 field, the header has 2; 'n' is missing",
    );
    await expect(readCsv('a,b\n1,2\n3,4,5\n')).rejects.toThrow(
      'data.csv: row 2 has 3 fields, the header has 2',
    );
    await expect(readCsv('a,b\n2024-01-01,1\n2024-02-30,1\n')).rejects.toThrow(
      "data.csv: row 2, column 'a': '2024-02-30' is not a valid date",
    );
    await expect(readCsv('a,b\n1,1\n99999999999999999999,1\n')).rejects.toThrow(
      "data.csv: row 2, column 'a': '99999999999999999999' is not a valid i64",
    );
  });

  test('are skipped and counted, and keep their positions', async () => {
    const { values, positions, skippedRows } = await readCsv(text, 'skip');
    expect(values['n']).toEqual([1n, 6n]);
    expect(positions).toEqual([0, 4]);
    expect(skippedRows).toBe(3);
  });

  test('a file without a header, with a name twice, with an open quote', async () => {
    await expect(readCsv('')).rejects.toThrow('data.csv: the file has no header line');
    await expect(readCsv('a,b,a\n')).rejects.toThrow("data.csv: two columns are named 'a'");
    await expect(readCsv('a,b\n1,2\n3,"x\n5,6\n')).rejects.toThrow(
      'data.csv: a quote that is opened in the record at byte 8 is never closed',
    );
  });
});

describe('records', () => {
  const cellArbitrary = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é') }),
    fc.string(),
  );

  test('any text survives quoting, whatever the blocks', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(cellArbitrary, { minLength: 2, maxLength: 4 })),
        fc.constantFrom('\n', '\r\n'),
        fc.integer({ min: 1, max: 30 }),
        (rows, newline, blockBytes) => {
          const text = rows
            .map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',') + newline)
            .join('');
          const bytes = new TextEncoder().encode(text);
          const found: string[][] = [];
          const records = new CsvRecords();
          let start = 0;
          for (
            let end = Math.min(blockBytes, bytes.length);
            start < bytes.length;
            end = Math.min(end + blockBytes, bytes.length)
          ) {
            const block = bytes.subarray(start, end);
            records.scan(block, block.length, end === bytes.length);
            for (let record = 0; record < records.count; record++) {
              const cells: string[] = [];
              for (
                let cell = records.firstCell[record]!;
                cell < records.firstCell[record + 1]!;
                cell++
              ) {
                const [from, to] = [records.starts[cell]!, records.ends[cell]!];
                const content =
                  records.marks[cell] === 0 ? block.subarray(from, to) : unquote(block, from, to);
                cells.push(new TextDecoder('utf-8', { ignoreBOM: true }).decode(content));
              }
              found.push(cells);
            }
            start += records.consumed;
            if (end === bytes.length) break;
          }
          expect(found).toEqual(rows.map((row) => row.map((cell) => cell.toWellFormed())));
        },
      ),
    );
  });

  test('a file longer than a block is read in pieces', async () => {
    const line = 'a,"x ""y""",12\n';
    const rows = 1_000_000;
    const header = 'k,s,n\n';
    const size = header.length + line.length * rows;
    const unit = new TextEncoder().encode(line);
    // Made as it is read: nothing holds the file.
    const file = remoteFile('big.csv', size, (offset, length) => {
      const out = new Uint8Array(length);
      const head = new TextEncoder().encode(header);
      for (let index = 0; index < length; index++) {
        const at = offset + index;
        out[index] = at < head.length ? head[at]! : unit[(at - head.length) % unit.length]!;
      }
      return Promise.resolve(out);
    });
    const { rows: counted, parts, schema } = await csvSource.inspect(file, { onBadRow: 'fail' });
    expect(counted).toBe(rows);
    let read = 0;
    const options = { pool: new StringPool(), onBadRow: 'fail', scratch: new Scratch() } as const;
    for await (const batch of csvSource.read(file, parts[0]!, schema.fields, options)) {
      read += batch.length;
      expect(columnValues(batch.columns[1]!).at(-1)).toBe('x "y"');
    }
    expect(read).toBe(rows);
  });
});
