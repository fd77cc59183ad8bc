/**
 * `npm run conformance [-- options of the runner]`: the published results of the language against the embedded engine.
 *
 * With `--if-present` first, its absence is said and no failure, as `npm test` wants it.
 * The suite is not part of this repository. It is looked for in MILLRACE_CONFORMANCE, else beside the checkout.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = join(import.meta.dirname, '../..');
const suite = resolve(process.env['MILLRACE_CONFORMANCE'] ?? join(root, '../shared/conformance'));
// The runner compares its own path with the one it was started by, so a link to it would run nothing.
const runner = existsSync(suite) ? join(realpathSync(suite), 'run.mjs') : join(suite, 'run.mjs');
/** Cases that do not pass, each with its reason as a comment. */
const knownFailures = join(root, 'test/conformance/known-failures.txt');

const [flag, ...others] = process.argv.slice(2);
const ifPresent = flag === '--if-present';
if (existsSync(runner)) {
  const { status } = spawnSync(
    process.execPath,
    [
      runner,
      join(root, 'test/conformance/executor.ts'),
      '--allow-fail-file',
      knownFailures,
      ...(ifPresent ? others : process.argv.slice(2)),
    ],
    { stdio: 'inherit' },
  );
  process.exitCode = status ?? 1;
} else if (ifPresent) {
  console.log(
    `Conformance: skipped, there is no suite in ${suite} (MILLRACE_CONFORMANCE names another place).`,
  );
} else {
  console.error(`No conformance suite in ${suite}: set MILLRACE_CONFORMANCE to its folder.`);
  process.exitCode = 2;
}
