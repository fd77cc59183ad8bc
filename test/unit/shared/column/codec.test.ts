/** Columns in bundles: every type there and back, by ranges too, and one sequence of bytes for equal values. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeColumn, readColumn } from '../../../../shared/column/codec.ts';
import type { ColumnMeta } from '../../../../shared/column/codec.ts';
import type { Column } from '../../../../shared/column/column.ts';
import { fixedColumn, nullColumn, physicalOf } from '../../../../shared/column/column.ts';
import { StringPool } from '../../../../shared/column/string-pool.ts';
import { sliceColumn } from '../../../../shared/column/take.ts';
import { columnFromValues, columnValues } from '../../../../shared/column/values.ts';
import type { Value } from '../../../../shared/column/values.ts';
import { encodeBundle } from '../../../../shared/storage/bundle.ts';
import { openBundle } from '../../../../shared/storage/bundle-reader.ts';
import type { BundleReader, Range } from '../../../../shared/storage/bundle-reader.ts';
import { joinBytes } from '../../../../shared/storage/join-bytes.ts';
import { openMemoryStore } from '../../../../shared/storage/memory-store.ts';
import { BOOL, F64, I64, STRING, scalar } from '../../../../shared/types/data-type.ts';
import type { DataType, ScalarKind } from '../../../../shared/types/data-type.ts';
import { recordReads } from '../../../support/recording-store.ts';

const scalarKinds: ScalarKind[] = [
  'bool',
  'i8',
  'i16',
  'i32',
  'i64',
  'u8',
  'u16',
  'u32',
  'u64',
  'f16',
  'f32',
  'f64',
  'string',
  'large_string',
  'json',
  'timestamp_ns',
  'duration_s',
  'interval_days',
  'date',
];

const { type: typeArbitrary } = fc.letrec<{ type: DataType }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    fc.constantFrom(...scalarKinds).map((kind): DataType => scalar(kind)),
    fc.array(tie('type'), { minLength: 1, maxLength: 3 }).map((types): DataType => ({
      kind: 'record',
      fields: types.map((type, index) => ({ name: `f/${index}`, type })),
    })),
    tie('type').map((element): DataType => ({ kind: 'list', element })),
    fc
      .tuple(tie('type'), tie('type'))
      .map(([key, value]): DataType => ({ kind: 'map', key, value })),
  ),
}));

function valueOf(type: DataType): fc.Arbitrary<Value> {
  return fc.option(presentValueOf(type), { nil: null, freq: 5 });
}

function presentValueOf(type: DataType): fc.Arbitrary<Value> {
  switch (type.kind) {
    case 'bool':
      return fc.boolean();
    case 'record':
      return fc.record(
        Object.fromEntries(type.fields.map((field) => [field.name, valueOf(field.type)])),
      ) as fc.Arbitrary<Value>;
    case 'list':
      return fc.array(valueOf(type.element), { maxLength: 3 });
    case 'map':
      return fc.array(fc.tuple(valueOf(type.key), valueOf(type.value)), { maxLength: 3 });
    default:
      break;
  }
  switch (physicalOf(type)) {
    case null:
      return fc.string({ unit: 'grapheme', maxLength: 3 });
    case 'i8':
      return fc.integer({ min: -128, max: 127 });
    case 'i16':
      return fc.integer({ min: -32768, max: 32767 });
    case 'i32':
      return fc.integer();
    case 'u8':
      return fc.integer({ min: 0, max: 255 });
    case 'u16':
      return fc.integer({ min: 0, max: 65535 });
    case 'u32':
      return fc.integer({ min: 0, max: 2 ** 32 - 1 });
    case 'i64':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case 'u64':
      return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    case 'f32':
      return fc.float();
    case 'f64':
      return fc.double();
  }
}

interface Sample {
  readonly type: DataType;
  readonly values: readonly Value[];
  readonly ranges: readonly Range[];
}

/** A type, rows of it, and ascending ranges of these rows that do not overlap. */
const sampleArbitrary: fc.Arbitrary<Sample> = typeArbitrary.chain((type) =>
  fc.array(valueOf(type), { maxLength: 20 }).chain((values) =>
    fc
      .uniqueArray(fc.nat(values.length), { maxLength: 6 })
      .map((cuts) => cuts.toSorted((left, right) => left - right))
      .map((cuts) => ({
        type,
        values,
        ranges: cuts.flatMap((cut, index): Range[] =>
          index % 2 === 0 && index + 1 < cuts.length ? [[cut, cuts[index + 1]! - cut]] : [],
        ),
      })),
  ),
);

