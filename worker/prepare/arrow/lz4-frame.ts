/** LZ4 frames (the LZ4 Frame Format Description, 1.6): what Arrow IPC calls LZ4_FRAME. Checksums are not verified. */
import { AppError } from '../../../shared/base/app-error.ts';

const MAGIC = 0x184d_2204;

export function decodeLz4Frame(input: Uint8Array): Uint8Array {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  if (input.length < 7 || view.getUint32(0, true) !== MAGIC) throw damaged('no LZ4 frame');
  const flags = input[4]!;
  let at = 6;
  let size = 4 * input.length;
  if ((flags & 0x08) !== 0) {
    size = Number(view.getBigUint64(at, true));
    at += 8;
  }
  if ((flags & 0x01) !== 0) throw damaged('an LZ4 dictionary is needed');
  at++; // The checksum of the header.
  // Blocks may refer back into earlier ones, so all are decoded into one array.
  const out = new Output(size);
  for (;;) {
    if (at + 4 > input.length) throw damaged('the LZ4 frame is cut short');
    const header = view.getUint32(at, true);
    at += 4;
    if (header === 0) break;
    const length = header & 0x7fff_ffff;
    if (at + length > input.length) throw damaged('an LZ4 block is cut short');
    if ((header & 0x8000_0000) !== 0) out.append(input, at, length);
    else decodeBlock(input, at, at + length, out);
    at += length;
    if ((flags & 0x10) !== 0) at += 4;
  }
  return out.bytes.subarray(0, out.length);
}

class Output {
  bytes: Uint8Array;
  length = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
  }

  reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.length + more, 2 * this.bytes.length));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  append(source: Uint8Array, start: number, length: number): void {
    this.reserve(length);
    this.bytes.set(source.subarray(start, start + length), this.length);
    this.length += length;
  }

  /** Repeats what was written `distance` bytes ago; source and target may overlap. */
  repeat(distance: number, length: number): void {
    if (distance === 0 || distance > this.length) throw damaged('an LZ4 match is out of range');
    this.reserve(length);
    const { bytes } = this;
    let to = this.length;
    let from = to - distance;
    for (let index = 0; index < length; index++) bytes[to++] = bytes[from++]!;
    this.length = to;
  }
}

/** Sequences of literals and matches (the LZ4 Block Format Description). */
function decodeBlock(input: Uint8Array, start: number, end: number, out: Output): void {
  let at = start;
  const readLength = (nibble: number): number => {
    let length = nibble;
    if (nibble < 15) return length;
    for (;;) {
      if (at >= end) throw damaged('an LZ4 length is cut short');
      const byte = input[at++]!;
      length += byte;
      if (byte < 255) return length;
    }
  };
  while (at < end) {
    const token = input[at++]!;
    const literals = readLength(token >> 4);
    if (at + literals > end) throw damaged('LZ4 literals are cut short');
    out.append(input, at, literals);
    at += literals;
    // The last sequence has no match.
    if (at >= end) return;
    const distance = input[at]! | (input[at + 1]! << 8);
    at += 2;
    out.repeat(distance, readLength(token & 15) + 4);
  }
}

function damaged(reason: string): AppError {
  return new AppError('data', 'ARROW_DAMAGED', reason);
}
