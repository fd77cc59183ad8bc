/** Puts the pieces of a result together to one file: header, the bytes of the pieces in order, footer. */
import { assert } from '../../shared/base/assert.ts';
import { AppError } from '../../shared/base/app-error.ts';
import type { ObjectStore, ObjectWriter } from '../../shared/storage/object-store.ts';
import type { FileFormat } from '../../shared/wire/query-request.ts';
import type { Draft } from './draft.ts';
import { openFormat } from './format/open-format.ts';
import type { PlacedRowGroup, ResultSchema } from './format/result-format.ts';
import type { PartInfo } from './part-writer.ts';

/** Bytes per read; two are in memory at a time. */
const COPY_BYTES = 8 << 20;

type Writer = Pick<ObjectWriter, 'write' | 'adopt'>;

export interface AssembleOptions {
  readonly store: ObjectStore;
  /** In the order of their rows, without gaps, from row 0. None: a file without rows. */
  readonly pieces: readonly PartInfo[];
  /** Where the file goes: an object, a local file, standard output. It is not finished here. */
  readonly writer: Writer;
  /** Where some of the pieces may stand already, at their place in the file. */
  readonly draft?: Draft | null;
  readonly format: FileFormat;
  readonly schema: ResultSchema;
  readonly signal?: AbortSignal;
}

/** The same bytes however the rows were cut into pieces. */
export async function assembleFile(
  options: AssembleOptions,
): Promise<{ readonly rows: number; readonly bytes: number }> {
  const { store, pieces, signal } = options;
  const format = await openFormat(options.format, options.schema);
  const header = format.header();
  const { groups, rows, bytes } = placeGroups(pieces, header.length);
  const footer = format.footer(groups);
  const draft = await adoptDraft(options);
  const writerAt = (offset: number): Writer => draft?.openAt(offset) ?? options.writer;
  await writerAt(0).write(header);
  let offset = header.length;
  for (const piece of pieces) {
    if (piece.key !== draft?.key) await copyPiece(store, piece, writerAt(offset), signal);
    else assert(piece.offset === offset, 'assemble: a piece of the draft is at its place');
    offset += piece.bytes;
  }
  await writerAt(offset).write(footer);
  return { rows, bytes: bytes + footer.length };
}

function placeGroups(
  pieces: readonly PartInfo[],
  headerBytes: number,
): { groups: PlacedRowGroup[]; rows: number; bytes: number } {
  const groups: PlacedRowGroup[] = [];
  let offset = headerBytes;
  let rows = 0;
  for (const piece of pieces) {
    assert(piece.rowStart === rows, 'assemble: pieces follow each other');
    const end = offset + piece.bytes;
    for (const group of piece.groups) {
      groups.push({ offset, ...group });
      offset += group.bytes;
      rows += group.rows;
    }
    if (offset !== end || rows !== piece.rowEnd) {
      throw new AppError(
        'data',
        'PART_CORRUPT',
        `the record of \`${piece.key}\` is not of one part`,
      );
    }
  }
  return { groups, rows, bytes: offset };
}

/** The draft, which is now the file that `writer` makes; null if no piece stands in it or the writer cannot take it. */
async function adoptDraft(options: AssembleOptions): Promise<Draft | null> {
  const { store, draft = null, pieces, writer } = options;
  if (draft === null || !pieces.some((piece) => piece.key === draft.key)) return null;
  assert(store.files !== undefined, 'assemble: a draft is a file');
  return (await writer.adopt?.(store.files.pathOf(draft.key))) === true ? draft : null;
}

/** Reads one block ahead of the write. */
async function copyPiece(
  store: ObjectStore,
  piece: PartInfo,
  writer: Writer,
  signal: AbortSignal | undefined,
): Promise<void> {
  const end = piece.offset + piece.bytes;
  const read = (from: number): Promise<Uint8Array> =>
    store.getRange(piece.key, from, Math.min(COPY_BYTES, end - from));
  let next = piece.bytes > 0 ? read(piece.offset) : null;
  for (let from = piece.offset; next !== null; from += COPY_BYTES) {
    signal?.throwIfAborted();
    const block = await next;
    next = from + COPY_BYTES < end ? read(from + COPY_BYTES) : null;
    // If the write fails first, the read that is under way must not become an unhandled rejection.
    next?.catch(() => {});
    await writer.write(block);
  }
}
