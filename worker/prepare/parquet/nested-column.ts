/**
 * Lists, maps and records of Parquet: the levels of the leaves made into offsets and validity.
 *
 * One leaf below a node tells the node's shape: a value with repetition level ≤ that of the enclosing list begins a new
 * slot of the node, and its definition level says whether the slot is there. (Dremel, VLDB 2010, section 4; Parquet's
 * LogicalTypes.md for the forms of lists and maps.)
 *
 *   rows [[1, 2], [], null, [null]]   (optional list, optional element: levels 0 … 3)
 *   repetition  0 1 0 0 0
 *   definition  3 3 1 0 2     →  offsets 0 2 2 2 3, list validity 1 1 0 1, element validity 1 1 0
 */
import { AssertionError, unreachable } from '../../../shared/base/assert.ts';
import type { Column, Validity } from '../../../shared/column/column.ts';
import { sliceColumn } from '../../../shared/column/take.ts';
import type { StringPool } from '../../../shared/column/string-pool.ts';
import type { DataType } from '../../../shared/types/data-type.ts';
import { decompressorOf } from './decompress.ts';
import { ParquetFormatError } from './format-error.ts';
import type { RawValues } from './leaf-values.ts';
import { allocateRaw, decodeDictionary, decodeValues, finishLeaf } from './leaf-values.ts';
import { freePage, locatePages, openDictionary, openPage } from './pages.ts';
import type { ChunkInfo } from './parquet-source.ts';
import type { Leaf, SchemaNode, TopColumn } from './schema.ts';

/** All values of a leaf in a row group, with levels; `raw` holds only the values that are there. */
interface LeafData {
  readonly definitions: Int32Array;
  readonly repetitions: Int32Array;
  readonly raw: RawValues;
}

type Chunks = ReadonlyMap<Leaf, { readonly bytes: Uint8Array; readonly chunk: ChunkInfo }>;

/** Rows [from, to) of a row group of `rows` rows. */
export async function readNestedColumn(
  top: TopColumn,
  chunks: Chunks,
  rows: number,
  from: number,
  to: number,
  pool: StringPool,
): Promise<Column> {
  const leaves = new Map<Leaf, LeafData>();
  for (const [leaf, { bytes, chunk }] of chunks) {
    leaves.set(leaf, await readLeaf(leaf, bytes, chunk, pool));
  }
  const column = assemble(top.node, top.type, { leaves, pool }, 0, 0);
  if (column.length !== rows) {
    throw new ParquetFormatError(`column has ${column.length} rows, expected ${rows}`);
  }
  return sliceColumn(column, from, to);
}

async function readLeaf(
  leaf: Leaf,
  bytes: Uint8Array,
  info: ChunkInfo,
  pool: StringPool,
): Promise<LeafData> {
  const decompress = await decompressorOf(info.codec);
  const pages = locatePages(bytes, info.values);
  let dictionary: RawValues | null = null;
  if (pages.dictionary !== null) {
    const opened = openDictionary(bytes, pages.dictionary, decompress);
    dictionary = decodeDictionary(leaf, opened.bytes, opened.values, pool);
    freePage(opened.bytes, bytes);
  }
  const definitions = new Int32Array(info.values).fill(leaf.definitionMax);
  const repetitions = new Int32Array(info.values);
  const raw = allocateRaw(leaf, info.values);
  let at = 0;
  let stored = 0;
  for (const location of pages.data) {
    const page = openPage(bytes, location, leaf, decompress);
    if (page.definitions !== null) definitions.set(page.definitions, at);
    if (page.repetitions !== null) repetitions.set(page.repetitions, at);
    decodeValues(leaf, page, dictionary, raw, stored, pool);
    freePage(page.bytes, bytes);
    at += location.values;
    stored += page.stored;
  }
  return { definitions, repetitions, raw: raw.subarray(0, stored) };
}

interface Context {
  readonly leaves: ReadonlyMap<Leaf, LeafData>;
  readonly pool: StringPool;
}

/**
 * The column of `node`: one slot per value whose repetition level is at most `repetition` and whose definition level
 * reaches `slotDefinition` (else there is no enclosing element to hold the slot).
 */
