/** The Parquet schema of a result: the tree of schema elements for the footer, and its leaves, which become column chunks. */
import { AppError } from '../../../shared/base/app-error.ts';
import { AssertionError } from '../../../shared/base/assert.ts';
import { TIMESTAMP_NS, U64 } from '../../../shared/types/data-type.ts';
import type { DataType } from '../../../shared/types/data-type.ts';
import type { ResultSchema } from './result-format.ts';
import type { ThriftWriter } from './thrift-writer.ts';

/** `Type` of parquet.thrift. */
export const PHYSICAL = { bool: 0, i32: 1, i64: 2, f32: 4, f64: 5, bytes: 6 } as const;
export type ParquetPhysical = keyof typeof PHYSICAL;

const REPETITION = { required: 0, optional: 1, repeated: 2 } as const;
type Repetition = keyof typeof REPETITION;

/** How a leaf's stored number follows from ours; `unit` is what the file says. */
export interface TimeConversion {
  readonly unit: 'ms' | 'us' | 'ns';
  readonly factor: 'same' | 'times-1000' | 'divided-by-1000';
}

type Annotation =
  | { readonly kind: 'none' }
  | { readonly kind: keyof typeof LOGICAL_TYPE_ID }
  | { readonly kind: 'integer'; readonly bits: number; readonly isSigned: boolean }
  | { readonly kind: 'timestamp'; readonly unit: TimeConversion['unit'] };

interface Group {
  readonly kind: 'group';
  readonly name: string;
  readonly repetition: Repetition;
  readonly annotation: Annotation;
  readonly children: readonly SchemaNode[];
}

interface LeafNode {
  readonly kind: 'leaf';
  readonly name: string;
  readonly repetition: Repetition;
  readonly annotation: Annotation;
  readonly physical: ParquetPhysical;
  readonly type: DataType;
}

export type SchemaNode = Group | LeafNode;

/** One column chunk per row group. */
export interface Leaf {
  readonly path: readonly string[];
  readonly physical: ParquetPhysical;
  /** Order of the statistics. */
  readonly isUnsigned: boolean;
  /** The largest definition and repetition level: how many optional or repeated, and how many repeated, nodes lead to it. */
  readonly definitionMax: number;
  readonly repetitionMax: number;
  readonly type: DataType;
  /** Null: not a timestamp. */
  readonly time: TimeConversion | null;
}

export interface ParquetSchema {
  readonly nodes: readonly SchemaNode[];
  /** In the order of the chunks: depth first. */
  readonly leaves: readonly Leaf[];
}

export function parquetSchema(schema: ResultSchema): ParquetSchema {
  const { timestamps } = schema;
  const nodes = [
    schemaNode('_time', TIMESTAMP_NS, 'required', timestamps),
    schemaNode('_subsort', U64, 'required', timestamps),
    schemaNode('_key_hash', U64, 'required', timestamps),
    schemaNode('_key', schema.keyType, 'optional', timestamps),
    ...schema.fields.map((field) => schemaNode(field.name, field.type, 'optional', timestamps)),
  ];
  const leaves: Leaf[] = [];
  for (const node of nodes) collectLeaves(node, [], 0, 0, timestamps, leaves);
  return { nodes, leaves };
}

function schemaNode(
  name: string,
  type: DataType,
  repetition: Repetition,
  timestamps: 'ns' | 'us',
): SchemaNode {
  const none: Annotation = { kind: 'none' };
  const leaf = (physical: ParquetPhysical, annotation: Annotation = none): LeafNode => ({
    kind: 'leaf',
    name,
    repetition,
    annotation,
    physical,
    type,
  });
  switch (type.kind) {
    case 'record': {
      if (type.fields.length === 0) {
        throw new AppError(
          'user',
          'OUTPUT_TYPE',
          `column \`${name}\` is a record without fields, which Parquet cannot store`,
        );
      }
      const children = type.fields.map((field) =>
        schemaNode(field.name, field.type, 'optional', timestamps),
      );
      return { kind: 'group', name, repetition, annotation: none, children };
    }
    case 'list': {
      const element = schemaNode('element', type.element, 'optional', timestamps);
      const list = repeatedGroup('list', [element]);
      return { kind: 'group', name, repetition, annotation: { kind: 'list' }, children: [list] };
    }
    case 'map': {
      const entries = repeatedGroup('key_value', [
        schemaNode('key', type.key, 'required', timestamps),
        schemaNode('value', type.value, 'optional', timestamps),
      ]);
      return { kind: 'group', name, repetition, annotation: { kind: 'map' }, children: [entries] };
    }
    case 'bool':
      return leaf('bool');
    case 'i8':
    case 'i16':
      return leaf('i32', integer(type.kind === 'i8' ? 8 : 16, true));
    case 'u8':
    case 'u16':
    case 'u32':
      return leaf('i32', integer(type.kind === 'u8' ? 8 : type.kind === 'u16' ? 16 : 32, false));
    case 'u64':
      return leaf('i64', integer(64, false));
    case 'i32':
    case 'interval_days':
    case 'interval_months':
      return leaf('i32');
    case 'i64':
    case 'duration_s':
    case 'duration_ms':
    case 'duration_us':
    case 'duration_ns':
      return leaf('i64');
    case 'f16':
    case 'f32':
      return leaf('f32');
    case 'f64':
      return leaf('f64');
    case 'string':
    case 'large_string':
    case 'json':
      return leaf('bytes', { kind: 'string' });
    case 'date':
      return leaf('i32', { kind: 'date' });
    case 'timestamp_s':
    case 'timestamp_ms':
    case 'timestamp_us':
    case 'timestamp_ns': {
      const { unit } = timeConversion(type.kind, timestamps)!;
      return leaf('i64', { kind: 'timestamp', unit });
    }
    case 'null':
      return leaf('i32', { kind: 'unknown' });
    default:
      throw new AssertionError(`no column of type ${type.kind} exists`);
  }
}

