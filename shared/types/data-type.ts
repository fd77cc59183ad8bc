/** The types of Fenl values (language.md, section 2) as plain data, with their printed names. */

/** Types without parameters. `date` and `f16` have no name in the language: they come from input only. */
export type ScalarKind =
  | 'null'
  | 'bool'
  | 'i8'
  | 'i16'
  | 'i32'
  | 'i64'
  | 'u8'
  | 'u16'
  | 'u32'
  | 'u64'
  | 'f16'
  | 'f32'
  | 'f64'
  | 'string'
  | 'large_string'
  | 'timestamp_s'
  | 'timestamp_ms'
  | 'timestamp_us'
  | 'timestamp_ns'
  | 'duration_s'
  | 'duration_ms'
  | 'duration_us'
  | 'duration_ns'
  | 'interval_days'
  | 'interval_months'
  | 'date'
  | 'json'
  | 'window'
  | 'error';

export interface ScalarType {
  readonly kind: ScalarKind;
}

export interface Field {
  readonly name: string;
  readonly type: DataType;
}

export interface RecordType {
  readonly kind: 'record';
  readonly fields: readonly Field[];
}

export interface ListType {
  readonly kind: 'list';
  readonly element: DataType;
}

export interface MapType {
  readonly kind: 'map';
  readonly key: DataType;
  readonly value: DataType;
}

export type DataType = ScalarType | RecordType | ListType | MapType;

/** The one instance of a scalar type. Types compare by `sameType`, not by identity. */
export function scalar(kind: ScalarKind): ScalarType {
  return { kind };
}

export const BOOL: ScalarType = scalar('bool');
export const I32: ScalarType = scalar('i32');
export const I64: ScalarType = scalar('i64');
export const U32: ScalarType = scalar('u32');
export const U64: ScalarType = scalar('u64');
export const F64: ScalarType = scalar('f64');
export const STRING: ScalarType = scalar('string');
export const TIMESTAMP_NS: ScalarType = scalar('timestamp_ns');
export const NULL: ScalarType = scalar('null');
export const ERROR: ScalarType = scalar('error');

/** Structural equality; field names and their order count. */
export function sameType(left: DataType, right: DataType): boolean {
  if (left === right) return true;
  if (left.kind !== right.kind) return false;
  if (left.kind === 'record' && right.kind === 'record') {
    return (
      left.fields.length === right.fields.length &&
      left.fields.every((field, index) => {
        const other = right.fields[index]!;
        return field.name === other.name && sameType(field.type, other.type);
      })
    );
  }
  if (left.kind === 'list' && right.kind === 'list') return sameType(left.element, right.element);
  if (left.kind === 'map' && right.kind === 'map') {
    return sameType(left.key, right.key) && sameType(left.value, right.value);
  }
  return true;
}

/** The name of a type as messages and plans print it: `i64`, `list<string>`, `{a: i64, b: f64}`. */
export function printType(type: DataType): string {
  switch (type.kind) {
    case 'record':
      return `{${type.fields.map((field) => `${field.name}: ${printType(field.type)}`).join(', ')}}`;
    case 'list':
      return `list<${printType(type.element)}>`;
    case 'map':
      return `map<${printType(type.key)}, ${printType(type.value)}>`;
    default:
      return type.kind;
  }
}
