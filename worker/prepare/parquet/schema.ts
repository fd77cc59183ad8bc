/** The schema of a Parquet file as types of the language, with what a decoder must know of every leaf column. */
import type { FileMetaData, SchemaTree } from 'hyparquet';
import { parquetSchema } from 'hyparquet';
import { AppError } from '../../../shared/base/app-error.ts';
import type { DataType, Field, ScalarKind, ScalarType } from '../../../shared/types/data-type.ts';
import { scalar } from '../../../shared/types/data-type.ts';
import type { UnsupportedColumn } from '../source.ts';

/** How the values of a leaf are laid out while they are decoded. */
export type LeafLayout =
  | 'bool'
  | 'int32'
  | 'int64'
  | 'int96'
  | 'float'
  | 'double'
  | 'bytes'
  | 'uuid'
  | 'float16';

/** One physical column. */
export interface Leaf {
  /** Index into `columns` of a row group. */
  readonly index: number;
  readonly path: readonly string[];
  readonly type: ScalarType;
  readonly layout: LeafLayout;
  readonly definitionMax: number;
  readonly repetitionMax: number;
}

/** A node of a top-level column: the tree that nested assembly walks. Levels are those at which the node is non-null. */
export type SchemaNode =
  | { readonly kind: 'leaf'; readonly leaf: Leaf; readonly definition: number }
  | {
      readonly kind: 'record';
      readonly definition: number;
      readonly fields: readonly { readonly name: string; readonly node: SchemaNode }[];
    }
  | {
      readonly kind: 'list';
      readonly definition: number;
      /** Levels of the repeated group: an element exists where the definition level reaches `elementDefinition`. */
      readonly elementDefinition: number;
      readonly repetition: number;
      readonly element: SchemaNode;
    }
  | {
      readonly kind: 'map';
      readonly definition: number;
      readonly elementDefinition: number;
      readonly repetition: number;
      readonly key: SchemaNode;
      readonly value: SchemaNode;
    };

export interface TopColumn {
  readonly name: string;
  readonly type: DataType;
  readonly node: SchemaNode;
}

export interface ParquetSchema {
  readonly columns: readonly TopColumn[];
  readonly unsupported: readonly UnsupportedColumn[];
}

/** Thrown inside this file for a column whose type the language does not have. */
class UnsupportedType extends Error {}

/** The columns in file order. Decimals fail the file (language.md 10.5); other unknown types are set aside by name. */
export function schemaOf(metadata: FileMetaData, uri: string): ParquetSchema {
  const columns: TopColumn[] = [];
  const unsupported: UnsupportedColumn[] = [];
  const names = new Set<string>();
  const builder = { nextLeaf: 0 };
  for (const tree of parquetSchema(metadata).children) {
    const name = tree.element.name;
    if (names.has(name)) {
      throw new AppError(
        'data',
        'SOURCE_SCHEMA',
        `${uri}: invalid schema: two columns are named '${name}'`,
      );
    }
    names.add(name);
    const firstLeaf = builder.nextLeaf;
    try {
      const { node, type } = buildNode(tree, 0, 0, builder);
      columns.push({ name, type, node });
    } catch (error) {
      if (error instanceof DecimalColumn) {
        throw new AppError(
          'data',
          'SOURCE_SCHEMA',
          `${uri}: invalid schema: column '${tree.path.join('.')}' is a ${error.message}, which the language does not have; ` +
            `store it as an integer or a float`,
          { details: { column: name } },
        );
      }
      if (!(error instanceof UnsupportedType)) throw error;
      unsupported.push({ name, type: error.message });
      builder.nextLeaf = firstLeaf + countLeaves(tree);
    }
  }
  return { columns, unsupported };
}

class DecimalColumn extends Error {}

function countLeaves(tree: SchemaTree): number {
  if (tree.children.length === 0) return 1;
  return tree.children.reduce((sum, child) => sum + countLeaves(child), 0);
}

interface Built {
  readonly node: SchemaNode;
  readonly type: DataType;
}

/** `definition` and `repetition` are the levels of the parent. */
function buildNode(
  tree: SchemaTree,
  definition: number,
  repetition: number,
  state: { nextLeaf: number },
): Built {
  const { element } = tree;
  if (element.repetition_type === 'REPEATED') {
    // A repeated field outside of a list annotation is a required list of required elements.
    const inner = buildPresent(tree, definition + 1, repetition + 1, state);
    return {
      type: { kind: 'list', element: inner.type },
      node: {
        kind: 'list',
        definition,
        elementDefinition: definition + 1,
        repetition: repetition + 1,
        element: inner.node,
      },
    };
  }
  const present = element.repetition_type === 'OPTIONAL' ? definition + 1 : definition;
  return buildPresent(tree, present, repetition, state);
}

