/** The build of the engine: package version and Node, whose arithmetic and Unicode tables are part of a result. */
import { readFileSync } from 'node:fs';

let known: string | null = null;

export function engineVersion(): string {
  known ??= `${packageVersion()}+node${process.versions.node}-icu${process.versions['icu'] ?? 'none'}`;
  return known;
}

function packageVersion(): string {
  // Beside infra/ in a checkout, beside dist/ in the package.
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const text = readFileSync(new URL(path, import.meta.url), 'utf8');
      const found: unknown = JSON.parse(text);
      if (typeof found === 'object' && found !== null && 'version' in found)
        return String(found.version);
    } catch {
      // Not there: the other place has it.
    }
  }
  throw new Error('package.json is missing beside the program');
}
