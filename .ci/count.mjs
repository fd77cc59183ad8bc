/**
 * Reads a JSON report of tests and prints `PASSED FAILED`.
 *
 *   node count.mjs REPORT PASSED-KEY FAILED-KEY EXIT-STATUS
 *
 * The key `unexpected` stands for failures that are no known difference, and for known ones that are none any more.
 */
import { readFileSync } from 'node:fs';

const [report, passedKey, failedKey, status] = process.argv.slice(2);

let passed = 0;
let failed = 0;
try {
  const found = JSON.parse(readFileSync(report, 'utf8'));
  passed = found[passedKey];
  failed =
    failedKey === 'unexpected'
      ? found.unexpectedFailures.length + found.unexpectedPasses.length
      : found[failedKey];
} catch (error) {
  // A stage that says nothing has not passed, whatever its exit status.
  console.error(`no report: ${error.message}`);
  failed = 1;
}
if (status !== '0' && failed === 0) failed = 1;
console.log(`${passed} ${failed}`);
