import { describe, expect, test } from 'vitest';
import { checkQuery } from '../../../../coordinator/check/check-query.ts';
import { FUNCTIONS, publicFunctionNames } from '../../../../coordinator/functions/registry.ts';
import { formatDiagnostic } from '../../../../coordinator/language/diagnostics/render.ts';
import { TABLES } from '../check/support.ts';

/** Names that examples of collections use for lists and maps, which have no literals. */
const FORMULAS = [
  { name: 'm', text: 'Lists.m' },
  { name: 'l', text: 'Lists.l' },
  { name: 'a', text: 'Lists.a' },
  { name: 'b', text: 'Lists.a' },
];

function checkExample(expression: string): ReturnType<typeof checkQuery> {
  return checkQuery({ query: expression, formulas: FORMULAS, tables: TABLES, kind: 'formula' });
}

test('80 functions and 3 special forms (language.md 7)', () => {
  const byFamily = Object.groupBy(FUNCTIONS.values(), ({ family }) => family);
  expect(FUNCTIONS.size).toBe(83);
  expect(byFamily['records']!.map(({ name }) => name)).toEqual([
    'extend',
    'select_fields',
    'remove_fields',
  ]);
});

test('internal functions are not suggested, special forms and operators are', () => {
  const names = publicFunctionNames();
  for (const name of ['lookup', 'extend', 'select_fields', 'remove_fields', 'add', 'logical_or']) {
    expect(names).toContain(name);
  }
  for (const name of [
    'json',
    'collect',
    'index',
    'get',
    'list_len',
    'flatten',
    'union',
    'finished',
  ]) {
    expect(names).not.toContain(name);
    expect(FUNCTIONS.has(name)).toBe(true);
  }
});

test('aggregations take a window by keyword', () => {
  for (const { entry, signature } of FUNCTIONS.values()) {
    if (entry.kind !== 'aggregate') continue;
    expect(signature.parameters.at(-1)).toMatchObject({ name: 'window', defaultValue: null });
  }
});

describe('examples', () => {
  test.each([...FUNCTIONS.values()].map(({ name, entry }) => [name, entry] as const))(
    '%s',
    (_, { doc, example }) => {
      expect(doc).toMatch(/\.$/);
      const { expr, diagnostics } = checkExample(example.expression);
      expect(diagnostics.map(formatDiagnostic).join('')).toBe('');
      expect(expr).not.toBeNull();
      if (expr?.op !== 'literal') return;
      const text = checkExample(`(${example.expression}) as string`).expr;
      expect(text).toMatchObject({ op: 'literal', value: example.result });
    },
  );
});
