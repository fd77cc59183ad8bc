/**
 * Columns as sections of a bundle, and back, whole or by ranges of rows.
 *
 *   any with nulls   c/validity   u8 per row; absent if every row is valid
 *   fixed width      c/values     the raw array
 *   strings          c/codes      u8, u16 or u32 per row by size of the dictionary
 *                    c/offsets, c/bytes   the dictionary: distinct strings by first occurrence, UTF-8
 *   record           c/0/…, c/1/…         a column per field
 *   list             c/offsets, c/0/…     i32, one more than rows, from 0; the elements
 *   map              c/offsets, c/0/…, c/1/…   keys and values
 *
 * Equal values give equal bytes, whatever memory held them: nothing depends on codes of a pool, on slots of null rows
 * (zero here), on extents of null lists (empty here) or on the bits of a NaN (one pattern here).
 */
import { assert, unreachable } from '../base/assert.ts';
import { sectionOf } from '../storage/bundle.ts';
import type { Section, SectionArrays, SectionKind } from '../storage/bundle.ts';
import type { BundleReader, Range } from '../storage/bundle-reader.ts';
import type { DataType } from '../types/data-type.ts';
import type { Column, FlatRows, Validity } from './column.ts';
import { isStringType, nullColumn, physicalOf } from './column.ts';
import { canonicalFixed, hasNullRows } from './codec-fixed.ts';
import { encodeStrings, readStrings } from './codec-strings.ts';
import { StringPool } from './string-pool.ts';
import { concatColumns, sliceColumn, takeColumn } from './take.ts';
import { allNullColumn, allValid, andValidity, withValidity } from './validity.ts';

/** What a reader must know of an encoded column: plain JSON, to be kept in the bundle's `meta`. */
export interface ColumnMeta {
  /** What the names of its sections start with. */
  readonly name: string;
  readonly type: DataType;
  readonly rows: number;
  readonly hasNulls: boolean;
  /** Record: its fields. List: the element. Map: key and value. Otherwise none. */
  readonly children: readonly ColumnMeta[];
}

export interface EncodedColumn {
  readonly meta: ColumnMeta;
  /** May view the column's memory: write them before anything changes it. */
  readonly sections: readonly Section[];
}

/** Any text may be a `name`; it must be unique in its bundle. */
export function encodeColumn(name: string, column: Column): EncodedColumn {
  const sections: Section[] = [];
  return { meta: encodeInto(sectionPrefix(name), column, sections), sections };
}

/**
 * As one column of type `type` whose rows are those of all `parts`; their strings are of `pool`. Parts of fixed width
 * are pieces of a section, not copied, if they hold nothing that is stored in another form (nulls, NaN).
 */
export function encodeParts(
  name: string,
  type: DataType,
  parts: readonly Column[],
  pool: StringPool,
): EncodedColumn {
  if (parts.length === 0 || !parts.every((part) => part.physical === 'fixed')) {
    return encodeColumn(name, concatColumns(type, parts, pool));
  }
  const validities = parts.map(({ validity }) =>
    validity !== null && hasNullRows(validity) ? validity : null,
  );
  const hasNulls = validities.some((validity) => validity !== null);
  const rows = parts.reduce((sum, { length }) => sum + length, 0);
  const meta = { name: sectionPrefix(name), type, rows, hasNulls, children: [] };
  const values = parts.map((part, at) => canonicalFixed(part.values, validities[at]!));
  const sections = [sectionOf(`${meta.name}/values`, values)];
  if (!hasNulls) return { meta, sections };
  const ones = allValid(Math.max(...parts.map(({ length }) => length)));
  const pieces = validities.map((validity, at) => validity ?? ones.subarray(0, parts[at]!.length));
  return { meta, sections: [sectionOf(`${meta.name}/validity`, pieces), ...sections] };
}

function sectionPrefix(name: string): string {
  return name.replaceAll('%', '%25').replaceAll('/', '%2F');
}

