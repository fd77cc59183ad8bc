/** One field of a JSON text (language.md 7.8): text of strings as is, compact JSON of other values. */

/**
 * The field `name` of the object in `text`; null for JSON null, a missing field, another kind of value, or a text that
 * is not JSON. Numbers keep the digits of the source and nested objects their order; of equal names the last one counts.
 */
export function jsonField(text: string, name: string): string | null {
  try {
    // Validates the text; the values are read from the source below, as parsing loses digits and order.
    JSON.parse(text);
  } catch {
    return null;
  }
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g) ?? [];
  if (tokens[0] !== '{') return null;
  let found: string | null = null;
  let at = 1;
  while (tokens[at] !== '}') {
    const key = JSON.parse(tokens[at]!) as string;
    let end = at + 2;
    for (let depth = 0; depth > 0 || (tokens[end] !== ',' && tokens[end] !== '}'); end++) {
      if (tokens[end] === '{' || tokens[end] === '[') depth++;
      if (tokens[end] === '}' || tokens[end] === ']') depth--;
    }
    if (key === name) found = tokens.slice(at + 2, end).join('');
    at = tokens[end] === ',' ? end + 1 : end;
  }
  if (found === null || found === 'null') return null;
  return found.startsWith('"') ? (JSON.parse(found) as string) : found;
}
