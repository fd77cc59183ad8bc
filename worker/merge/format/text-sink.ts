/** A byte buffer for text formats: numbers, times and strings as UTF-8, without a JavaScript string per cell. */
import { f64Text } from '../../../shared/kernel/float-text.ts';
import { TIMESTAMP_TEXT_BYTES, writeTimestampNs } from '../../../shared/time/print-timestamp.ts';
import { ByteSink } from './byte-sink.ts';

const ZERO = 0x30;
const MINUS = 0x2d;
const POINT = 0x2e;
const COLON = 0x3a;
const BILLION = 1_000_000_000;
const SECONDS_PER_DAY = 86_400;
/** `YYYY-MM-DDT` */
const DATE_BYTES = 11;
const SIGN_BIT = -0x8000_0000;
/** 2^63 ns as seconds and the rest. */
const EPOCH_SECOND = 9_223_372_036;
const EPOCH_NANO = 854_775_808;
/** Digits of the largest 64-bit number, with a sign. */
const INTEGER_BYTES_MAX = 20;

/** Values below this scale have at most 15 significant digits, which identify a double. */
const DECIMAL_SCALE = 1_000_000;
const DECIMAL_DIGITS = 6;
/** Between these a float is written positionally (language.md 2.7), and times DECIMAL_SCALE it stays below 10^15. */
const DECIMAL_MIN = 1e-5;
const DECIMAL_MAX = 1e9;

const encoder = new TextEncoder();

/** "00" … "99". */
const PAIRS = new Uint8Array(200);
for (let value = 0; value < 100; value++) {
  PAIRS[2 * value] = ZERO + Math.floor(value / 10);
  PAIRS[2 * value + 1] = ZERO + (value % 10);
}

export class TextSink extends ByteSink {
  /** The day of the last date written, and its text with the `T`. */
  #day = Number.NaN;
  readonly #date = new Uint8Array(DATE_BYTES);

  text(text: string): void {
    // A UTF-16 unit is at most three bytes of UTF-8.
    this.reserve(text.length * 3);
    const { written } = encoder.encodeInto(text, this.bytes.subarray(this.length));
    this.length += written;
  }

  /** source[from … to − 1], as it is. */
  copyBytes(source: Uint8Array, from: number, to: number): void {
    this.reserve(to - from);
    const { bytes } = this;
    let at = this.length;
    for (let byte = from; byte < to; byte++) bytes[at++] = source[byte]!;
    this.length = at;
  }

  int32(value: number): void {
    this.reserve(INTEGER_BYTES_MAX);
    if (value < 0) {
      this.bytes[this.length++] = MINUS;
      this.#digits(-value);
    } else this.#digits(value);
  }

  uint32(value: number): void {
    this.reserve(INTEGER_BYTES_MAX);
    this.#digits(value);
  }

  /** A signed 64-bit number from its halves. */
  int64(low: number, high: number): void {
    if (high >= 0) {
      this.uint64(low, high);
      return;
    }
    this.reserve(INTEGER_BYTES_MAX);
    this.bytes[this.length++] = MINUS;
    // Two's complement: ~x + 1, with the carry into the upper half.
    const negatedLow = -low >>> 0;
    this.uint64(negatedLow, (~high + (negatedLow === 0 ? 1 : 0)) >>> 0);
  }

  /**
   * An unsigned 64-bit number from its halves: divided by 10^9 in 16-bit steps, each exact in a double, then written in
   * groups of nine digits.
   */
  uint64(low: number, high: number): void {
    this.reserve(INTEGER_BYTES_MAX);
    const lowHalf = low >>> 0;
    const highHalf = high >>> 0;
    if (highHalf === 0) {
      this.#digits(lowHalf);
      return;
    }
    let quotient = Math.floor(highHalf / BILLION);
    let rest = highHalf - quotient * BILLION;
    let step = rest * 65_536 + (lowHalf >>> 16);
    let part = Math.floor(step / BILLION);
    rest = step - part * BILLION;
    quotient = quotient * 65_536 + part;
    step = rest * 65_536 + (lowHalf & 0xffff);
    part = Math.floor(step / BILLION);
    rest = step - part * BILLION;
    quotient = quotient * 65_536 + part;
    const first = Math.floor(quotient / BILLION);
    if (first > 0) {
      this.#digits(first);
      this.#nineDigits(quotient - first * BILLION);
    } else this.#digits(quotient);
    this.#nineDigits(rest);
  }

  /** The text of language.md 2.7. Decimals with few digits, which is most data, are written without a string. */
  float64(value: number): void {
    const size = Math.abs(value);
    if (size >= DECIMAL_MIN && size < DECIMAL_MAX) {
      const scaled = Math.round(size * DECIMAL_SCALE);
      // Division is correctly rounded: if it gives the value back, these (at most 15) digits are its shortest.
      if (scaled / DECIMAL_SCALE === size) {
        this.reserve(INTEGER_BYTES_MAX + DECIMAL_DIGITS);
        if (value < 0) this.bytes[this.length++] = MINUS;
        const whole = Math.floor(scaled / DECIMAL_SCALE);
        this.#digits(whole);
        this.#fraction(scaled - whole * DECIMAL_SCALE);
        return;
      }
    }
    this.text(f64Text(value));
  }

