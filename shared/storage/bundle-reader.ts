/** Reads bundles (bundle.ts): the footer once, then whole sections or ranges of their elements. */
import { crc32 } from 'node:zlib';
import { AppError } from '../base/app-error.ts';
import { assert } from '../base/assert.ts';
import {
  BUNDLE_VERSION,
  HEADER_BYTES,
  MAGIC,
  TRAILER_BYTES,
  elementBytesOf,
  kindOf,
  viewAs,
} from './bundle.ts';
import type {
  BundleFooter,
  SectionArray,
  SectionArrays,
  SectionInfo,
  SectionKind,
} from './bundle.ts';
import type { ObjectStore, ObjectTail } from './object-store.ts';

/** [first element, number of elements] */
export type Range = readonly [start: number, count: number];

/** Read at opening: a small object comes whole and a large one with its footer, in one round trip. */
export const TAIL_BYTES = 64 * 1024;
/** Two ranges this near are read as one: on S3 the bytes between cost less than another request. */
export const RANGE_GAP_BYTES_MAX = 256 * 1024;
/** Reads of one call that are under way at a time. */
const READS_MAX = 8;

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Arrays that are returned may be views of a shared buffer: do not write to them.
 * With `kind` the array's type is known, and another kind in the object is an error of class `data`.
 */
export interface BundleReader {
  readonly key: string;
  /** The writer's description: plain JSON, its checksum verified. */
  readonly meta: unknown;
  readonly sections: readonly SectionInfo[];
  /** Null if there is no such section. */
  find(name: string): SectionInfo | null;
  /** All elements, checksum verified. */
  section(name: string): Promise<SectionArray>;
  section<K extends SectionKind>(name: string, kind: K): Promise<SectionArrays[K]>;
  sectionRange(name: string, start: number, count: number): Promise<SectionArray>;
  /** The elements of all ranges in one array. Ranges ascend by start; they may touch and overlap. */
  sectionRanges(name: string, ranges: readonly Range[]): Promise<SectionArray>;
  sectionRanges<K extends SectionKind>(
    name: string,
    ranges: readonly Range[],
    kind: K,
  ): Promise<SectionArrays[K]>;
  /**
   * As `sectionRanges`, into `target`, which is of the section's kind and has a slot per element. The checksum of a
   * section that is read whole is verified.
   */
  readInto(name: string, ranges: readonly Range[], target: SectionArray): Promise<void>;
}

class StoredBundle implements BundleReader {
  readonly key: string;
  readonly meta: unknown;
  readonly sections: readonly SectionInfo[];
  readonly #store: ObjectStore;
  readonly #byName: ReadonlyMap<string, SectionInfo>;
  /** The end of the object, from `#tailOffset`: what lies in it is not read again. */
  readonly #tail: Uint8Array;
  readonly #tailOffset: number;

  constructor(store: ObjectStore, key: string, footer: BundleFooter, tail: ObjectTail) {
    this.key = key;
    this.meta = footer.meta;
    this.sections = footer.sections;
    this.#store = store;
    this.#byName = new Map(footer.sections.map((section) => [section.name, section]));
    this.#tail = tail.bytes;
    this.#tailOffset = tail.objectBytes - tail.bytes.length;
  }

  find(name: string): SectionInfo | null {
    return this.#byName.get(name) ?? null;
  }

  async section(name: string, kind?: SectionKind): Promise<never> {
    const section = this.#get(name, kind);
    const bytes = await this.#read(section.offset, section.count * elementBytesOf(section.kind));
    this.#verify(section, bytes);
    return narrowed(viewAs(section.kind, bytes));
  }

  async sectionRange(name: string, start: number, count: number): Promise<SectionArray> {
    return this.sectionRanges(name, [[start, count]]);
  }

  async sectionRanges(name: string, ranges: readonly Range[], kind?: SectionKind): Promise<never> {
    const section = this.#get(name, kind);
    const width = elementBytesOf(section.kind);
    const reads = planReads(section, ranges, width);
    const [only] = reads;
    if (only !== undefined && reads.length === 1 && only.isContiguous) {
      return narrowed(viewAs(section.kind, await this.#read(only.offset, only.length)));
    }
    let length = 0;
    for (const [, count] of ranges) length += count * width;
    const result = new Uint8Array(length);
    await this.#readAll(section, ranges, reads, result);
    return narrowed(viewAs(section.kind, result));
  }

  async readInto(name: string, ranges: readonly Range[], target: SectionArray): Promise<void> {
    const section = this.#get(name, kindOf(target));
    const count = ranges.reduce((sum, range) => sum + range[1], 0);
    assert(
      count === target.length,
      `section \`${name}\`: ${count} elements into ${target.length} slots`,
    );
    const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
    const reads = planReads(section, ranges, elementBytesOf(section.kind));
    await this.#readAll(section, ranges, reads, bytes);
    if (ranges.length === 1 && count === section.count) this.#verify(section, bytes);
  }

  #verify(section: SectionInfo, bytes: Uint8Array): void {
    if (crc32(bytes) === section.crc32) return;
    throw corrupt(this.#store, this.key, `section \`${section.name}\` fails its checksum`);
  }

  /** The elements of all ranges, one after another, to `target`. */
  async #readAll(
    section: SectionInfo,
    ranges: readonly Range[],
    reads: readonly PlannedRead[],
    target: Uint8Array,
  ): Promise<void> {
    const width = elementBytesOf(section.kind);
    let next = 0;
    const readSome = async (): Promise<void> => {
      for (let read = reads[next++]; read !== undefined; read = reads[next++]) {
        if (read.isContiguous) {
          await this.#readTo(read.offset, target.subarray(read.target, read.target + read.length));
          continue;
        }
        const bytes = await this.#read(read.offset, read.length);
        let at = read.target;
        for (let index = read.firstRange; index < read.endRange; index++) {
          const [start, count] = ranges[index]!;
          const from = section.offset + start * width - read.offset;
          target.set(bytes.subarray(from, from + count * width), at);
          at += count * width;
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(READS_MAX, reads.length) }, readSome));
  }

  async #readTo(offset: number, target: Uint8Array): Promise<void> {
    if (target.length > 0 && offset < this.#tailOffset && this.#store.readInto !== undefined) {
      await this.#store.readInto(this.key, offset, target);
    } else {
      target.set(await this.#read(offset, target.length));
    }
  }

  async #read(offset: number, length: number): Promise<Uint8Array> {
    if (length === 0) return new Uint8Array(0);
    // The tail starts at a multiple of 8 of the object, so views of it are aligned like the object.
    const from = offset - this.#tailOffset;
    if (from >= 0) return this.#tail.subarray(from, from + length);
    return this.#store.getRange(this.key, offset, length);
  }

