/** Bundles: layout, what is read when, and that no damage goes unnoticed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BundleEncoder,
  encodeBundle,
  kindOf,
  sectionOf,
} from '../../../../shared/storage/bundle.ts';
import type { Section } from '../../../../shared/storage/bundle.ts';
import {
  RANGE_GAP_BYTES_MAX,
  TAIL_BYTES,
  openBundle,
} from '../../../../shared/storage/bundle-reader.ts';
import type { Range } from '../../../../shared/storage/bundle-reader.ts';
import { openFileStore } from '../../../../shared/storage/file-store.ts';
import { joinBytes } from '../../../../shared/storage/join-bytes.ts';
import { openMemoryStore } from '../../../../shared/storage/memory-store.ts';
import { damage, recordReads } from '../../../support/recording-store.ts';

const everyKind: Section[] = [
  { name: 'i8', array: new Int8Array([-1, 2, 3]) },
  { name: 'u8', array: new Uint8Array([255]) },
  { name: 'i16', array: new Int16Array([-300, 4]) },
  { name: 'u16', array: new Uint16Array([65535]) },
  { name: 'i32', array: new Int32Array([-70000, 1, 2]) },
  { name: 'u32', array: new Uint32Array([4294967295]) },
  { name: 'i64', array: new BigInt64Array([-(2n ** 63n), 2n ** 62n]) },
  { name: 'u64', array: new BigUint64Array([2n ** 64n - 1n]) },
  { name: 'f32', array: new Float32Array([0.5, Number.NaN]) },
  { name: 'f64', array: new Float64Array([-0, Number.POSITIVE_INFINITY]) },
  { name: 'none', array: new Float64Array(0) },
];

/** i64 0, 1, 2, … so that an element tells its place. */
function counting(length: number): BigInt64Array {
  return BigInt64Array.from({ length }, (_, index) => BigInt(index));
}

/** A section that does not fit in the tail, with another after it. */
async function largeBundle(): Promise<ReturnType<typeof recordReads>> {
  const recorded = recordReads();
  await recorded.store.put(
    'large',
    encodeBundle({}, [
      { name: 'n', array: counting(200_000) },
      { name: 'last', array: new Int32Array([1, 2, 3]) },
    ]),
  );
  return recorded;
}

