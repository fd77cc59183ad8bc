/**
 * Snappy compression (google/snappy, format_description.txt): greedy matches of 4 bytes or more within blocks of 64 KiB.
 *
 *   varint length of the input │ literal: (n − 1) << 2, bytes │ copy: (n − 1) << 2 | 2, u16 offset │ …
 */

const BLOCK_BYTES = 1 << 16;
const HASH_BITS = 14;
const MATCH_BYTES = 4;
const COPY_BYTES_MAX = 64;

/** Positions of the current block by hash of the 4 bytes there, plus 1; 0 is none. Cleared per block. */
const table = new Uint32Array(1 << HASH_BITS);

export function compressSnappy(input: Uint8Array): Uint8Array {
  const out = new Uint8Array(32 + input.length + Math.ceil(input.length / 6));
  let at = 0;
  let length = input.length;
  for (; length >= 128; length = Math.floor(length / 128)) out[at++] = (length & 127) | 128;
  out[at++] = length;
  for (let start = 0; start < input.length; start += BLOCK_BYTES) {
    at = compressBlock(input, start, Math.min(start + BLOCK_BYTES, input.length), out, at);
  }
  return out.subarray(0, at);
}

function compressBlock(
  input: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  outAt: number,
): number {
  table.fill(0);
  let at = outAt;
  let literal = start;
  let position = start;
  // Data without matches is skipped over faster and faster, as in the original.
  let skip = 32;
  const last = end - MATCH_BYTES;
  while (position <= last) {
    const word = read32(input, position);
    const slot = Math.imul(word, 0x1e35a7bd) >>> (32 - HASH_BITS);
    const candidate = start + table[slot]! - 1;
    table[slot] = position - start + 1;
    if (candidate < start || read32(input, candidate) !== word) {
      position += skip++ >> 5;
      continue;
    }
    skip = 32;
    if (literal < position) at = writeLiteral(input, literal, position, out, at);
    let size = MATCH_BYTES;
    while (position + size < end && input[candidate + size] === input[position + size]) size++;
    at = writeCopy(position - candidate, size, out, at);
    position += size;
    literal = position;
  }
  return literal < end ? writeLiteral(input, literal, end, out, at) : at;
}

function read32(input: Uint8Array, at: number): number {
  return input[at]! | (input[at + 1]! << 8) | (input[at + 2]! << 16) | (input[at + 3]! << 24);
}

function writeLiteral(
  input: Uint8Array,
  from: number,
  to: number,
  out: Uint8Array,
  outAt: number,
): number {
  let at = outAt;
  const size = to - from - 1;
  if (size < 60) out[at++] = size << 2;
  else if (size < 256) {
    out[at++] = 60 << 2;
    out[at++] = size;
  } else {
    out[at++] = 61 << 2;
    out[at++] = size & 0xff;
    out[at++] = size >>> 8;
  }
  if (to - from > 48) {
    out.set(input.subarray(from, to), at);
    return at + to - from;
  }
  for (let byte = from; byte < to; byte++) out[at++] = input[byte]!;
  return at;
}

function writeCopy(offset: number, bytes: number, out: Uint8Array, outAt: number): number {
  let at = outAt;
  let rest = bytes;
  while (rest > 0) {
    const size = Math.min(rest, COPY_BYTES_MAX);
    out[at++] = ((size - 1) << 2) | 2;
    out[at++] = offset & 0xff;
    out[at++] = offset >>> 8;
    rest -= size;
  }
  return at;
}
