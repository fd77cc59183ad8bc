/** Any value that a library hands out, as the text of a cell. */

/** Null and undefined are null; what is nested is JSON, integers beyond 2^53 as strings so that no digit is lost. */
export function cellOf(value: unknown): string | null {
  switch (typeof value) {
    case 'undefined':
      return null;
    case 'string':
      return value;
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'object':
      return value === null ? null : nestedText(value);
    default:
      return null;
  }
}

function nestedText(value: object): string {
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString('hex')}`;
  if (value instanceof Date) return value.toISOString();
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint')
      return Number.isSafeInteger(Number(part)) ? Number(part) : String(part);
    return part instanceof Map ? Object.fromEntries(part) : part;
  });
}
