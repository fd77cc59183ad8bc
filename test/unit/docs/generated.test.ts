import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DOCS, generatedDocs } from '../../../infra/tooling/generate-docs.ts';

const generated = generatedDocs();

describe('what is committed is what infra/tooling/generate-docs.ts writes', () => {
  test.each([...generated])('%s', (path, text) => {
    expect(existsSync(join(DOCS, path)) ? readFileSync(join(DOCS, path), 'utf8') : null).toBe(text);
  });

  test('no picture is left over', () => {
    const drawn = readdirSync(join(DOCS, 'images')).map((name) => `images/${name}`);
    expect(drawn.filter((path) => !generated.has(path))).toEqual([]);
  });
});

describe('links between the pages lead somewhere', () => {
  const pages = readdirSync(DOCS).filter((name) => name.endsWith('.md'));
  test.each(pages)('%s', (name) => {
    const text = readFileSync(join(DOCS, name), 'utf8');
    const broken = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map((match) => match[1]!)
      .filter((target) => !/^https?:/.test(target))
      .filter((target) => {
        const [path, anchor] = target.split('#') as [string, string | undefined];
        const file = path === '' ? join(DOCS, name) : join(dirname(join(DOCS, name)), path);
        if (!existsSync(file)) return true;
        return anchor !== undefined && !anchorsOf(readFileSync(file, 'utf8')).includes(anchor);
      });
    expect(broken).toEqual([]);
  });
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
