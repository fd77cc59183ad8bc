/**
 * The package as its users get it: packed, installed into an empty folder without this checkout's tools on the PATH, and a
 * query run on two threads by `npx millrace`. Run by `npm run test:package`.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
const STEP_MS_MAX = 300_000;

const ORDERS = `at,customer,amount
2024-01-01T10:00:00Z,ann,5
2024-01-01T11:00:00Z,bob,7
2024-01-02T09:00:00Z,ann,10
`;

/** By hand: ann's sum is 5, then 15; bob's is 7. */
const EXPECTED: readonly (readonly [string, string, string])[] = [
  ['2024-01-01T10:00:00.000000000', 'ann', '5'],
  ['2024-01-01T11:00:00.000000000', 'bob', '7'],
  ['2024-01-02T09:00:00.000000000', 'ann', '15'],
];

function tryPackage(folder: string): void {
  const packed = join(folder, 'packed');
  const home = join(folder, 'home');
  execFileSync('mkdir', ['-p', packed, home]);
  run('npm', ['pack', '--silent', '--pack-destination', packed], CHECKOUT, process.env);
  const tarball = readdirSync(packed).find((name) => name.endsWith('.tgz'));
  if (tarball === undefined) throw new Error('npm pack left no tarball');
  const environment = cleanEnvironment(join(folder, 'store'));
  run('npm', ['init', '--yes'], home, environment);
  // Node itself comes as a package too, as for anyone whose own Node is too old.
  run(
    'npm',
    ['install', '--no-audit', '--no-fund', join(packed, tarball), `node@${nodeVersion()}`],
    home,
    environment,
  );
  writeFileSync(join(home, 'orders.csv'), ORDERS);
  const table = ['--table', 'Orders=orders.csv', '--time', 'at', '--key', 'customer'];
  const query = '{ spent: sum(Orders.amount) }';
  const text = run(
    'npx',
    ['millrace', 'query', ...table, '--threads', '2', query],
    home,
    environment,
  );
  const rows = text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));
  const seen = rows.map((row) => [row[0], row[3], row[4]]);
  if (JSON.stringify(seen) !== JSON.stringify(EXPECTED)) {
    throw new Error(`the installed package answered\n${text}`);
  }
  console.log(`package: ${tarball} installs and answers a query on two threads`);
}

/** Neither this checkout's programs nor npm's notes about it. */
function cleanEnvironment(store: string): NodeJS.ProcessEnv {
  const path = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((part) => !part.includes('node_modules'));
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD|NODE)/.test(name));
  return { ...Object.fromEntries(kept), PATH: path.join(delimiter), MILLRACE_STORE: store };
}

function nodeVersion(): string {
  const text = readFileSync(join(CHECKOUT, 'package.json'), 'utf8');
  const version: unknown = JSON.parse(text).devDependencies?.node;
  if (typeof version !== 'string') throw new Error('package.json names no version of node');
  return version;
}

function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): string {
  return execFileSync(command, args, {
    cwd,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: STEP_MS_MAX,
  });
}

const folder = mkdtempSync(join(tmpdir(), 'millrace-package-'));
try {
  tryPackage(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
