/**
 * The part of Thrift's compact protocol that Parquet metadata needs: structs, lists, ints, bools, binary.
 *
 *   field   one byte: (id − previous id) << 4 | type, where ids ascend by 1 … 15
 *   ints    zigzag, then LEB128          struct   fields, then a 0 byte
 *   list    size << 4 | type, or 0xF0 | type and the size as LEB128, then the elements
 */
import { assert } from '../../../shared/base/assert.ts';
import type { ByteSink } from './byte-sink.ts';

const TYPE_TRUE = 1;
const TYPE_FALSE = 2;
const TYPE_I8 = 3;
const TYPE_I32 = 5;
const TYPE_I64 = 6;
const TYPE_BINARY = 8;
const TYPE_LIST = 9;
const TYPE_STRUCT = 12;

const encoder = new TextEncoder();

export class ThriftWriter {
  readonly #sink: ByteSink;
  #previousId = 0;

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  bool(id: number, value: boolean): void {
    this.#field(id, value ? TYPE_TRUE : TYPE_FALSE);
  }

  i8(id: number, value: number): void {
    this.#field(id, TYPE_I8);
    this.#sink.u8(value & 0xff);
  }

  i32(id: number, value: number): void {
    this.#field(id, TYPE_I32);
    this.#zigzag(value);
  }

  /** Any whole number of less than 53 bits: sizes, offsets, counts. */
  i64(id: number, value: number): void {
    this.#field(id, TYPE_I64);
    this.#zigzag(value);
  }

  binary(id: number, bytes: Uint8Array): void {
    this.#field(id, TYPE_BINARY);
    this.#bytes(bytes);
  }

  string(id: number, text: string): void {
    this.binary(id, encoder.encode(text));
  }

  struct(id: number, fields: () => void): void {
    this.#field(id, TYPE_STRUCT);
    this.element(fields);
  }

  structs<T>(id: number, items: readonly T[], fields: (item: T) => void): void {
    this.#list(id, TYPE_STRUCT, items.length);
    for (const item of items) this.element(() => fields(item));
  }

  i32s(id: number, values: readonly number[]): void {
    this.#list(id, TYPE_I32, values.length);
    for (const value of values) this.#zigzag(value);
  }

  strings(id: number, values: readonly string[]): void {
    this.#list(id, TYPE_BINARY, values.length);
    for (const value of values) this.#bytes(encoder.encode(value));
  }

  /** A struct without a field header: a list's element, or the outermost one. */
  element(fields: () => void): void {
    const outer = this.#previousId;
    this.#previousId = 0;
    fields();
    this.#sink.u8(0);
    this.#previousId = outer;
  }

  #field(id: number, type: number): void {
    const step = id - this.#previousId;
    assert(step >= 1 && step <= 15, 'thrift: field ids ascend in steps of at most 15');
    this.#sink.u8((step << 4) | type);
    this.#previousId = id;
  }

  #list(id: number, type: number, size: number): void {
    this.#field(id, TYPE_LIST);
    if (size < 15) this.#sink.u8((size << 4) | type);
    else {
      this.#sink.u8(0xf0 | type);
      this.#sink.varint(size);
    }
  }

  #bytes(bytes: Uint8Array): void {
    this.#sink.varint(bytes.length);
    this.#sink.write(bytes);
  }

  #zigzag(value: number): void {
    this.#sink.varint(value >= 0 ? value * 2 : -value * 2 - 1);
  }
}
