/** Compiles the published package into dist/: JavaScript and declarations by tsc, other files as they are. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

const FOLDERS = ['coordinator', 'worker', 'shared', 'infra'];
/** Not part of the package: only for developing it. */
const LEFT_OUT = ['infra/tooling', 'infra/services'];
/** Everything else that the program reads at run time lies beside its source and is copied. */
const NOT_COPIED = /\.(ts|mjs|md)$/;

const root = join(import.meta.dirname, '../..');
const target = join(root, 'dist');

rmSync(target, { recursive: true, force: true });
execFileSync(
  process.execPath,
  [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'],
  {
    cwd: root,
    stdio: 'inherit',
  },
);

for (const folder of FOLDERS) {
  for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(root.length + 1);
    if (!entry.isFile() || NOT_COPIED.test(path)) continue;
    if (LEFT_OUT.some((left) => path.startsWith(`${left}/`))) continue;
    mkdirSync(dirname(join(target, path)), { recursive: true });
    cpSync(join(root, path), join(target, path));
  }
}

// tsc rewrites the extension in imports, not in URLs: a worker thread named by one would be missing.
for (const entry of readdirSync(target, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  if (!entry.isFile() || !path.endsWith('.js')) continue;
  const line = readFileSync(path, 'utf8')
    .split('\n')
    .find((text) => /new URL\([^)]*\.ts['"`]/.test(text));
  if (line !== undefined) {
    throw new Error(
      `${path.slice(root.length + 1)}: \`${line.trim()}\` names a .ts file, which the package does not have`,
    );
  }
}
