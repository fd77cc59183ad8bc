/** Runs the examples of the pages. DOCS_UPDATE=1 writes the oracle's answers into the pages instead: review the difference. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parsePage } from '../../../infra/tooling/docs-page.ts';
import { DOCS, EXECUTED_PAGES } from '../../../infra/tooling/generate-docs.ts';
import { goldenCsv } from '../../golden/golden-file.ts';
import type { GoldenFile, GoldenQuery } from '../../golden/golden-file.ts';
import { answerQuery, columnOf } from '../../golden/run-golden.ts';
import type { EngineAnswer } from '../../support/engine.ts';
import { askEngine, inlineTable, openTestEngine } from '../../support/engine.ts';

const engine = await openTestEngine();

for (const name of EXECUTED_PAGES) {
  const path = join(DOCS, name);
  if (process.env['DOCS_UPDATE'] === '1') updateAnswers(path);
  const page = parsePage(readFileSync(path, 'utf8')).golden;
  describe(name, () => {
    test.each(page.queries.map((query) => [query.line, query] as const))(
      'line %i',
      async (_, query) => {
        const answer = answerQuery(page, query);
        expect(answer.lines.join('\n')).toBe(query.answer.join('\n'));
        const ours = await askPage(page, query);
        expect(ours.kind === 'csv' ? ours.csv : null).toBe(answer.csv);
        expect(ours.kind).toBe(query.kind === 'error' ? 'rejected' : 'csv');
      },
    );
  });
}

function askPage(page: GoldenFile, query: GoldenQuery): Promise<EngineAnswer> {
  const { text, results, finalAt, changedSince, limit } = query;
  return askEngine(engine, {
    tables: page.tables.map((table) =>
      inlineTable({
        name: table.name,
        grouping: table.grouping,
        time: columnOf(table, 'time')!,
        key: columnOf(table, 'entity')!,
        subsort: columnOf(table, 'subsort'),
        texts: [goldenCsv(table)],
      }),
    ),
    views: page.views,
    query: text,
    results,
    ...(finalAt === undefined ? {} : { finalAt }),
    ...(changedSince === undefined ? {} : { changedSince }),
    ...(limit === undefined ? {} : { limit }),
  });
}

function updateAnswers(path: string): void {
  const lines = readFileSync(path, 'utf8').split('\n');
  const page = parsePage(lines.join('\n')).golden;
  for (const query of page.queries.toReversed()) {
    const answer = answerQuery(page, query).lines;
    lines.splice(query.answerStart, query.answerEnd - query.answerStart, ...answer);
  }
  writeFileSync(path, lines.join('\n'));
}