function encodeInto(name: string, column: Column, sections: Section[]): ColumnMeta {
  const validity =
    column.validity !== null && hasNullRows(column.validity) ? column.validity : null;
  const { type, length: rows } = column;
  const isNullType = column.physical === 'null';
  if (validity !== null && !isNullType)
    sections.push({ name: `${name}/validity`, array: validity });
  const children: ColumnMeta[] = [];
  const encodeChild = (child: Column, childType: DataType): void => {
    const typed =
      child.physical === 'null' ? allNullColumn(childType, child.length, new StringPool()) : child;
    children.push(encodeInto(`${name}/${children.length}`, typed, sections));
  };
  switch (column.physical) {
    case 'null':
      break;
    case 'fixed':
      sections.push({ name: `${name}/values`, array: canonicalFixed(column.values, validity) });
      break;
    case 'string':
      sections.push(...encodeStrings(name, column, validity));
      break;
    case 'record':
      column.type.fields.forEach((field, index) => {
        const child = column.children[index]!;
        encodeChild(withValidity(child, andValidity(child.validity, validity)), field.type);
      });
      break;
    case 'list': {
      const list = withoutNullExtents(column, validity);
      sections.push({ name: `${name}/offsets`, array: rebased(list.offsets) });
      encodeChild(betweenOffsets(list.element, list.offsets), list.type.element);
      break;
    }
    case 'map': {
      const map = withoutNullExtents(column, validity);
      sections.push({ name: `${name}/offsets`, array: rebased(map.offsets) });
      encodeChild(betweenOffsets(map.keys, map.offsets), map.type.key);
      encodeChild(betweenOffsets(map.values, map.offsets), map.type.value);
      break;
    }
    default:
      return unreachable(column);
  }
  return { name, type, rows, hasNulls: validity !== null && !isNullType, children };
}

/** The same lists or maps with no element in a null row. */
function withoutNullExtents<C extends Column & { readonly offsets: Int32Array }>(
  column: C,
  validity: Validity,
): C {
  if (validity === null) return column;
  const { offsets } = column;
  let hidden = 0;
  for (let row = 0; row < validity.length; row++) {
    if (validity[row] === 0) hidden += offsets[row + 1]! - offsets[row]!;
  }
  if (hidden === 0) return column;
  // Taking every row compacts the elements and keeps the kind of column.
  return takeColumn(
    column,
    Int32Array.from({ length: column.length }, (_, row) => row),
  ) as C;
}

function rebased(offsets: Int32Array): Int32Array {
  const first = offsets[0]!;
  return first === 0 ? offsets : offsets.map((offset) => offset - first);
}

function betweenOffsets(elements: Column, offsets: Int32Array): Column {
  return sliceColumn(elements, offsets[0]!, offsets[offsets.length - 1]!);
}

/** Whether a reader meets null rows: a column of type `null` has nothing else. */
export function hasNullRowsIn(meta: ColumnMeta): boolean {
  return meta.hasNulls || meta.type.kind === 'null';
}

/**
 * As `readColumn`, for a flat type: into arrays that are there, which have a slot per row. Those of a column of type
 * `null`, which stands for nulls of any type, are zero.
 */
export async function readFlat(
  reader: BundleReader,
  meta: ColumnMeta,
  ranges: readonly Range[],
  { values, validity }: FlatRows,
  pool: StringPool,
): Promise<void> {
  const { name } = meta;
  assert(validity !== null || !hasNullRowsIn(meta), `column \`${name}\` has nulls`);
  if (meta.type.kind === 'null') {
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength).fill(0);
    validity!.fill(0);
    return;
  }
  if (meta.hasNulls) await reader.readInto(`${name}/validity`, ranges, validity!);
  else validity?.fill(1);
  if (!isStringType(meta.type)) return reader.readInto(`${name}/values`, ranges, values);
  assert(values instanceof Int32Array, 'codes are 32-bit');
  return readStrings(reader, name, ranges, pool, values);
}

/**
 * The rows of all `ranges`, one after another; all rows if null, then with checksums verified. Ranges ascend by start
 * and do not overlap. Strings are interned into `pool`, each distinct one once per reader.
 */
