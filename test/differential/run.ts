/**
 * Compares random queries on the engine and the oracle until told to stop.
 *
 *   node test/differential/run.ts --count 20000 --seed 1     cases 0 … 19999 of seed 1
 *   node test/differential/run.ts --seed 1 --case 417        one of them, with every tuning
 *   node test/differential/run.ts … --tunings 6              tunings per case (default 4)
 */
import { parseArgs } from 'node:util';
import { caseSeed, describeCase, makeCase } from './case.ts';
import type { DifferentialCase } from './case.ts';
import { MATRIX, compareCase, printDifference, someTunings } from './compare.ts';
import { shrink } from './shrink.ts';

/** Failing cases that are shrunk and printed before a run stops. */
const FAILURES_MAX = 5;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    case: { type: 'string' },
    tunings: { type: 'string', default: '4' },
  },
});
const seed = Number(values.seed);
const only = values.case === undefined ? null : Number(values.case);
const start = only ?? 0;
const end = only === null ? Number(values.count) : only + 1;
const tally = { equal: 0, withRows: 0, rejected: 0, different: 0 };

for (let index = start; index < end && tally.different < FAILURES_MAX; index++) {
  const testCase = makeCase(caseSeed(seed, index));
  const tunings =
    only === null ? someTunings(caseSeed(seed, index), Number(values.tunings)) : MATRIX;
  const comparison = await compareCase(testCase, tunings);
  tally[comparison.kind]++;
  if (comparison.kind === 'equal' && comparison.rows > 0) tally.withRows++;
  if (comparison.kind === 'different') await report(index, testCase, comparison.tuning);
  if ((index + 1) % 500 === 0) console.log(`${index + 1} cases`, JSON.stringify(tally));
}
console.log(`seed ${seed}`, JSON.stringify(tally));
process.exitCode = tally.different > 0 ? 1 : 0;

async function report(
  index: number,
  testCase: DifferentialCase,
  tuning: (typeof MATRIX)[number],
): Promise<void> {
  const differs = async (candidate: DifferentialCase): Promise<boolean> => {
    try {
      return (await compareCase(candidate, [tuning])).kind === 'different';
    } catch {
      // The candidate is no case at all, for instance because a table lost the rows that gave a column its type.
      return false;
    }
  };
  const smallest = await shrink(testCase, differs);
  const comparison = await compareCase(smallest, [tuning]);
  console.log(`\n=== case ${index}: node test/differential/run.ts --seed ${seed} --case ${index}`);
  console.log(describeCase(smallest));
  console.log(`tuning ${JSON.stringify(tuning)}`);
  if (comparison.kind === 'different') {
    console.log(printDifference(comparison.expected, comparison.actual));
  }
}
