/** The hash of Appendix A of the language, in bigint arithmetic, for `_key_hash`, `hash()` and subsort bases. */
import type { DataType } from '../../../shared/types/data-type.ts';
import { integerLayout, isString } from './value.ts';
import type { Value } from './value.ts';

const MASK = (1n << 64n) - 1n;
const MULTIPLE = 6364136223846793005n;
const PI = [0x452821e638d01377n, 0xbe5466cf34e90c6cn, 0xc0ac29b7c97c50ddn, 0x3f84d5b5b5470917n];

type Seeds = readonly [bigint, bigint, bigint, bigint];

const VALUE_SEEDS: Seeds = [1234n, 5678n, 9012n, 3456n];
const TEXT_SEEDS: Seeds = [8723n, 8737n, 8736n, 9871n];

function foldedMultiply(a: bigint, b: bigint): bigint {
  const product = a * b;
  return (product & MASK) ^ (product >> 64n);
}

function rotateLeft(x: bigint, bits: bigint): bigint {
  const n = bits & 63n;
  return ((x << n) | (x >> (64n - n))) & MASK;
}

class Hasher {
  #buffer: bigint;
  readonly #pad: bigint;
  readonly #extra0: bigint;
  readonly #extra1: bigint;

  constructor(seeds: Seeds) {
    this.#buffer = seeds[0] ^ PI[0]!;
    this.#pad = seeds[1] ^ PI[1]!;
    this.#extra0 = seeds[2] ^ PI[2]!;
    this.#extra1 = seeds[3] ^ PI[3]!;
  }

  update(x: bigint): void {
    this.#buffer = foldedMultiply(x ^ this.#buffer, MULTIPLE);
  }

  #large(a: bigint, b: bigint): void {
    const mixed = foldedMultiply(a ^ this.#extra0, b ^ this.#extra1);
    this.#buffer = rotateLeft(((this.#buffer + this.#pad) & MASK) ^ mixed, 23n);
  }

  write(bytes: Uint8Array): void {
    const length = bytes.length;
    const read = (start: number, count: number): bigint => {
      let x = 0n;
      for (let i = count - 1; i >= 0; i--) x = (x << 8n) | BigInt(bytes[start + i]!);
      return x;
    };
    this.#buffer = ((this.#buffer + BigInt(length)) * MULTIPLE) & MASK;
    if (length > 16) {
      this.#large(read(length - 16, 8), read(length - 8, 8));
      for (let at = 0; length - at > 16; at += 16) this.#large(read(at, 8), read(at + 8, 8));
    } else if (length > 8) {
      this.#large(read(0, 8), read(length - 8, 8));
    } else if (length >= 4) {
      this.#large(read(0, 4), read(length - 4, 4));
    } else if (length >= 2) {
      this.#large(read(0, 2), read(length - 1, 1));
    } else if (length === 1) {
      this.#large(read(0, 1), read(0, 1));
    } else {
      this.#large(0n, 0n);
    }
  }

  finish(): bigint {
    return rotateLeft(foldedMultiply(this.#buffer, this.#pad), this.#buffer & 63n);
  }
}

function hashText(text: string, seeds: Seeds): bigint {
  const hasher = new Hasher(seeds);
  hasher.write(new TextEncoder().encode(text));
  hasher.update(0xffn);
  return hasher.finish();
}

function floatBits(value: number, type: DataType): bigint {
  const view = new DataView(new ArrayBuffer(8));
  if (type.kind === 'f64') {
    view.setFloat64(0, value);
    return view.getBigUint64(0);
  }
  view.setFloat32(0, value);
  return BigInt(view.getUint32(0));
}

/** The u64 hash of a value; null is 0. Lists and maps have none: throws. */
export function hashValue(value: Value, type: DataType): bigint {
  if (value === null) return 0n;
  if (type.kind === 'record') {
    const items = value as readonly Value[];
    return type.fields.reduce((hash, field, i) => {
      const item = items[i] as Value;
      if (item === null) return hash;
      return ((17n * 37n + hashValue(item, field.type)) * 37n + hash) & MASK;
    }, 0n);
  }
  if (isString(type)) return hashText(value as string, VALUE_SEEDS);
  const hasher = new Hasher(VALUE_SEEDS);
  const layout = integerLayout(type);
  if (type.kind === 'bool') hasher.update(value === true ? 1n : 0n);
  else if (layout !== undefined) {
    hasher.update(BigInt.asUintN(layout.bits, BigInt(value as number | bigint)));
  } else if (type.kind.startsWith('f')) hasher.update(floatBits(value as number, type));
  else throw new Error(`oracle: ${type.kind} has no hash`);
  return hasher.finish();
}

/** The default subsort of row 0 of an inline CSV text. */
export function inlineCsvBase(text: string): bigint {
  return hashText(text, TEXT_SEEDS);
}
