/** The files of this repository, read for tests about the repository itself. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

export const REPOSITORY = join(import.meta.dirname, '../..');

/** The top-level folders, all of which hold code. */
export const FOLDERS = ['coordinator', 'worker', 'shared', 'infra', 'test'] as const;

const IGNORED = new Set(['node_modules', 'dist', '.git', '.millrace', 'demo-out', 'coverage']);
const TEXT = /\.(ts|mjs|js|json|md|yaml|yml|html|css|txt|sh)$|(^|\/)(Dockerfile|run|\.[a-z]+)$/;

export interface SourceFile {
  /** Relative to the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** Every text file of the repository, in the order of its paths. */
export function readRepository(): readonly SourceFile[] {
  const paths: string[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (IGNORED.has(entry.name)) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile() && TEXT.test(path)) paths.push(relative(REPOSITORY, path));
    }
  };
  walk(REPOSITORY);
  return paths.toSorted().map((path) => ({
    path: path.replaceAll('\\', '/'),
    text: readFileSync(join(REPOSITORY, path), 'utf8'),
  }));
}

/** The paths that are reached from `roots` over relative imports and other relative paths in string literals. */
export function reachable(
  roots: readonly string[],
  files: ReadonlyMap<string, SourceFile>,
): ReadonlySet<string> {
  const seen = new Set<string>();
  const waiting = [...roots];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const file = files.get(path);
    if (file === undefined || seen.has(path)) continue;
    seen.add(path);
    for (const [, name] of file.text.matchAll(/['"`](\.{1,2}\/[^'"`\s]+)['"`]/g)) {
      const target = join(dirname(path), name!);
      waiting.push(target, `${target}.ts`);
    }
  }
  return seen;
}

export function existsInRepository(path: string): boolean {
  return existsSync(join(REPOSITORY, path));
}
