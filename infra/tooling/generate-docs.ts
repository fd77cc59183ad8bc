/**
 * `node infra/tooling/generate-docs.ts` writes what of docs/ follows from something else: the reference of functions,
 * and the pictures of the pages. A test compares what is committed.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { renderFunctions } from './docs-functions.ts';
import { parsePage } from './docs-page.ts';
import { drawTimeline } from './docs-timeline.ts';

export const DOCS: string = join(import.meta.dirname, '../../docs');

/** Pages whose examples are executed. */
export const EXECUTED_PAGES: readonly string[] = readdirSync(DOCS).filter(
  (name) =>
    name.endsWith('.md') && readFileSync(join(DOCS, name), 'utf8').includes('\n```golden\n'),
);

/** Path below docs/ → text. */
export function generatedDocs(): ReadonlyMap<string, string> {
  const files = new Map([['functions.md', renderFunctions()]]);
  for (const name of EXECUTED_PAGES) {
    const { golden, pictures } = parsePage(readFileSync(join(DOCS, name), 'utf8'));
    for (const picture of pictures) files.set(picture.path, drawTimeline(golden, picture));
  }
  return files;
}

if (import.meta.main) {
  for (const [path, text] of generatedDocs()) {
    const target = join(DOCS, path);
    if (existsSync(target) && readFileSync(target, 'utf8') === text) continue;
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
    console.log(`wrote docs/${path}`);
  }
}
