/** Runs every golden file. GOLDEN_UPDATE=1 writes the oracle's answers into the files instead: review the difference. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseGoldenFile } from './golden-file.ts';
import { answerQuery } from './run-golden.ts';

const folder = import.meta.dirname;
const isUpdate = process.env['GOLDEN_UPDATE'] === '1';

for (const name of readdirSync(folder)
  .filter((entry) => entry.endsWith('.golden'))
  .sort()) {
  const path = join(folder, name);
  const file = parseGoldenFile(readFileSync(path, 'utf8'));
  if (isUpdate) {
    const lines = [...file.lines];
    for (const query of file.queries.toReversed()) {
      const answer = answerQuery(file, query).lines;
      lines.splice(query.answerStart, query.answerEnd - query.answerStart, ...answer);
    }
    writeFileSync(path, `${lines.join('\n')}\n`);
  }
  describe(name, () => {
    const current = parseGoldenFile(readFileSync(path, 'utf8'));
    for (const query of current.queries) {
      test(`line ${query.line}: ${query.text.split('\n')[0]}`, () => {
        const answer = answerQuery(current, query);
        expect(answer.lines.join('\n')).toBe(query.answer.join('\n'));
        expect(answer.csv === null).toBe(query.kind === 'error');
      });
    }
  });
}
