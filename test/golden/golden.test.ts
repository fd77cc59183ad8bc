/**
 * Runs every golden file on the oracle and, cut in several ways, on the engine. GOLDEN_UPDATE=1 writes the oracle's
 * answers into the files first: review the difference.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../coordinator/engine.ts';
import type { Tuning } from '../../shared/wire/query-request.ts';
import { openTestEngine } from '../support/engine.ts';
import { parseGoldenFile } from './golden-file.ts';
import { answerQuery, engineResult } from './run-golden.ts';

const folder = import.meta.dirname;
const isUpdate = process.env['GOLDEN_UPDATE'] === '1';

const TUNINGS: readonly Tuning[] = [
  { ranges: 1, slices: 1, batchRows: 4096 },
  { ranges: 1, slices: 1, batchRows: 1, disableRules: ['all'] },
  { ranges: 4, slices: 3, batchRows: 1 },
  { ranges: 16, slices: 8, batchRows: 2, disableRules: ['all'] },
];

for (const name of readdirSync(folder)
  .filter((entry) => entry.endsWith('.golden'))
  .toSorted()) {
  const path = join(folder, name);
  if (isUpdate) update(path);
  const file = parseGoldenFile(readFileSync(path, 'utf8'));
  describe(name, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await openTestEngine();
    });
    afterAll(() => engine.close());
    for (const query of file.queries) {
      test(`line ${query.line}: ${query.text.split('\n')[0]}`, async () => {
        const answer = answerQuery(file, query);
        expect(answer.lines.join('\n')).toBe(query.answer.join('\n'));
        expect(answer.csv === null).toBe(query.kind === 'error');
        for (const tuning of TUNINGS) {
          const result = await engineResult(engine, file, query, tuning);
          expect(result, JSON.stringify(tuning)).toEqual(answer.csv ?? answer.lines);
        }
      });
    }
  });
}

function update(path: string): void {
  const file = parseGoldenFile(readFileSync(path, 'utf8'));
  const lines = [...file.lines];
  // From the end, so that the places before stay where they are.
  for (const query of file.queries.toReversed()) {
    const answer = answerQuery(file, query).lines;
    lines.splice(query.answerStart, query.answerEnd - query.answerStart, ...answer);
  }
  writeFileSync(path, `${lines.join('\n')}\n`);
}