describe('bundle', () => {
  it('joins the pieces of a section', () => {
    const whole = encodeBundle({}, [{ name: 'n', array: counting(9) }]);
    const pieces = [counting(9).subarray(0, 4), new BigInt64Array(0), counting(9).subarray(4)];
    const pieced = encodeBundle({}, [sectionOf('n', pieces)]);
    expect(joinBytes(pieced)).toEqual(joinBytes(whole));
    expect(() => encodeBundle({}, [sectionOf('n', [counting(1), new Int8Array(1)])])).toThrow(
      /a piece of `n` is not i64/,
    );
  });

  it.each(['memory', 'file'] as const)(
    'fills an array of the caller from a %s store',
    async (kind) => {
      const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
      const store = kind === 'memory' ? openMemoryStore() : openFileStore(folder);
      try {
        await store.put(
          'large',
          encodeBundle({}, [
            { name: 'n', array: counting(200_000) },
            { name: 'last', array: new Int32Array([1, 2, 3]) },
          ]),
        );
        const bundle = await openBundle(store, 'large');
        const target = new BigInt64Array(4).fill(-1n);
        await bundle.readInto('n', [[7, 2]], target.subarray(1, 3));
        expect([...target]).toEqual([-1n, 7n, 8n, -1n]);
        // Near enough to be one read, too far for that, and side by side.
        const apart = [
          [3, 1],
          [5, 1],
          [150_000, 1],
          [150_001, 1],
        ] as const;
        await bundle.readInto('n', apart, target);
        expect([...target]).toEqual([3n, 5n, 150_000n, 150_001n]);
        const fromTail = new Int32Array(2);
        await bundle.readInto('last', [[1, 2]], fromTail);
        expect([...fromTail]).toEqual([2, 3]);
        await expect(bundle.readInto('last', [[2, 2]], fromTail)).rejects.toThrow(/range \[2, 2\]/);
        await expect(bundle.readInto('last', [[0, 3]], fromTail)).rejects.toThrow(/3 elements/);
        await expect(bundle.readInto('n', [[0, 2]], fromTail)).rejects.toMatchObject({
          code: 'BUNDLE_CORRUPT',
        });
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );

  it('gives back meta and every kind of section', async () => {
    const store = openMemoryStore();
    const meta = { name: 'é', list: [1, null, { deep: true }] };
    await store.put('b', encodeBundle(meta, everyKind));
    const bundle = await openBundle(store, 'b');
    expect(bundle.meta).toEqual(meta);
    expect(bundle.sections.map(({ name }) => name)).toEqual(everyKind.map(({ name }) => name));
    for (const { name, array } of everyKind) {
      expect(await bundle.section(name)).toEqual(array);
      expect(await bundle.section(name, kindOf(array))).toEqual(array);
    }
  });

  it('lays out header, padded sections and trailer as documented', () => {
    const bytes = joinBytes(encodeBundle({}, [{ name: 's', array: new Uint8Array([7, 8, 9]) }]));
    const view = new DataView(bytes.buffer);
    expect(new TextDecoder().decode(bytes.subarray(0, 4))).toBe('MLRC');
    expect(view.getUint32(4, true)).toBe(1);
    expect([...bytes.subarray(8, 16)]).toEqual([7, 8, 9, 0, 0, 0, 0, 0]);
    expect(bytes.length % 8).toBe(0);
    const footerBytes = view.getUint32(bytes.length - 12, true);
    const footer = new TextDecoder().decode(bytes.subarray(16, 16 + footerBytes));
    expect(JSON.parse(footer)).toMatchObject({
      meta: {},
      sections: [{ name: 's', kind: 'u8', offset: 8, count: 3 }],
    });
    expect(16 + footerBytes + 16).toBe(bytes.length);
    expect(new TextDecoder().decode(bytes.subarray(-4))).toBe('MLRC');
  });

  it('does not copy the arrays it is given', () => {
    const array = counting(1000);
    const chunks = encodeBundle({}, [{ name: 'n', array }]);
    expect(chunks.some((chunk) => chunk.buffer === array.buffer)).toBe(true);
  });

  it('takes a view that starts inside its buffer', async () => {
    const store = openMemoryStore();
    const array = counting(10).subarray(3, 5);
    await store.put('b', encodeBundle({}, [{ name: 'n', array }]));
    expect(await (await openBundle(store, 'b')).section('n')).toEqual(new BigInt64Array([3n, 4n]));
  });

  it('is the same in pieces as at once', () => {
    const pieces = new BundleEncoder();
    const chunks = [
      pieces.header(),
      ...pieces.section('n', 'i64', [counting(5).subarray(0, 2), counting(5).subarray(2)]),
      pieces.footer({ a: 1 }),
    ];
    const whole = encodeBundle({ a: 1 }, [{ name: 'n', array: counting(5) }]);
    expect(joinBytes(chunks)).toEqual(joinBytes(whole));
  });

  it('refuses two sections of one name', () => {
    const section = { name: 'n', array: new Int8Array(1) };
    expect(() => encodeBundle({}, [section, section])).toThrow(/two sections are named `n`/);
  });

  it('reads a small object in one round trip', async () => {
    const { store, reads } = recordReads();
    await store.put('b', encodeBundle({}, everyKind));
    const bundle = await openBundle(store, 'b');
    for (const { name } of everyKind) await bundle.section(name);
    expect(reads).toEqual([`tail ${TAIL_BYTES}`]);
  });

  it('reads only what it needs of a large object', async () => {
    const { store, reads } = await largeBundle();
    const bundle = await openBundle(store, 'large');
    expect(await bundle.sectionRange('n', 10, 2)).toEqual(new BigInt64Array([10n, 11n]));
    expect(await bundle.section('last')).toEqual(new Int32Array([1, 2, 3]));
    expect(reads).toEqual([`tail ${TAIL_BYTES}`, 'range 88+16']);
  });

  it('reads a footer that is longer than the tail', async () => {
    const { store, reads } = recordReads();
    const meta = { text: 'x'.repeat(2 * TAIL_BYTES) };
    await store.put('b', encodeBundle(meta, everyKind));
    const bundle = await openBundle(store, 'b');
    expect(bundle.meta).toEqual(meta);
    expect(await bundle.section('i8')).toEqual(new Int8Array([-1, 2, 3]));
    expect(reads).toHaveLength(3);
  });

  it('reads near ranges as one and far ones apart', async () => {
    const { store, reads } = await largeBundle();
    const bundle = await openBundle(store, 'large');
    reads.length = 0;
    const far = 8 + RANGE_GAP_BYTES_MAX / 8;
    const ranges: Range[] = [
      [0, 2],
      [4, 1],
      [5 + far, 2],
    ];
    expect(await bundle.sectionRanges('n', ranges, 'i64')).toEqual(
      new BigInt64Array([0n, 1n, 4n, BigInt(5 + far), BigInt(6 + far)]),
    );
    expect(reads).toEqual(['range 8+40', `range ${8 + (5 + far) * 8}+16`]);
  });

  it('gives the ranges one after another, empty and overlapping ones too', async () => {
    const { store } = await largeBundle();
    const bundle = await openBundle(store, 'large');
    const rangesOf = fc
      .array(fc.tuple(fc.nat(199_000), fc.nat(900)), { maxLength: 6 })
      .map((ranges) => ranges.toSorted((left, right) => left[0] - right[0]));
    await fc.assert(
      fc.asyncProperty(rangesOf, async (ranges) => {
        const expected = ranges.flatMap(([start, count]) =>
          Array.from({ length: count }, (_, index) => BigInt(start + index)),
        );
        const found = await bundle.sectionRanges('n', ranges, 'i64');
        expect(found).toEqual(BigInt64Array.from(expected));
      }),
      { numRuns: 50 },
    );
  });

  it('refuses ranges outside the section or out of order', async () => {
    const { store } = await largeBundle();
    const bundle = await openBundle(store, 'large');
    await expect(bundle.sectionRange('n', 199_999, 2)).rejects.toThrow(/range \[199999, 2\]/);
    await expect(
      bundle.sectionRanges('n', [
        [5, 1],
        [2, 1],
      ]),
    ).rejects.toThrow(/range/);
  });

  it('notices one wrong bit in a section, naming object and section', async () => {
    const { store } = await largeBundle();
    await damage(store, 'large', (bytes) => {
      bytes[100]! ^= 1;
      return bytes;
    });
    const bundle = await openBundle(store, 'large');
    await expect(bundle.section('n')).rejects.toMatchObject({
      class: 'data',
      code: 'BUNDLE_CORRUPT',
      message: 'object `large` in memory cannot be read: section `n` fails its checksum',
    });
  });

  it('notices every way to cut an object short or to damage its end', async () => {
    const store = openMemoryStore();
    await store.put('whole', encodeBundle({ a: 1 }, everyKind));
    const whole = await store.get('whole');
    for (let length = 0; length < whole.length; length++) {
      await store.put('cut', [whole.subarray(0, length)]);
      await expect(openBundle(store, 'cut')).rejects.toMatchObject({
        class: 'data',
        message: expect.stringContaining('`cut`'),
      });
    }
    const footerBytes = new DataView(whole.buffer).getUint32(whole.length - 12, true);
    for (let at = whole.length - 16 - footerBytes; at < whole.length; at++) {
      const bytes = whole.slice();
      bytes[at]! ^= 4;
      await store.put('bad', [bytes]);
      await expect(openBundle(store, 'bad')).rejects.toMatchObject({ name: 'AppError' });
    }
  });

  it('says that a newer format needs a newer program', async () => {
    const store = openMemoryStore();
    await store.put('b', encodeBundle({}, everyKind));
    await damage(store, 'b', (bytes) => {
      bytes[bytes.length - 8] = 9;
      return bytes;
    });
    await expect(openBundle(store, 'b')).rejects.toMatchObject({
      class: 'user',
      code: 'BUNDLE_VERSION_NEWER',
      message: expect.stringContaining('format version 9, this program reads up to 1'),
    });
  });

  it('names a missing section and a wrong kind', async () => {
    const store = openMemoryStore();
    await store.put('b', encodeBundle({}, everyKind));
    const bundle = await openBundle(store, 'b');
    expect(bundle.find('absent')).toBeNull();
    await expect(bundle.section('absent')).rejects.toThrow(/no section `absent`/);
    await expect(bundle.section('i32', 'f64')).rejects.toThrow(/section `i32` is i32, not f64/);
  });
});
