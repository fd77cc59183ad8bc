/** A function of a string, applied to a column: once per distinct string when strings repeat. */
import type { StringColumn } from '../column/column.ts';
import type { StringPool } from '../column/string-pool.ts';
import type { ScalarType } from '../types/data-type.ts';

const NOT_YET = -1;
const NULL_RESULT = -2;

/** `convert` returns null for "no value". New strings go to `pool`, which may be the column's own. */
export function mapStrings(
  column: StringColumn,
  type: ScalarType,
  pool: StringPool,
  convert: (text: string) => string | null,
): StringColumn {
  const { codes, length, validity } = column;
  const out = new Int32Array(length);
  let outValidity = validity;
  const memo = codeMemo(column);
  for (let row = 0; row < length; row++) {
    if (validity !== null && validity[row] === 0) continue;
    const code = codes[row]!;
    let result = memo === null ? NOT_YET : memo[code]!;
    if (result === NOT_YET) {
      const text = convert(column.pool.get(code));
      result = text === null ? NULL_RESULT : pool.intern(text);
      if (memo !== null) memo[code] = result;
    }
    if (result === NULL_RESULT) {
      if (outValidity === validity) {
        outValidity = validity === null ? new Uint8Array(length).fill(1) : validity.slice();
      }
      outValidity![row] = 0;
    } else out[row] = result;
  }
  return { physical: 'string', type, length, validity: outValidity, codes: out, pool };
}

/** A slot per code of the pool, or null where the pool is so large that a slot per row is cheaper to do without. */
export function codeMemo(column: StringColumn): Int32Array | null {
  const codes = column.pool.size;
  return codes <= column.length * 2 ? new Int32Array(codes).fill(NOT_YET) : null;
}
