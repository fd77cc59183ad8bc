/** A growing byte buffer for encoders: little-endian numbers, varints and copied bytes, one after another. */

const INITIAL_BYTES = 1 << 16;

/**
 * `bytes` and `view` are replaced when the buffer grows: hot loops call `reserve` first, then write through `bytes` or
 * `view` at `length` and set `length` themselves.
 */
export class ByteSink {
  bytes = new Uint8Array(INITIAL_BYTES);
  view = new DataView(this.bytes.buffer);
  length = 0;

  /** Room for `count` more bytes. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  clear(): void {
    this.length = 0;
  }

  /** What was written, as a view of the buffer. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  /** What was written, as a copy that is the caller's. */
  copy(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  u8(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  u32(value: number): void {
    this.reserve(4);
    this.view.setUint32(this.length, value, true);
    this.length += 4;
  }

  write(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** LEB128 of a whole number in [0, 2^53). */
  varint(value: number): void {
    this.reserve(8);
    let rest = value;
    while (rest >= 128) {
      this.bytes[this.length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.length++] = rest;
  }

  /** LEB128 of an unsigned 64-bit number in two words, whose signs do not matter. */
  varint64(low: number, high: number): void {
    this.reserve(10);
    let restLow = low >>> 0;
    let restHigh = high >>> 0;
    while (restHigh > 0 || restLow >= 128) {
      this.bytes[this.length++] = (restLow & 127) | 128;
      restLow = ((restLow >>> 7) | (restHigh << 25)) >>> 0;
      restHigh >>>= 7;
    }
    this.bytes[this.length++] = restLow;
  }
}