function integer(bits: number, isSigned: boolean): Annotation {
  return { kind: 'integer', bits, isSigned };
}

function repeatedGroup(name: string, children: readonly SchemaNode[]): Group {
  return { kind: 'group', name, repetition: 'repeated', annotation: { kind: 'none' }, children };
}

/** Parquet has no seconds: they become milliseconds. Null for what is not a timestamp. */
function timeConversion(kind: DataType['kind'], timestamps: 'ns' | 'us'): TimeConversion | null {
  switch (kind) {
    case 'timestamp_s':
      return { unit: 'ms', factor: 'times-1000' };
    case 'timestamp_ms':
      return { unit: 'ms', factor: 'same' };
    case 'timestamp_us':
      return { unit: 'us', factor: 'same' };
    case 'timestamp_ns':
      return timestamps === 'ns'
        ? { unit: 'ns', factor: 'same' }
        : { unit: 'us', factor: 'divided-by-1000' };
    default:
      return null;
  }
}

function collectLeaves(
  node: SchemaNode,
  parents: readonly string[],
  definition: number,
  repetition: number,
  timestamps: 'ns' | 'us',
  leaves: Leaf[],
): void {
  const path = [...parents, node.name];
  const definitionMax = definition + (node.repetition === 'required' ? 0 : 1);
  const repetitionMax = repetition + (node.repetition === 'repeated' ? 1 : 0);
  if (node.kind === 'group') {
    for (const child of node.children) {
      collectLeaves(child, path, definitionMax, repetitionMax, timestamps, leaves);
    }
    return;
  }
  leaves.push({
    path,
    physical: node.physical,
    isUnsigned: node.annotation.kind === 'integer' && !node.annotation.isSigned,
    definitionMax,
    repetitionMax,
    type: node.type,
    time: timeConversion(node.type.kind, timestamps),
  });
}

/** The `schema` list of FileMetaData: the root, then every node before its children. */
export function writeSchemaElements(thrift: ThriftWriter, id: number, schema: ParquetSchema): void {
  const root: Group = {
    kind: 'group',
    name: 'schema',
    repetition: 'required',
    annotation: { kind: 'none' },
    children: schema.nodes,
  };
  const nodes: SchemaNode[] = [];
  const visit = (node: SchemaNode): void => {
    nodes.push(node);
    if (node.kind === 'group') node.children.forEach(visit);
  };
  visit(root);
  thrift.structs(id, nodes, (node) => {
    if (node.kind === 'leaf') thrift.i32(1, PHYSICAL[node.physical]);
    if (node !== root) thrift.i32(3, REPETITION[node.repetition]);
    thrift.string(4, node.name);
    if (node.kind === 'group') thrift.i32(5, node.children.length);
    const converted = convertedType(node.annotation);
    if (converted !== null) thrift.i32(6, converted);
    writeLogicalType(thrift, node.annotation);
  });
}

/** The older annotation, for older readers. A timestamp that is not adjusted to UTC has none. */
function convertedType(annotation: Annotation): number | null {
  switch (annotation.kind) {
    case 'string':
      return 0;
    case 'map':
      return 1;
    case 'list':
      return 3;
    case 'date':
      return 6;
    case 'integer':
      return (annotation.isSigned ? 15 : 11) + Math.log2(annotation.bits / 8);
    default:
      return null;
  }
}

/** Ids of the LogicalType union without further fields. */
const LOGICAL_TYPE_ID = { string: 1, map: 2, list: 3, date: 6, unknown: 11 } as const;

function writeLogicalType(thrift: ThriftWriter, annotation: Annotation): void {
  const empty = (): void => {};
  switch (annotation.kind) {
    case 'none':
      return;
    case 'integer':
      thrift.struct(10, () =>
        thrift.struct(10, () => {
          thrift.i8(1, annotation.bits);
          thrift.bool(2, annotation.isSigned);
        }),
      );
      return;
    case 'timestamp':
      thrift.struct(10, () =>
        thrift.struct(8, () => {
          thrift.bool(1, false);
          thrift.struct(2, () => thrift.struct({ ms: 1, us: 2, ns: 3 }[annotation.unit], empty));
        }),
      );
      return;
    default:
      thrift.struct(10, () => thrift.struct(LOGICAL_TYPE_ID[annotation.kind], empty));
  }
}
