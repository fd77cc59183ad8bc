import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
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