/** The node itself, given the level at which it is there. */
function buildPresent(
  tree: SchemaTree,
  definition: number,
  repetition: number,
  state: { nextLeaf: number },
): Built {
  const { element, children } = tree;
  if (children.length === 0 && element.type !== undefined) {
    const { type, layout } = leafType(tree);
    const leaf: Leaf = {
      index: state.nextLeaf++,
      path: tree.path,
      type,
      layout,
      definitionMax: definition,
      repetitionMax: repetition,
    };
    return { type, node: { kind: 'leaf', leaf, definition } };
  }
  const annotation = element.logical_type?.type ?? element.converted_type;
  const only = children.length === 1 ? children[0]! : null;
  if (annotation === 'LIST' && only?.element.repetition_type === 'REPEATED') {
    // Three-level lists wrap the element in a group of one field; the two-level ones of old writers do not
    // (LogicalTypes.md, backward compatibility rules).
    const wrapped =
      only.children.length === 1 &&
      only.element.name !== 'array' &&
      only.element.name !== `${element.name}_tuple`;
    const inner = wrapped
      ? buildNode(only.children[0]!, definition + 1, repetition + 1, state)
      : buildPresent(only, definition + 1, repetition + 1, state);
    return {
      type: { kind: 'list', element: inner.type },
      node: {
        kind: 'list',
        definition,
        elementDefinition: definition + 1,
        repetition: repetition + 1,
        element: inner.node,
      },
    };
  }
  const isMap = annotation === 'MAP' || annotation === 'MAP_KEY_VALUE';
  if (isMap && only?.element.repetition_type === 'REPEATED' && only.children.length === 2) {
    const key = buildNode(only.children[0]!, definition + 1, repetition + 1, state);
    const value = buildNode(only.children[1]!, definition + 1, repetition + 1, state);
    return {
      type: { kind: 'map', key: key.type, value: value.type },
      node: {
        kind: 'map',
        definition,
        elementDefinition: definition + 1,
        repetition: repetition + 1,
        key: key.node,
        value: value.node,
      },
    };
  }
  const fields: Field[] = [];
  const nodes: { name: string; node: SchemaNode }[] = [];
  for (const child of children) {
    const built = buildNode(child, definition, repetition, state);
    fields.push({ name: child.element.name, type: built.type });
    nodes.push({ name: child.element.name, node: built.node });
  }
  return { type: { kind: 'record', fields }, node: { kind: 'record', definition, fields: nodes } };
}

function leafType(tree: SchemaTree): { type: ScalarType; layout: LeafLayout } {
  const { element } = tree;
  const logical = element.logical_type;
  const converted = element.converted_type;
  if (logical?.type === 'DECIMAL' || converted === 'DECIMAL') {
    throw new DecimalColumn(`decimal(${element.precision ?? '?'}, ${element.scale ?? 0})`);
  }
  switch (element.type) {
    case 'BOOLEAN':
      return { type: scalar('bool'), layout: 'bool' };
    case 'FLOAT':
      return { type: scalar('f32'), layout: 'float' };
    case 'DOUBLE':
      return { type: scalar('f64'), layout: 'double' };
    case 'INT96':
      return { type: scalar('timestamp_ns'), layout: 'int96' };
    case 'INT32':
      return { type: scalar(int32Kind(tree)), layout: 'int32' };
    case 'INT64':
      return { type: scalar(int64Kind(tree)), layout: 'int64' };
    case 'BYTE_ARRAY':
      // Old writers leave strings without an annotation, so bytes without one are read as UTF-8.
      if (converted === 'BSON' || logical?.type === 'BSON' || logical?.type === 'VARIANT') {
        throw new UnsupportedType(logical?.type ?? 'BSON');
      }
      return { type: scalar('string'), layout: 'bytes' };
    case 'FIXED_LEN_BYTE_ARRAY':
      if (logical?.type === 'UUID') return { type: scalar('string'), layout: 'uuid' };
      if (logical?.type === 'FLOAT16') return { type: scalar('f16'), layout: 'float16' };
      throw new UnsupportedType(converted ?? `fixed_len_byte_array(${element.type_length ?? '?'})`);
    default:
      throw new UnsupportedType(String(element.type));
  }
}

function int32Kind({ element }: SchemaTree): ScalarKind {
  const logical = element.logical_type;
  if (logical?.type === 'DATE' || element.converted_type === 'DATE') return 'date';
  if (logical?.type === 'TIME' || element.converted_type === 'TIME_MILLIS') {
    throw new UnsupportedType('time of day');
  }
  if (logical?.type === 'INTEGER') {
    const sign = logical.isSigned ? 'i' : 'u';
    if (logical.bitWidth === 8 || logical.bitWidth === 16 || logical.bitWidth === 32) {
      return `${sign}${logical.bitWidth}`;
    }
  }
  switch (element.converted_type) {
    case 'INT_8':
      return 'i8';
    case 'INT_16':
      return 'i16';
    case 'UINT_8':
      return 'u8';
    case 'UINT_16':
      return 'u16';
    case 'UINT_32':
      return 'u32';
    default:
      return 'i32';
  }
}

function int64Kind({ element }: SchemaTree): ScalarKind {
  const logical = element.logical_type;
  if (logical?.type === 'TIMESTAMP') {
    switch (logical.unit) {
      case 'MILLIS':
        return 'timestamp_ms';
      case 'MICROS':
        return 'timestamp_us';
      case 'NANOS':
        return 'timestamp_ns';
    }
  }
  if (logical?.type === 'TIME') throw new UnsupportedType('time of day');
  if (logical?.type === 'INTEGER') return logical.isSigned ? 'i64' : 'u64';
  switch (element.converted_type) {
    case 'TIMESTAMP_MILLIS':
      return 'timestamp_ms';
    case 'TIMESTAMP_MICROS':
      return 'timestamp_us';
    case 'TIME_MICROS':
      throw new UnsupportedType('time of day');
    case 'UINT_64':
      return 'u64';
    default:
      return 'i64';
  }
}
