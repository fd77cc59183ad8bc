/** The layout of a segment: what is stored, what is derived, and its index. */
import { describe, expect, test } from 'vitest';
import { StringPool } from '../../../../shared/column/string-pool.ts';
import { columnFromValues } from '../../../../shared/column/values.ts';
import { hashValue } from '../../../../shared/kernel/hash.ts';
import { openMemoryStore } from '../../../../shared/storage/memory-store.ts';
import { encodeSegment, openSegment } from '../../../../shared/storage/segment.ts';
import { STRING } from '../../../../shared/types/data-type.ts';

describe('segment', () => {
  const pool = new StringPool();
  const names = ['a', 'A', 'B'].toSorted((left, right) =>
    hashValue(STRING, left) < hashValue(STRING, right) ? -1 : 1,
  );
  const hashes = names.map((name) => hashValue(STRING, name));
  // One row of each entity, in entity order; entity 0 is the latest.
  const content = {
    time: BigInt64Array.of(30n, 10n, 20n),
    row: Uint32Array.of(2, 0, 1),
    subsort: null,
    entity: Uint32Array.of(0, 1, 2),
    entityHash: BigUint64Array.from(hashes),
    keys: columnFromValues(STRING, names, pool),
  } as const;

  test('reads back index and bounds', async () => {
    const store = openMemoryStore();
    const encoded = encodeSegment(content);
    await store.put('s', encoded.chunks);
    expect((await store.head('s'))!.bytes).toBe(encoded.bytes);
    const segment = await openSegment(store, 's');
    expect(segment.meta).toEqual(encoded.meta);
    expect(segment.meta).toMatchObject({
      rows: 3,
      entities: 3,
      minTime: '10',
      maxTime: '30',
      hasSubsort: false,
    });
    expect([...segment.sampleTime]).toEqual([10n, 20n, 30n]);
    hashes.forEach((hash, entity) => {
      const bucket = Number(hash >> 56n);
      expect(segment.bucketEntities[bucket]).toBe(entity);
      expect(segment.bucketRows[bucket + 1]).toBe(entity + 1);
      expect(segment.blockTime[segment.blockStart[bucket]!]).toBe(content.time[entity]);
      expect(encoded.bucketRows[bucket]).toBe(1);
    });
    expect(
      [...(await segment.bundle.section('keyBytes', 'u8'))].map((byte) =>
        String.fromCharCode(byte),
      ),
    ).toEqual(names);
  });

  test('rows out of bucket order are a mistake of ours', () => {
    expect(() => encodeSegment({ ...content, entity: Uint32Array.of(2, 1, 0) })).toThrow(
      'segment: rows are stored by bucket',
    );
  });

  test('another kind of bundle is refused', async () => {
    const store = openMemoryStore();
    const { encodeBundle } = await import('../../../../shared/storage/bundle.ts');
    await store.put('x', encodeBundle({ format: 'other' }, []));
    await expect(openSegment(store, 'x')).rejects.toThrow(
      /object `x` .* is no segment of format version 2/,
    );
  });
});
