/**
 * Writes the row groups of a part to one object.
 *
 *   layout folder   header │ row group … │ footer                         a complete file
 *   layout file     row group … │ JSON: rows, bytes, footer of each       a piece of a file, its bytes as in the file
 */
import { AppError } from '../../shared/base/app-error.ts';
import type { ObjectStore, ObjectWriter } from '../../shared/storage/object-store.ts';
import type { PlacedRowGroup, ResultFormat, RowGroup } from './format/result-format.ts';

/** What is known of a part without reading it: plain JSON. */
export interface PartInfo {
  readonly key: string;
  /** Global row numbers. */
  readonly rowStart: number;
  readonly rowEnd: number;
  /** Bytes of the object that belong to a result file: all in a folder, those of the row groups in a piece. */
  readonly bytes: number;
  /** Bytes of JSON after them; 0 in a folder. */
  readonly footerBytes: number;
}

/** A row group of a piece; its offset follows from the bytes of those before it. */
export type PieceRowGroup = Omit<PlacedRowGroup, 'offset'>;

export class PartWriter {
  readonly #key: string;
  readonly #writer: ObjectWriter;
  readonly #format: ResultFormat;
  readonly #layout: 'file' | 'folder';
  readonly #groups: PlacedRowGroup[] = [];
  #offset = 0;

  private constructor(
    key: string,
    writer: ObjectWriter,
    format: ResultFormat,
    layout: 'file' | 'folder',
  ) {
    this.#key = key;
    this.#writer = writer;
    this.#format = format;
    this.#layout = layout;
  }

  static async open(
    store: ObjectStore,
    key: string,
    format: ResultFormat,
    layout: 'file' | 'folder',
  ): Promise<PartWriter> {
    const part = new PartWriter(key, await store.openWriter(key), format, layout);
    if (layout === 'folder') await part.#write(format.header());
    return part;
  }

  async write(group: RowGroup): Promise<void> {
    const { bytes, footer } = this.#format.encode(group);
    this.#groups.push({ offset: this.#offset, bytes: bytes.length, rows: group.length, footer });
    await this.#write(bytes);
  }

  async finish(rowStart: number, rowEnd: number): Promise<PartInfo> {
    let footerBytes = 0;
    let bytes = this.#offset;
    if (this.#layout === 'folder') {
      await this.#write(this.#format.footer(this.#groups));
      bytes = this.#offset;
    } else {
      const groups = this.#groups.map((group): PieceRowGroup => ({
        bytes: group.bytes,
        rows: group.rows,
        footer: group.footer,
      }));
      const footer = new TextEncoder().encode(JSON.stringify(groups));
      await this.#write(footer);
      footerBytes = footer.length;
    }
    // The key belongs to one attempt, and a repeated attempt writes the same bytes: replacing is harmless.
    await this.#writer.finish({ ifAbsent: false });
    return { key: this.#key, rowStart, rowEnd, bytes, footerBytes };
  }

  abort(): Promise<void> {
    return this.#writer.abort();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    this.#offset += bytes.length;
    await this.#writer.write(bytes);
  }
}

/** The row groups of a piece, from the JSON at its end. */
export async function readPieceRowGroups(
  store: ObjectStore,
  part: PartInfo,
): Promise<readonly PieceRowGroup[]> {
  const bytes = await store.getRange(part.key, part.bytes, part.footerBytes);
  const groups = JSON.parse(new TextDecoder().decode(bytes)) as readonly PieceRowGroup[];
  const total = groups.reduce((sum, group) => sum + group.bytes, 0);
  const rows = groups.reduce((sum, group) => sum + group.rows, 0);
  if (total !== part.bytes || rows !== part.rowEnd - part.rowStart) {
    throw new AppError('data', 'PART_CORRUPT', `part \`${part.key}\` does not match its record`);
  }
  return groups;
}
