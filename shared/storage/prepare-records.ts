/** The objects of preparing one table version, under `tables/<id>/`: what the coordinator asks and what tasks answer. */
import type { FileFormat, TimeUnit } from '../wire/query-request.ts';
import type { RecordType } from '../types/data-type.ts';
import type { ManifestFile } from './table-manifest.ts';

export interface PrepareSpec {
  readonly table: string;
  readonly files: readonly (ManifestFile & { readonly format: FileFormat })[];
  readonly time: string;
  readonly key: string;
  readonly subsort: string | null;
  readonly timeUnit: TimeUnit;
  readonly onBadRow: 'fail' | 'skip';
}

/** Consecutive rows of a file: what one prepare task makes a segment of. */
export interface PreparePart {
  readonly firstRow: number;
  readonly rows: number;
  readonly byteStart: number;
  readonly byteEnd: number;
}

/** Answer of the inspect task of one file. */
export interface InspectRecord {
  readonly schema: RecordType;
  readonly rows: number;
  readonly parts: readonly PreparePart[];
  readonly contentDigest: string;
  readonly unsupported: readonly { readonly name: string; readonly type: string }[];
}

/** Written once all files are inspected: the schema that every prepare task casts to. */
export interface PreparePlan {
  readonly schema: RecordType;
  /** Per file. */
  readonly files: readonly {
    readonly schema: RecordType;
    /** Decimal subsort base. */
    readonly base: string;
    readonly parts: readonly PreparePart[];
  }[];
}

export function tablePrefix(tableId: string): string {
  return `tables/${tableId}`;
}

export function inspectName(file: number): string {
  return `f${file}`;
}

export function partName(file: number, part: number): string {
  return `f${file}-p${part}`;
}

export function parsePartName(
  name: string,
): { readonly file: number; readonly part: number } | null {
  const match = /^f(\d+)(?:-p(\d+))?$/.exec(name);
  return match === null ? null : { file: Number(match[1]), part: Number(match[2] ?? 0) };
}
