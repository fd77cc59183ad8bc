/**
 * The objects of preparing one table version, under `tables/<id>/`: what the coordinator asks and what tasks answer.
 *
 *   spec.json  inspect/f<file>.json  plan.json     what to prepare, what the files hold, the parts
 *   segments/…  parts/<part>.json                  a segment per part, and its record
 *   sets/<set>/plan.json                           names of columns that are prepared together
 *   sets/<set>/columns/…  sets/<set>/parts/…       a bundle of them per part, and its record
 *   columns/<set>.json                             written when the set is there for all parts
 *   manifest.json  manifests/<digest>.json         the table without columns, and as queries read it
 */
import { createHash } from 'node:crypto';
import type { FileFormat, TimeUnit } from '../wire/query-request.ts';
import type { RecordType } from '../types/data-type.ts';
import type { ColumnsInfo, ManifestFile } from './table-manifest.ts';

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
  readonly empty: readonly string[];
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

/** A prepare task: the columns of one set for one part, and its segment if that is not there yet. */
export function prepareTaskName(file: number, part: number, set: string): string {
  return `${partName(file, part)}-${set}`;
}

export function parseTaskName(
  name: string,
): { readonly file: number; readonly part: number; readonly set: string } | null {
  const match = /^f(\d+)-p(\d+)-([0-9a-f]{16})$/.exec(name);
  if (match === null) return null;
  return { file: Number(match[1]), part: Number(match[2]), set: match[3]! };
}

/** The file of an inspect task. */
export function parseInspectName(name: string): number | null {
  const match = /^f(\d+)$/.exec(name);
  return match === null ? null : Number(match[1]);
}

/** Columns that are prepared together. Its name is made of theirs, so that two that want the same do it once. */
export interface ColumnSet {
  readonly columns: readonly string[];
}

/** Written when a set is there for all parts: its bundles by the key of their segment. */
export interface PreparedColumnSet extends ColumnSet {
  readonly bundles: Readonly<Record<string, ColumnsInfo>>;
}

export function columnSetId(columns: readonly string[]): string {
  const text = JSON.stringify(columns.toSorted());
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