async function stored(columns: readonly Column[]): Promise<BundleReader> {
  const store = openMemoryStore();
  const encoded = columns.map((column, index) => encodeColumn(`c${index}`, column));
  const meta = { columns: encoded.map((one) => one.meta) };
  const sections = encoded.flatMap((one) => one.sections);
  await store.put('b', encodeBundle(meta, sections));
  return openBundle(store, 'b');
}

function metaOf(reader: BundleReader, index = 0): ColumnMeta {
  return (reader.meta as { columns: ColumnMeta[] }).columns[index]!;
}

function bytesOf(column: Column): Uint8Array {
  const { meta, sections } = encodeColumn('c', column);
  return joinBytes(encodeBundle(meta, sections));
}

/** A pool whose codes are not those of another pool for the same strings. */
function usedPool(): StringPool {
  const pool = new StringPool();
  for (const text of ['zebra', '', 'a', 'b']) pool.intern(text);
  return pool;
}

describe('column codec', () => {
  it('gives back every value of every type, whole and by ranges', async () => {
    await fc.assert(
      fc.asyncProperty(sampleArbitrary, async ({ type, values, ranges }) => {
        const column = columnFromValues(type, values, new StringPool());
        const reader = await stored([column]);
        const pool = usedPool();
        const whole = await readColumn(reader, metaOf(reader), null, pool);
        expect(whole.type).toEqual(type);
        expect(columnValues(whole)).toEqual(columnValues(column));
        const some = await readColumn(reader, metaOf(reader), ranges, pool);
        expect(columnValues(some)).toEqual(
          ranges.flatMap(([start, count]) => columnValues(column).slice(start, start + count)),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('gives the same bytes for the same values, whatever memory held them', () => {
    fc.assert(
      fc.property(sampleArbitrary, ({ type, values }) => {
        const fresh = columnFromValues(type, values, new StringPool());
        const padded = columnFromValues(type, [...values, ...values], usedPool());
        const sliced = sliceColumn(padded, values.length, 2 * values.length);
        expect(bytesOf(sliced)).toEqual(bytesOf(fresh));
      }),
      { numRuns: 300 },
    );
  });

  it('writes zero for the slots of null rows, and no validity where there is no null', () => {
    const validity = new Uint8Array([1, 0, 1]);
    const dirty = fixedColumn(I64, new BigInt64Array([5n, 77n, 6n]), validity);
    const { meta, sections } = encodeColumn('c', dirty);
    expect(meta).toEqual({ name: 'c', type: I64, rows: 3, hasNulls: true, children: [] });
    expect(sections).toEqual([
      { name: 'c/validity', array: validity },
      { name: 'c/values', array: new BigInt64Array([5n, 0n, 6n]) },
    ]);
    expect(dirty.values).toEqual(new BigInt64Array([5n, 77n, 6n]));
    const full = fixedColumn(I64, new BigInt64Array([5n]), new Uint8Array([1]));
    expect(encodeColumn('c', full)).toMatchObject({
      meta: { hasNulls: false },
      sections: [{ name: 'c/values' }],
    });
  });

  it('writes one pattern for every NaN', () => {
    const bits = new BigInt64Array([
      0x7ff8_0000_0000_0001n,
      BigInt.asIntN(64, 0xfff8_0000_0000_0000n),
    ]);
    const odd = fixedColumn(F64, new Float64Array(bits.buffer));
    const plain = fixedColumn(F64, new Float64Array([Number.NaN, Number.NaN]));
    expect(bytesOf(odd)).toEqual(bytesOf(plain));
    const { array } = encodeColumn('c', plain).sections[0]!;
    expect(new BigInt64Array(array.buffer)).toEqual(
      new BigInt64Array([0x7ff8_0000_0000_0000n, 0x7ff8_0000_0000_0000n]),
    );
  });

  it('writes strings as a dictionary by first occurrence, codes as narrow as it allows', () => {
    const strings = columnFromValues(STRING, ['b', null, 'a', 'b'], usedPool());
    expect(encodeColumn('s', strings).sections).toEqual([
      { name: 's/validity', array: new Uint8Array([1, 0, 1, 1]) },
      { name: 's/codes', array: new Uint8Array([0, 0, 1, 0]) },
      { name: 's/offsets', array: new Int32Array([0, 1, 2]) },
      { name: 's/bytes', array: new TextEncoder().encode('ba') },
    ]);
    const codesOf = (count: number): unknown => {
      const values = Array.from({ length: count }, (_, index) => `${index}`);
      const column = columnFromValues(STRING, values, new StringPool());
      return encodeColumn('s', column).sections[0]!.array.constructor;
    };
    expect(codesOf(256)).toBe(Uint8Array);
    expect(codesOf(257)).toBe(Uint16Array);
    expect(codesOf(65_536)).toBe(Uint16Array);
    expect(codesOf(65_537)).toBe(Uint32Array);
  });

  it('hides what stands in null lists and null records', () => {
    const pool = new StringPool();
    const element = columnFromValues(STRING, ['x', 'hidden', 'y'], pool);
    const list: Column = {
      physical: 'list',
      type: { kind: 'list', element: STRING },
      length: 3,
      validity: new Uint8Array([1, 0, 1]),
      offsets: new Int32Array([0, 1, 2, 3]),
      element,
    };
    const plain = columnFromValues(list.type, [['x'], null, ['y']], new StringPool());
    expect(bytesOf(list)).toEqual(bytesOf(plain));
    const record: Column = {
      physical: 'record',
      type: { kind: 'record', fields: [{ name: 'a', type: STRING }] },
      length: 3,
      validity: new Uint8Array([1, 0, 1]),
      children: [element],
    };
    const rows = [{ a: 'x' }, null, { a: 'y' }];
    expect(bytesOf(record)).toEqual(bytesOf(columnFromValues(record.type, rows, new StringPool())));
  });

  it('writes a child of type null as nulls of the declared type', () => {
    const type: DataType = { kind: 'record', fields: [{ name: 'a', type: BOOL }] };
    const record: Column = {
      physical: 'record',
      type,
      length: 2,
      validity: null,
      children: [nullColumn(2)],
    };
    const typed = columnFromValues(type, [{ a: null }, { a: null }], new StringPool());
    expect(bytesOf(record)).toEqual(bytesOf(typed));
  });

  it('keeps a column of type null as a number of rows', async () => {
    const reader = await stored([nullColumn(4)]);
    expect(reader.sections).toEqual([]);
    const some: Range[] = [
      [0, 1],
      [2, 2],
    ];
    const column = await readColumn(reader, metaOf(reader), some, new StringPool());
    expect(columnValues(column)).toEqual([null, null, null]);
  });

  it('interns only the strings of the rows that are read, and into each pool asked for', async () => {
    const values = ['a', 'b', 'c', 'd'];
    const reader = await stored([columnFromValues(STRING, values, new StringPool())]);
    const first = new StringPool();
    const second = usedPool();
    const range: Range[] = [[1, 2]];
    expect(columnValues(await readColumn(reader, metaOf(reader), range, first))).toEqual([
      'b',
      'c',
    ]);
    expect(first.size).toBe(2);
    expect(columnValues(await readColumn(reader, metaOf(reader), null, second))).toEqual(values);
    expect(columnValues(await readColumn(reader, metaOf(reader), null, first))).toEqual(values);
  });

  it('reads a dictionary once per reader', async () => {
    const { store, reads } = recordReads();
    const values = Array.from({ length: 40_000 }, (_, index) => `value ${index % 20_000}`);
    const { meta, sections } = encodeColumn(
      's',
      columnFromValues(STRING, values, new StringPool()),
    );
    await store.put('b', encodeBundle({}, sections));
    const reader = await openBundle(store, 'b');
    const pool = new StringPool();
    await readColumn(reader, meta, [[5, 1]], pool);
    const after = reads.length;
    const column = await readColumn(reader, meta, [[20_004, 2]], pool);
    expect(columnValues(column)).toEqual(['value 4', 'value 5']);
    expect(reads.length - after).toBe(1);
    expect(pool.size).toBe(2);
  });

  it('keeps columns apart whose names look like parts of each other', async () => {
    const pool = new StringPool();
    const record: DataType = { kind: 'record', fields: [{ name: 'x', type: I64 }] };
    const left = encodeColumn('a', columnFromValues(record, [{ x: 1n }], pool));
    const right = encodeColumn('a/0', columnFromValues(I64, [2n], pool));
    const store = openMemoryStore();
    await store.put('b', encodeBundle({}, [...left.sections, ...right.sections]));
    const reader = await openBundle(store, 'b');
    expect(columnValues(await readColumn(reader, left.meta, null, pool))).toEqual([{ x: 1n }]);
    expect(columnValues(await readColumn(reader, right.meta, null, pool))).toEqual([2n]);
  });
});