  /**
   * Nanoseconds since the epoch from the halves of an int64. Times mostly come in order, so the date is copied from the
   * time before when the day is the same.
   */
  timestampNs(low: number, high: number): void {
    this.reserve(TIMESTAMP_TEXT_BYTES);
    const { bytes } = this;
    // As an unsigned number of nanoseconds since −2^63 ns, divided as in `uint64`.
    const shifted = (high ^ SIGN_BIT) >>> 0;
    let second = Math.floor(shifted / BILLION);
    let rest = shifted - second * BILLION;
    let step = rest * 65_536 + (low >>> 16);
    let part = Math.floor(step / BILLION);
    rest = step - part * BILLION;
    second = second * 65_536 + part;
    step = rest * 65_536 + (low & 0xffff);
    part = Math.floor(step / BILLION);
    second = second * 65_536 + part - EPOCH_SECOND;
    let nano = step - part * BILLION - EPOCH_NANO;
    if (nano < 0) {
      nano += BILLION;
      second--;
    }
    const day = Math.floor(second / SECONDS_PER_DAY);
    const start = this.length;
    if (day !== this.#day) {
      writeTimestampNs(low, high, bytes, start);
      this.#day = day;
      this.#date.set(bytes.subarray(start, start + DATE_BYTES));
      this.length = start + TIMESTAMP_TEXT_BYTES;
      return;
    }
    const date = this.#date;
    for (let at = 0; at < DATE_BYTES; at++) bytes[start + at] = date[at]!;
    const clock = second - day * SECONDS_PER_DAY;
    const hour = (clock / 3600) | 0;
    const minute = ((clock / 60) | 0) - hour * 60;
    this.length = start + DATE_BYTES;
    this.#pair(hour);
    bytes[this.length++] = COLON;
    this.#pair(minute);
    bytes[this.length++] = COLON;
    this.#pair(clock - hour * 3600 - minute * 60);
    bytes[this.length++] = POINT;
    this.#nineDigits(nano);
  }

  #pair(value: number): void {
    this.bytes[this.length++] = PAIRS[2 * value]!;
    this.bytes[this.length++] = PAIRS[2 * value + 1]!;
  }

  /** `.` and the six digits of `value` without zeros at the end, at least one digit. */
  #fraction(value: number): void {
    const { bytes } = this;
    let at = this.length;
    bytes[at++] = POINT;
    let digits = DECIMAL_DIGITS;
    let rest = value;
    while (digits > 1 && rest % 10 === 0) {
      rest = (rest / 10) | 0;
      digits--;
    }
    for (let index = at + digits - 1; index >= at; index--) {
      bytes[index] = ZERO + (rest % 10);
      rest = (rest / 10) | 0;
    }
    this.length = at + digits;
  }

  /** A whole number in [0, 2^53) without leading zeros. */
  #digits(value: number): void {
    if (value >= BILLION) {
      const upper = Math.floor(value / BILLION);
      this.#digits(upper);
      this.#nineDigits(value - upper * BILLION);
      return;
    }
    const { bytes } = this;
    let rest = value | 0;
    const count = digitCount(rest);
    let at = this.length + count;
    this.length = at;
    while (rest >= 100) {
      const quotient = (rest / 100) | 0;
      const pair = 2 * (rest - quotient * 100);
      bytes[--at] = PAIRS[pair + 1]!;
      bytes[--at] = PAIRS[pair]!;
      rest = quotient;
    }
    if (rest >= 10) {
      bytes[--at] = PAIRS[2 * rest + 1]!;
      bytes[--at] = PAIRS[2 * rest]!;
    } else bytes[--at] = ZERO + rest;
  }

  #nineDigits(value: number): void {
    const { bytes } = this;
    let rest = value | 0;
    let at = this.length + 9;
    this.length = at;
    for (let pairs = 0; pairs < 4; pairs++) {
      const quotient = (rest / 100) | 0;
      const pair = 2 * (rest - quotient * 100);
      bytes[--at] = PAIRS[pair + 1]!;
      bytes[--at] = PAIRS[pair]!;
      rest = quotient;
    }
    bytes[--at] = ZERO + rest;
  }
}

function digitCount(value: number): number {
  if (value < 10) return 1;
  if (value < 100) return 2;
  if (value < 1_000) return 3;
  if (value < 10_000) return 4;
  if (value < 100_000) return 5;
  if (value < 1_000_000) return 6;
  if (value < 10_000_000) return 7;
  return value < 100_000_000 ? 8 : 9;
}
