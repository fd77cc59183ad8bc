/**
 * Writes the row groups of a part.
 *
 *   layout folder   header │ row group … │ footer      an object: a complete file
 *   layout file     row group …                        a piece of a file, its bytes as in the file: an object of its own, or
 *                                                      its place in the draft of the file (draft.ts)
 */
import { assert } from '../../shared/base/assert.ts';
import type { ObjectStore, ObjectWriter } from '../../shared/storage/object-store.ts';
import type { Draft } from './draft.ts';
import type { PlacedRowGroup, ResultFormat, RowGroup } from './format/result-format.ts';

/** What is known of a part without reading it: plain JSON. */
export interface PartInfo {
  readonly key: string;
  /** Of its first byte in the object; not 0 in a draft alone. */
  readonly offset: number;
  readonly bytes: number;
  /** Global row numbers. */
  readonly rowStart: number;
  readonly rowEnd: number;
  readonly groups: readonly PieceRowGroup[];
}

/** A row group of a part; its offset follows from the bytes of those before it. */
export type PieceRowGroup = Omit<PlacedRowGroup, 'offset'>;

/** The file that a piece may be written to in place of an object of its own, and which part of it the piece is. */
export interface PartDraft {
  readonly file: Draft;
  readonly part: number;
}

export interface PartOptions {
  readonly store: ObjectStore;
  /** The object of a part that stands in no draft. */
  readonly key: string;
  readonly format: ResultFormat;
  readonly layout: 'file' | 'folder';
  readonly draft: PartDraft | null;
}

export class PartWriter {
  readonly #options: PartOptions;
  readonly #groups: PlacedRowGroup[] = [];
  #target: { readonly key: string; readonly offset: number; readonly writer: ObjectWriter } | null =
    null;
  #bytes = 0;

  private constructor(options: PartOptions) {
    this.#options = options;
  }

  static async open(options: PartOptions): Promise<PartWriter> {
    const part = new PartWriter(options);
    if (options.layout === 'folder') await part.#write(options.format.header());
    return part;
  }

  async write(group: RowGroup): Promise<void> {
    const { bytes, footer } = this.#options.format.encode(group);
    this.#groups.push({ offset: this.#bytes, bytes: bytes.length, rows: group.length, footer });
    await this.#write(bytes);
  }

  async finish(rowStart: number, rowEnd: number): Promise<PartInfo> {
    const { format, layout } = this.#options;
    if (layout === 'folder') await this.#write(format.footer(this.#groups));
    const { key, offset, writer } = this.#target ?? (await this.#openTarget());
    // The key belongs to one attempt, and a repeated attempt writes the same bytes: replacing is harmless.
    await writer.finish({ ifAbsent: false });
    const groups = this.#groups.map((group): PieceRowGroup => ({
      bytes: group.bytes,
      rows: group.rows,
      footer: group.footer,
    }));
    return { key, offset, bytes: this.#bytes, rowStart, rowEnd, groups };
  }

  async abort(): Promise<void> {
    await this.#target?.writer.abort();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    // Not before there is something to write: by then the parts before this one may be there.
    this.#target ??= await this.#openTarget();
    this.#bytes += bytes.length;
    await this.#target.writer.write(bytes);
  }

  async #openTarget(): Promise<{ key: string; offset: number; writer: ObjectWriter }> {
    const { store, key, draft, format, layout } = this.#options;
    if (draft !== null) {
      assert(layout === 'file', 'merge: only a file has a draft');
      const offset = await draft.file.findStart(draft.part, format.header().length);
      if (offset !== null)
        return { key: draft.file.key, offset, writer: draft.file.openAt(offset) };
    }
    return { key, offset: 0, writer: await store.openWriter(key) };
  }
}
