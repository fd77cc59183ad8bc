/**
 * The draft of a result file: where a part knows how many bytes come before it, it writes its own to their final place,
 * and publishing need not copy them.
 *
 *   parts      m0 ██████  m1 ████  m2 █████████  m3 █████
 *                  │          │        │             │      m2 was done before m1: an object of its own, copied when
 *   draft    P ██████─────████─────────·········█████ F     the file is published. m3 was done when the sizes of all
 *                                                           three were known.
 *
 * All attempts of a part write the same bytes to the same place. The draft is a file of the store, so this works where
 * the store is a folder; elsewhere every part is an object. Publishing gives it a second name, where the user wants it.
 */
import { assert } from '../../shared/base/assert.ts';
import { mergeName } from '../../shared/plan/merge-spec.ts';
import { findJson } from '../../shared/storage/json-object.ts';
import type { ObjectStore, ObjectWriter, StoreFiles } from '../../shared/storage/object-store.ts';
import type { PartInfo } from './part-writer.ts';

export interface Draft {
  readonly key: string;
  /** Where part number `part` starts in the file; null while the size of a part before it is not known. */
  findStart(part: number, headerBytes: number): Promise<number | null>;
  /** Writes front to back from `offset` on. */
  openAt(offset: number): ObjectWriter;
}

/** Of the run at `prefix`; null if the store has no files. */
export function openDraft(store: ObjectStore, prefix: string): Draft | null {
  const { files } = store;
  if (files === undefined) return null;
  const key = `${prefix}/data/draft`;
  return {
    key,
    findStart: (part, headerBytes) => findStart(store, prefix, key, part, headerBytes),
    openAt: (offset) => writerAt(files, key, offset),
  };
}

/** Reads the records of the parts before until one stands in the draft: mostly one or two. */
async function findStart(
  store: ObjectStore,
  prefix: string,
  key: string,
  part: number,
  headerBytes: number,
): Promise<number | null> {
  let bytes = 0;
  for (let before = part - 1; before >= 0; before--) {
    const info = await findJson<PartInfo>(store, `${prefix}/parts/${mergeName(before)}.json`);
    if (info === null) return null;
    bytes += info.bytes;
    if (info.key === key) return info.offset + bytes;
  }
  return headerBytes + bytes;
}

function writerAt(files: StoreFiles, key: string, offset: number): ObjectWriter {
  let at = offset;
  return {
    async write(bytes) {
      await files.writeAt(key, at, bytes);
      at += bytes.length;
    },
    async finish({ ifAbsent }) {
      assert(!ifAbsent, 'draft: every attempt may write it');
      files.startFlush(key);
      return 'won';
    },
    // What was written belongs to nobody until the part has its record, and another attempt writes the same.
    abort: () => Promise.resolve(),
  };
}
