/** Results as Parquet: pages straight from typed arrays, no library. Drawing and choices: README.md of this folder. */
import type { Column, FixedColumn, StringColumn } from '../../../shared/column/column.ts';
import { takeColumn, takeFixed } from '../../../shared/column/take.ts';
import { assert } from '../../../shared/base/assert.ts';
import { ByteSink } from './byte-sink.ts';
import type { Compression } from './compression.ts';
import { encodeChunk } from './parquet-chunk.ts';
import type { ChunkFooter } from './parquet-chunk.ts';
import { leafEntries } from './parquet-levels.ts';
import { rowCodes, usedCodes } from './parquet-plan.ts';
import { PHYSICAL, parquetSchema, writeSchemaElements } from './parquet-schema.ts';
import type { Leaf, ParquetSchema } from './parquet-schema.ts';
import { asSigned64, leafValues, physicalValues } from './parquet-values.ts';
import type { LeafValues, PlainValues } from './parquet-values.ts';
import type { PlacedRowGroup, ResultFormat, ResultSchema, RowGroup } from './result-format.ts';
import { ThriftWriter } from './thrift-writer.ts';

const MAGIC = Uint8Array.of(0x50, 0x41, 0x52, 0x31); // 'PAR1'
const FORMAT_VERSION = 2;
/** `_time`, `_subsort`, `_key_hash`: the order key. */
const ORDER_LEAVES = [0, 1, 2];

/** The row group that was encoded last. It grows once for all results of a thread: growing costs as much as merging. */
const encoded = new ByteSink();

export function parquetFormat(
  resultSchema: ResultSchema,
  compression: Compression = 'zstd',
): ResultFormat {
  const schema = parquetSchema(resultSchema);
  return {
    header: () => MAGIC,
    encode: (group) => {
      encoded.clear();
      const chunks = encodeRowGroup(encoded, schema, group, compression);
      return { bytes: encoded.written(), footer: chunks };
    },
    footer: (groups) => encodeFooter(schema, groups),
  };
}

function encodeRowGroup(
  sink: ByteSink,
  schema: ParquetSchema,
  group: RowGroup,
  compression: Compression,
): ChunkFooter[] {
  const chunks: ChunkFooter[] = [];
  const nextLeaf = (): Leaf => {
    const leaf = schema.leaves[chunks.length];
    assert(leaf !== undefined, 'parquet: more columns than leaves');
    return leaf;
  };
  const required = { length: group.length, definition: null, repetition: null };
  const writeRequired = (values: LeafValues): void => {
    chunks.push(encodeChunk(sink, nextLeaf(), required, values, compression));
  };
  const writeColumn = (column: Column): void => {
    for (const entries of leafEntries(column)) {
      const leaf = nextLeaf();
      chunks.push(encodeChunk(sink, leaf, entries, leafValues(leaf, entries), compression));
    }
  };
  writeRequired(ascending(physicalValues(nextLeaf(), group.time)));
  writeRequired({ kind: 'i64', values: asSigned64(group.subsort) });
  const { codes, used } = usedCodes(group.entity, group.entityHash.length);
  const rows = rowCodes(codes);
  const hashes = takeFixed(asSigned64(group.entityHash), used);
  const distinct = ascending(physicalValues(nextLeaf(), hashes));
  writeRequired({ kind: 'coded', codes: rows, distinct });
  const keys = takeColumn(group.entityKeys, used);
  if (isDictionary(keys)) {
    const leaf = nextLeaf();
    const values = leafValues(leaf, { column: keys, present: null });
    writeRequired({ kind: 'coded', codes: rows, distinct: values });
  } else writeColumn(takeColumn(keys, codes));
  for (const field of group.fields) writeColumn(field);
  assert(chunks.length === schema.leaves.length, 'parquet: fewer columns than leaves');
  return chunks;
}

/** Times of a row group are in order, in any unit, and so are the hashes of its entities. */
function ascending(values: PlainValues): PlainValues {
  return values.kind === 'i64' ? { ...values, isAscending: true } : values;
}

/** Whether these distinct keys can be a dictionary as they are: no null among them, one leaf, not bits. */
function isDictionary(keys: Column): keys is FixedColumn | StringColumn {
  if (keys.validity?.includes(0) === true) return false;
  return keys.physical === 'string' || (keys.physical === 'fixed' && keys.type.kind !== 'bool');
}

/** FileMetaData, its length and the magic. */
function encodeFooter(schema: ParquetSchema, groups: readonly PlacedRowGroup[]): Uint8Array {
  const sink = new ByteSink();
  const thrift = new ThriftWriter(sink);
  thrift.element(() => {
    thrift.i32(1, FORMAT_VERSION);
    writeSchemaElements(thrift, 2, schema);
    thrift.i64(
      3,
      groups.reduce((sum, group) => sum + group.rows, 0),
    );
    thrift.structs(4, groups, (group) => writeRowGroup(thrift, schema, group));
    thrift.string(6, 'millrace');
    thrift.structs(7, schema.leaves, () => thrift.struct(1, () => {}));
  });
  sink.u32(sink.length);
  sink.write(MAGIC);
  return sink.copy();
}

function writeRowGroup(thrift: ThriftWriter, schema: ParquetSchema, group: PlacedRowGroup): void {
  // What `encode` of this format returned as the footer of the row group.
  const chunks = group.footer as readonly ChunkFooter[];
  let offset = group.offset;
  const placed = chunks.map((chunk, index) => {
    const start = offset;
    offset += chunk.bytes;
    return { chunk, start, leaf: schema.leaves[index]! };
  });
  thrift.structs(1, placed, ({ chunk, start, leaf }) =>
    writeColumnChunk(thrift, leaf, chunk, start),
  );
  thrift.i64(
    2,
    chunks.reduce((sum, chunk) => sum + chunk.uncompressedBytes, 0),
  );
  thrift.i64(3, group.rows);
  thrift.structs(4, ORDER_LEAVES, (leaf) => {
    thrift.i32(1, leaf);
    thrift.bool(2, false);
    thrift.bool(3, false);
  });
  thrift.i64(5, group.offset);
  thrift.i64(6, group.bytes);
}

function writeColumnChunk(
  thrift: ThriftWriter,
  leaf: Leaf,
  chunk: ChunkFooter,
  start: number,
): void {
  thrift.i64(2, 0);
  thrift.struct(3, () => {
    thrift.i32(1, PHYSICAL[leaf.physical]);
    thrift.i32s(2, chunk.encodings);
    thrift.strings(3, leaf.path);
    thrift.i32(4, chunk.codec);
    thrift.i64(5, chunk.values);
    thrift.i64(6, chunk.uncompressedBytes);
    thrift.i64(7, chunk.bytes);
    thrift.i64(9, start + chunk.dictionaryBytes);
    if (chunk.dictionaryBytes > 0) thrift.i64(11, start);
    thrift.struct(12, () => {
      thrift.i64(3, chunk.nulls);
      if (chunk.max !== null) thrift.binary(5, Buffer.from(chunk.max, 'hex'));
      if (chunk.min !== null) thrift.binary(6, Buffer.from(chunk.min, 'hex'));
    });
  });
}
