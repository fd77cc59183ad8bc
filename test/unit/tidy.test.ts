/** House rules that no linter knows. A rule that is in the way gets changed here, with its reason, not worked around. */
import { describe, expect, test } from 'vitest';
import {
  existsInRepository,
  FOLDERS,
  reachable,
  readRepository,
  type SourceFile,
} from '../support/source-files.ts';

const LINES_MAX = 500;

const files = readRepository();
const byPath = new Map(files.map((file) => [file.path, file]));
const typescript = files.filter((file) => file.path.endsWith('.ts'));
/** What runs for users: not the tests, not the tools. */
const product = typescript.filter((file) => /^(coordinator|worker|shared|infra)\//.test(file.path));

/** `path:line: text` of every line that matches. */
function linesWith(pattern: RegExp, among: readonly SourceFile[]): readonly string[] {
  return among.flatMap((file) =>
    file.text
      .split('\n')
      .flatMap((line, index) =>
        pattern.test(line) ? [`${file.path}:${index + 1}: ${line.trim().slice(0, 120)}`] : [],
      ),
  );
}

// The patterns are built from pieces, so that this file does not match itself.
const word = (...pieces: readonly string[]): string => pieces.join('');

describe('text', () => {
  test('a note to do later says in a sentence what and why', () => {
    const marks = `\\b(${word('TO', 'DO')}|${word('FIX', 'ME')}|${word('XX', 'X')})\\b`;
    const marked = linesWith(new RegExp(marks), files);
    const sentence = new RegExp(`${marks}: (\\S+ ){5,}`);
    expect(marked.filter((line) => !sentence.test(line))).toEqual([]);
  });

  test('no path of one machine', () => {
    const pattern = new RegExp(
      word('(^|[\\s\'"`(=:])/(', 'work|root|home(?!/ann)|Users)/[a-zA-Z.]'),
    );
    expect(linesWith(pattern, files)).toEqual([]);
  });

  test('the lock file names no download address', () => {
    const lock = files.filter((file) => file.path === 'package-lock.json');
    expect(lock).toHaveLength(1);
    expect(linesWith(/"resolved": "http/, lock)).toEqual([]);
  });
});

test('no comment switches type checking off', () => {
  const pattern = new RegExp(word('@ts-', '(ignore|nocheck|expect-error)'));
  expect(linesWith(pattern, typescript)).toEqual([]);
});

describe('files', () => {
  test('every top-level folder says in a README what it is', () => {
    expect(FOLDERS.filter((folder) => !existsInRepository(`${folder}/README.md`))).toEqual([]);
  });

  test('every file begins with a sentence that says what it is', () => {
    // A unit test lies at the path of what it tests, which says it.
    const files = typescript.filter((file) => !file.path.startsWith('test/unit/'));
    const silent = files.filter((file) => !/^(\/\*\*|\/\/)/.test(file.text));
    expect(silent.map((file) => file.path)).toEqual([]);
  });

  test(`no file of the product has more than ${LINES_MAX} lines`, () => {
    const long = product.filter((file) => file.text.split('\n').length - 1 > LINES_MAX);
    expect(long.map((file) => file.path)).toEqual([]);
  });

  test('every script of package.json that runs a file runs one that exists', () => {
    const { scripts } = JSON.parse(byPath.get('package.json')?.text ?? '{}') as {
      readonly scripts: Readonly<Record<string, string>>;
    };
    const missing = Object.entries(scripts).flatMap(([name, command]) =>
      [...command.matchAll(/node (?:--\S+ )*([\w./-]+\.(?:ts|mjs))/g)]
        .filter(([, path]) => !existsInRepository(path!))
        .map(([, path]) => `${name}: ${path}`),
    );
    expect(missing).toEqual([]);
  });

  test('every file of the product is reached from a program, not from tests alone', () => {
    const programs = product.map((file) => file.path).filter((path) => path.startsWith('infra/'));
    const reached = reachable(programs, byPath);
    expect(product.map((file) => file.path).filter((path) => !reached.has(path))).toEqual([]);
  });
});

describe('determinism', () => {
  test('clock and chance come in as arguments', () => {
    const readers = word('\\b(Date\\.now|Math\\.random|performance\\.now|random', 'UUID)\\(');
    const pattern = new RegExp(`${readers}|new Date\\(\\)`);
    const engine = product.filter(
      (file) => !file.path.startsWith('infra/') && !/\/(main|config)\.ts$/.test(file.path),
    );
    expect(linesWith(pattern, engine)).toEqual([]);
  });

  test('no test is left out, and none alone is run', () => {
    const pattern = new RegExp(word('\\.(sk', 'ip|to', 'do|on', 'ly)\\('));
    expect(linesWith(pattern, typescript)).toEqual([]);
  });
});