  #get(name: string, kind: SectionKind | undefined): SectionInfo {
    const section = this.find(name);
    if (section === null) {
      throw corrupt(this.#store, this.key, `there is no section \`${name}\``);
    }
    if (kind !== undefined && kind !== section.kind) {
      throw corrupt(this.#store, this.key, `section \`${name}\` is ${section.kind}, not ${kind}`);
    }
    return section;
  }
}

/** The overloads promise the array of the checked `kind`, which no single body can state. */
function narrowed(array: SectionArray): never {
  return array as never;
}

/** One request, for the ranges [firstRange, endRange); `target` is where their bytes go in the result. */
interface PlannedRead {
  readonly offset: number;
  readonly length: number;
  readonly firstRange: number;
  readonly endRange: number;
  readonly target: number;
  /** Nothing between the ranges and nothing twice: the bytes read are the bytes asked for. */
  readonly isContiguous: boolean;
}

function planReads(
  section: SectionInfo,
  ranges: readonly Range[],
  width: number,
): readonly PlannedRead[] {
  const reads: PlannedRead[] = [];
  const gapMax = Math.floor(RANGE_GAP_BYTES_MAX / width);
  let target = 0;
  for (let first = 0; first < ranges.length;) {
    const [start] = ranges[first]!;
    let end = start;
    let next = first;
    let elements = 0;
    let isContiguous = true;
    while (next < ranges.length) {
      const [nextStart, count] = ranges[next]!;
      assert(
        count >= 0 && nextStart >= start && nextStart + count <= section.count,
        `range [${nextStart}, ${count}] of section \`${section.name}\` with ${section.count} elements`,
      );
      if (next > first) {
        assert(nextStart >= ranges[next - 1]![0], `ranges of \`${section.name}\` must ascend`);
        if (nextStart - end > gapMax) break;
        isContiguous &&= nextStart === end;
      }
      end = Math.max(end, nextStart + count);
      elements += count;
      next++;
    }
    reads.push({
      offset: section.offset + start * width,
      length: (end - start) * width,
      firstRange: first,
      endRange: next,
      target,
      isContiguous,
    });
    target += elements * width;
    first = next;
  }
  return reads;
}

/** Opens a bundle: one round trip, two if its footer is longer than `TAIL_BYTES`. */
export async function openBundle(store: ObjectStore, key: string): Promise<BundleReader> {
  const tail = await store.getTail(key, TAIL_BYTES);
  const { bytes, objectBytes } = tail;
  if (objectBytes < HEADER_BYTES + TRAILER_BYTES) {
    throw corrupt(store, key, `it has ${objectBytes} bytes`);
  }
  const trailer = new DataView(
    bytes.buffer,
    bytes.byteOffset + bytes.length - TRAILER_BYTES,
    TRAILER_BYTES,
  );
  if (trailer.getUint32(12, true) !== MAGIC) {
    throw corrupt(store, key, 'it is cut short or is not a bundle');
  }
  const version = trailer.getUint32(8, true);
  if (version > BUNDLE_VERSION) {
    throw new AppError(
      'user',
      'BUNDLE_VERSION_NEWER',
      `object \`${key}\` in ${store.description} has format version ${version}, this program reads up to ` +
        `${BUNDLE_VERSION}: use a newer program`,
      { details: { key, version } },
    );
  }
  const footerBytes = trailer.getUint32(4, true);
  const footerOffset = objectBytes - TRAILER_BYTES - footerBytes;
  if (footerOffset < HEADER_BYTES || objectBytes % 8 !== 0) {
    throw corrupt(store, key, `a footer of ${footerBytes} bytes does not fit in ${objectBytes}`);
  }
  const inTail = bytes.length - TRAILER_BYTES - footerBytes;
  const text =
    inTail >= 0
      ? bytes.subarray(inTail, inTail + footerBytes)
      : await store.getRange(key, footerOffset, footerBytes);
  if (crc32(text) !== trailer.getUint32(0, true)) {
    throw corrupt(store, key, 'its footer fails the checksum');
  }
  // The checksum holds, so this is what `encodeBundle` wrote.
  const footer = JSON.parse(decoder.decode(text)) as BundleFooter;
  for (const section of footer.sections) {
    const end = section.offset + section.count * elementBytesOf(section.kind);
    if (end > footerOffset) {
      throw corrupt(store, key, `section \`${section.name}\` ends at byte ${end}`);
    }
  }
  return new StoredBundle(store, key, footer, tail);
}

function corrupt(store: ObjectStore, key: string, reason: string): AppError {
  return new AppError(
    'data',
    'BUNDLE_CORRUPT',
    `object \`${key}\` in ${store.description} cannot be read: ${reason}`,
    { details: { key } },
  );
}
