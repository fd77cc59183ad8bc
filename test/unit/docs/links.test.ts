import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { REPOSITORY, readRepository } from '../../support/source-files.ts';

const pages = readRepository().filter(({ path }) => path.endsWith('.md'));

describe('links of pages lead somewhere', () => {
  test.each(pages.map(({ path, text }) => [path, text] as const))('%s', (path, text) => {
    const broken = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map((match) => match[1]!)
      .filter((target) => !/^(https?|mailto):/.test(target))
      .filter((target) => {
        const [name, anchor] = target.split('#') as [string, string | undefined];
        const file = join(REPOSITORY, name === '' ? path : join(dirname(path), name));
        if (!existsSync(file)) return true;
        return anchor !== undefined && !anchorsOf(readFileSync(file, 'utf8')).includes(anchor);
      });
    expect(broken).toEqual([]);
  });
});

test('the places that coordinator/SPEC.md says hold its invariants are there', () => {
  const text = readFileSync(join(REPOSITORY, 'coordinator/SPEC.md'), 'utf8');
  const rows = text.split('\n').filter((line) => /^\| \d+ \|/.test(line));
  const missing = rows.flatMap((row) => {
    let code = '';
    const words = row.split('|')[3]!.matchAll(/`([^`]+)`/g);
    return [...words].flatMap(([, word]) => {
      if (!word!.endsWith('.ts')) return code.includes(word!) ? [] : [`${word!}: ${row}`];
      const file = ['coordinator', '.']
        .map((folder) => join(REPOSITORY, folder, word!))
        .find((path) => existsSync(path));
      code = file === undefined ? '' : readFileSync(file, 'utf8');
      return file === undefined ? [`${word!}: ${row}`] : [];
    });
  });
  expect(rows.length).toBeGreaterThan(15);
  expect(missing).toEqual([]);
});

/** The anchors of headings, as GitHub makes them. */
function anchorsOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}
