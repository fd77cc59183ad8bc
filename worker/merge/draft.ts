/**
 * The draft of a result file: where a part knows how many bytes come before it, it writes its own to their final place,
 * and publishing need not copy them.
 *
 *   parts      m0 ██████  m1 ████  m2 █████████  m3 █████
 *                  │          │        │             │      m2 was done long before m1: an object of its own, copied when
 *   draft    P ██████─────████─────────·········█████ F     the file is published. m3 was done when the sizes of all
 *                                                           three were known.
 *
 * All attempts of a part write the same bytes to the same place. The draft is a file of the store, so this works where
 * the store is a folder; elsewhere every part is an object. Publishing gives it a second name, where the user wants it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { assert } from '../../shared/base/assert.ts';
import { mergeName } from '../../shared/plan/merge-spec.ts';
import { findJson } from '../../shared/storage/json-object.ts';
import type { ObjectStore, ObjectWriter, StoreFiles } from '../../shared/storage/object-store.ts';
import type { PartInfo } from './part-writer.ts';

/** Parts that began together end within some tens of milliseconds. */
const WAIT_MS_MAX = 200;
const POLL_MS = 2;

export interface Draft {
  readonly key: string;
  /**
   * Where part number `part` starts in the file; null if the size of a part before it is not known. That one is mostly
   * under way in another thread and done in a moment, so this waits a little for it: less than copying would take.
   */
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
    findStart: async (part, headerBytes) => {
      for (let waitedMs = 0; ; waitedMs += POLL_MS) {
        const start = await findStart(store, prefix, key, part, headerBytes);
        if (start !== null || waitedMs >= WAIT_MS_MAX) return start;
        await sleep(POLL_MS);
      }
    },
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
