/** Puts the pieces of a result together to one file: header, the bytes of the pieces in order, footer. */
import { assert } from '../../shared/base/assert.ts';
import type { ObjectStore, ObjectWriter } from '../../shared/storage/object-store.ts';
import type { FileFormat } from '../../shared/wire/query-request.ts';
import { openFormat } from './format/open-format.ts';
import type { PlacedRowGroup, ResultSchema } from './format/result-format.ts';
import { readPieceRowGroups } from './part-writer.ts';
import type { PartInfo } from './part-writer.ts';

/** Bytes per read; two are in memory at a time. */
const COPY_BYTES = 8 << 20;

export interface AssembleOptions {
  readonly store: ObjectStore;
  /** In the order of their rows, without gaps, from row 0. None: a file without rows. */
  readonly pieces: readonly PartInfo[];
  /** Where the file goes: an object, a local file, standard output. It is not finished here. */
  readonly writer: Pick<ObjectWriter, 'write'>;
  readonly format: FileFormat;
  readonly schema: ResultSchema;
  readonly signal?: AbortSignal;
}

/** The same bytes however the rows were cut into pieces. */
export async function assembleFile(
  options: AssembleOptions,
): Promise<{ readonly rows: number; readonly bytes: number }> {
  const { store, pieces, writer, signal } = options;
  const format = await openFormat(options.format, options.schema);
  const groups: PlacedRowGroup[] = [];
  const header = format.header();
  await writer.write(header);
  let offset = header.length;
  let rows = 0;
  for (const piece of pieces) {
    assert(piece.rowStart === rows, 'assemble: pieces follow each other');
    for (const group of await readPieceRowGroups(store, piece)) {
      groups.push({ offset, ...group });
      offset += group.bytes;
    }
    rows = piece.rowEnd;
    await copyPiece(store, piece, writer, signal);
  }
  const footer = format.footer(groups);
  await writer.write(footer);
  return { rows, bytes: offset + footer.length };
}

/** Reads one block ahead of the write. */
async function copyPiece(
  store: ObjectStore,
  piece: PartInfo,
  writer: Pick<ObjectWriter, 'write'>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const read = (from: number): Promise<Uint8Array> =>
    store.getRange(piece.key, from, Math.min(COPY_BYTES, piece.bytes - from));
  let next = piece.bytes > 0 ? read(0) : null;
  for (let from = 0; next !== null; from += COPY_BYTES) {
    signal?.throwIfAborted();
    const block = await next;
    next = from + COPY_BYTES < piece.bytes ? read(from + COPY_BYTES) : null;
    // If the write fails first, the read that is under way must not become an unhandled rejection.
    next?.catch(() => {});
    await writer.write(block);
  }
}