function assemble(
  node: SchemaNode,
  type: DataType,
  context: Context,
  repetition: number,
  slotDefinition: number,
): Column {
  switch (node.kind) {
    case 'leaf': {
      const data = context.leaves.get(node.leaf)!;
      const { raw, validity } = spreadLeaf(node.leaf, data, repetition, slotDefinition);
      return finishLeaf(node.leaf, raw, validity, context.pool);
    }
    case 'record': {
      if (type.kind !== 'record') throw new AssertionError('parquet: node and type differ');
      const shape = context.leaves.get(firstLeaf(node))!;
      const { validity, length } = slots(shape, node.definition, repetition, slotDefinition);
      const children = node.fields.map((field, index) =>
        assemble(field.node, type.fields[index]!.type, context, repetition, slotDefinition),
      );
      return { physical: 'record', type, length, validity, children };
    }
    case 'list': {
      if (type.kind !== 'list') throw new AssertionError('parquet: node and type differ');
      const shape = context.leaves.get(firstLeaf(node))!;
      const { validity, length } = slots(shape, node.definition, repetition, slotDefinition);
      const offsets = extents(shape, node, repetition, slotDefinition, length);
      const { elementDefinition } = node;
      const element = assemble(
        node.element,
        type.element,
        context,
        node.repetition,
        elementDefinition,
      );
      return { physical: 'list', type, length, validity, offsets, element };
    }
    case 'map': {
      if (type.kind !== 'map') throw new AssertionError('parquet: node and type differ');
      const shape = context.leaves.get(firstLeaf(node))!;
      const { validity, length } = slots(shape, node.definition, repetition, slotDefinition);
      const offsets = extents(shape, node, repetition, slotDefinition, length);
      const { elementDefinition } = node;
      const keys = assemble(node.key, type.key, context, node.repetition, elementDefinition);
      const values = assemble(node.value, type.value, context, node.repetition, elementDefinition);
      return { physical: 'map', type, length, validity, offsets, keys, values };
    }
    default:
      return unreachable(node);
  }
}

function firstLeaf(node: SchemaNode): Leaf {
  switch (node.kind) {
    case 'leaf':
      return node.leaf;
    case 'record': {
      const [first] = node.fields;
      if (first === undefined) throw new ParquetFormatError('a group without fields');
      return firstLeaf(first.node);
    }
    case 'list':
      return firstLeaf(node.element);
    case 'map':
      return firstLeaf(node.key);
    default:
      return unreachable(node);
  }
}

function slots(
  { definitions, repetitions }: LeafData,
  definition: number,
  repetition: number,
  slotDefinition: number,
): { validity: Validity; length: number } {
  const validity = new Uint8Array(definitions.length);
  let length = 0;
  let present = 0;
  for (let index = 0; index < definitions.length; index++) {
    if (repetitions[index]! > repetition || definitions[index]! < slotDefinition) continue;
    const isPresent = definitions[index]! >= definition ? 1 : 0;
    validity[length++] = isPresent;
    present += isPresent;
  }
  return { validity: present === length ? null : validity.slice(0, length), length };
}

function extents(
  { definitions, repetitions }: LeafData,
  node: { readonly elementDefinition: number; readonly repetition: number },
  repetition: number,
  slotDefinition: number,
  length: number,
): Int32Array {
  const offsets = new Int32Array(length + 1);
  let slot = 0;
  let elements = 0;
  for (let index = 0; index < definitions.length; index++) {
    if (definitions[index]! < slotDefinition) continue;
    if (repetitions[index]! <= repetition) offsets[slot++] = elements;
    // Deeper repetitions continue an element that was counted already.
    if (repetitions[index]! <= node.repetition && definitions[index]! >= node.elementDefinition) {
      elements++;
    }
  }
  offsets[slot] = elements;
  return offsets;
}

function spreadLeaf(
  leaf: Leaf,
  { definitions, repetitions, raw }: LeafData,
  repetition: number,
  slotDefinition: number,
): { raw: RawValues; validity: Validity } {
  const out = allocateRaw(leaf, definitions.length);
  const validity = new Uint8Array(definitions.length);
  let from = 0;
  let length = 0;
  let present = 0;
  for (let index = 0; index < definitions.length; index++) {
    const isThere = definitions[index] === leaf.definitionMax;
    if (repetitions[index]! <= repetition && definitions[index]! >= slotDefinition) {
      if (isThere) {
        out[length] = raw[from]!;
        validity[length] = 1;
        present++;
      }
      length++;
    }
    if (isThere) from++;
  }
  return {
    raw: out.slice(0, length),
    validity: present === length ? null : validity.slice(0, length),
  };
}
