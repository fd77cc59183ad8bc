/** The merge of a run's sorted runs into result parts: one object that all merge tasks read. */
import type { RunRef } from '../storage/sorted-run.ts';
import type { DataType } from '../types/data-type.ts';
import type { RunOutput } from './run-spec.ts';

export interface MergeSpec {
  /** Per bucket range, its sorted runs one after another. */
  readonly sources: readonly (readonly RunRef[])[];
  readonly keyType: DataType;
  readonly fields: readonly { readonly name: string; readonly type: DataType }[];
  readonly output: RunOutput;
  readonly rowGroupRows: number;
  /** Rows [rowStart, rowEnd) of the total order, per part, in order. */
  readonly parts: readonly { readonly rowStart: number; readonly rowEnd: number }[];
}

export function mergeName(part: number): string {
  return `m${part}`;
}

export function parseMergeName(name: string): number | null {
  const match = /^m(\d+)$/.exec(name);
  return match === null ? null : Number(match[1]);
}
