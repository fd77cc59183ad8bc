/** The relations of metamorphic.ts, on random queries, for the oracle and for the engine. */
import { describe, expect, test } from 'vitest';
import { parseTimestamp } from '../support/oracle/text.ts';
import { openTestEngine } from '../support/engine.ts';
import { Rng } from '../support/generate/rng.ts';
import { caseSeed, describeCase, expectedOf, makeCase } from './case.ts';
import type { DifferentialCase } from './case.ts';
import { engineText, someTunings } from './compare.ts';
import {
  comparedLines,
  expectedLines,
  laterEvents,
  otherEntity,
  shiftedTimes,
} from './metamorphic.ts';
import type { Relation } from './metamorphic.ts';

const SEED = 7;

async function oracleText(testCase: DifferentialCase): Promise<string | null> {
  const expected = expectedOf(testCase);
  return expected.kind === 'csv' ? expected.csv : null;
}

async function engineAnswer(testCase: DifferentialCase): Promise<string | null> {
  if (expectedOf(testCase).kind !== 'csv') return null;
  const engine = await openTestEngine();
  try {
    return await engineText(engine, testCase, someTunings(SEED, 2)[1]!);
  } finally {
    await engine.close();
  }
}

/** The relation that a random case gives rise to, if any. */
function laterRelation(testCase: DifferentialCase, rng: Rng): Relation | null {
  const rows = testCase.tables.flatMap((table) => table.files.flat().map((row) => row[0]!));
  return rows.length === 0 ? null : laterEvents(testCase, parseTimestamp(rng.pick(rows))!);
}

function entityRelation(testCase: DifferentialCase, rng: Rng): Relation | null {
  return otherEntity(testCase, rng.pick(['ann', 'bob', 'cy', 'dee', '1', '2']));
}

function shiftRelation(testCase: DifferentialCase, rng: Rng): Relation | null {
  return shiftedTimes(testCase, rng.pick([-400, -1, 1, 31, 1000]));
}

const relations = [
  ['later events change nothing before them', laterRelation],
  ['the events of one entity change nothing of another', entityRelation],
  ['all times later give the same rows later', shiftRelation],
] as const;

const answers = [
  ['oracle', oracleText, 1500],
  ['engine', engineAnswer, 250],
] as const;

for (const [name, answer, cases] of answers) {
  describe(name, () => {
    for (const [title, relate] of relations) {
      test(`${title} (${cases} cases)`, async () => {
        let compared = 0;
        for (let index = 0; index < cases; index++) {
          const testCase = makeCase(caseSeed(SEED, index));
          const relation = relate(testCase, new Rng(index));
          if (relation === null) continue;
          const [before, after] = [await answer(relation.before), await answer(relation.after)];
          if (before === null || after === null) continue;
          compared++;
          expect(comparedLines(relation, after), describeCase(relation.after)).toEqual(
            expectedLines(relation, before),
          );
        }
        expect(compared).toBeGreaterThan(cases / 50);
      });
    }
  });
}
