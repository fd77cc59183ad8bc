/** A few hundred random queries, the same ones every time; `run.ts` beside this file tries others, and repeats and shrinks one. */
import { describe, expect, test } from 'vitest';
import { caseSeed, describeCase, makeCase } from './case.ts';
import { compareCase, printDifference, someTunings } from './compare.ts';

const SEED = 20_240_101;
const CASES = 240;
const CASES_PER_TEST = 40;
const TUNINGS = 3;

describe('the engine gives the oracle’s text however the work is cut', () => {
  for (let first = 0; first < CASES; first += CASES_PER_TEST) {
    test(`cases ${first} … ${first + CASES_PER_TEST - 1} of seed ${SEED}`, async () => {
      for (let index = first; index < first + CASES_PER_TEST; index++) {
        const testCase = makeCase(caseSeed(SEED, index));
        const comparison = await compareCase(testCase, someTunings(index, TUNINGS));
        if (comparison.kind !== 'different') continue;
        const replay = `node test/differential/run.ts --seed ${SEED} --case ${index}`;
        const difference = printDifference(comparison.expected, comparison.actual);
        expect.fail(
          `${replay}\n${describeCase(testCase)}\n${JSON.stringify(comparison.tuning)}\n${difference}`,
        );
      }
    });
  }
});