export async function readColumn(
  reader: BundleReader,
  meta: ColumnMeta,
  ranges: readonly Range[] | null,
  pool: StringPool,
): Promise<Column> {
  if (ranges !== null && isEverything(ranges, meta.rows))
    return readColumn(reader, meta, null, pool);
  const length = ranges === null ? meta.rows : countOf(ranges);
  const { type, name } = meta;
  const validity = meta.hasNulls ? await readArray(reader, `${name}/validity`, ranges, 'u8') : null;
  switch (type.kind) {
    case 'null':
      return nullColumn(length);
    case 'string':
    case 'large_string':
    case 'json': {
      const codes = new Int32Array(length);
      await readStrings(reader, name, ranges, pool, codes);
      return { physical: 'string', type, length, validity, codes, pool };
    }
    case 'record': {
      const children = await Promise.all(
        meta.children.map((child) => readColumn(reader, child, ranges, pool)),
      );
      return { physical: 'record', type, length, validity, children };
    }
    case 'list': {
      const { offsets, elementRanges } = await readOffsets(reader, name, ranges);
      const element = await readColumn(reader, childOf(meta, 0), elementRanges, pool);
      return { physical: 'list', type, length, validity, offsets, element };
    }
    case 'map': {
      const { offsets, elementRanges } = await readOffsets(reader, name, ranges);
      const [keys, values] = await Promise.all([
        readColumn(reader, childOf(meta, 0), elementRanges, pool),
        readColumn(reader, childOf(meta, 1), elementRanges, pool),
      ]);
      return { physical: 'map', type, length, validity, offsets, keys, values };
    }
    default: {
      const physical = physicalOf(type);
      assert(physical !== null, `no column of type ${type.kind} exists`);
      const values = await readArray(reader, `${name}/values`, ranges, physical);
      return { physical: 'fixed', type, length, validity, values };
    }
  }
}

function readArray<K extends SectionKind>(
  reader: BundleReader,
  name: string,
  ranges: readonly Range[] | null,
  kind: K,
): Promise<SectionArrays[K]> {
  return ranges === null ? reader.section(name, kind) : reader.sectionRanges(name, ranges, kind);
}

/** Offsets of the chosen rows, from 0, and the ranges of elements that these rows hold. */
async function readOffsets(
  reader: BundleReader,
  name: string,
  ranges: readonly Range[] | null,
): Promise<{ offsets: Int32Array; elementRanges: readonly Range[] | null }> {
  if (ranges === null) {
    return { offsets: await reader.section(`${name}/offsets`, 'i32'), elementRanges: null };
  }
  // A range of n rows needs n + 1 offsets, so neighbouring ranges overlap by one.
  const extents = ranges.map(([start, count]): Range => [start, count + 1]);
  const stored = await reader.sectionRanges(`${name}/offsets`, extents, 'i32');
  const offsets = new Int32Array(countOf(ranges) + 1);
  const elementRanges: Range[] = [];
  let at = 0;
  let row = 0;
  let total = 0;
  for (const [, count] of ranges) {
    const first = stored[at]!;
    const shift = total - first;
    for (let index = 1; index <= count; index++) {
      offsets[row + index] = stored[at + index]! + shift;
    }
    elementRanges.push([first, stored[at + count]! - first]);
    at += count + 1;
    row += count;
    total = offsets[row]!;
  }
  return { offsets, elementRanges };
}

function childOf(meta: ColumnMeta, index: number): ColumnMeta {
  const child = meta.children[index];
  assert(child !== undefined, `column \`${meta.name}\` lacks child ${index}`);
  return child;
}

function isEverything(ranges: readonly Range[], rows: number): boolean {
  const [only] = ranges;
  return only !== undefined && ranges.length === 1 && only[0] === 0 && only[1] === rows;
}

function countOf(ranges: readonly Range[]): number {
  let rows = 0;
  for (const [, count] of ranges) rows += count;
  return rows;
}
