import { expect, test } from 'vitest';
import {
  didYouMean,
  editDistance,
  quoteNames,
  similarNames,
} from '../../../../../coordinator/language/diagnostics/similar-names.ts';
import { publicFunctionNames } from '../../../../../coordinator/functions/registry.ts';

test('edit distance counts insertions, deletions and substitutions', () => {
  expect(editDistance('kitten', 'sitting')).toBe(3);
  expect(editDistance('', 'abc')).toBe(3);
  expect(editDistance('same', 'same')).toBe(0);
});

test('five names, by distance and then alphabetically (language.md 9.3)', () => {
  expect(quoteNames(similarNames('cel', publicFunctionNames()))).toBe(
    "'ceil', 'eq', 'len', 'mul', 'neg'",
  );
});

test('no candidates are none', () => {
  expect(quoteNames(similarNames('x', []))).toBe('none');
});

test('only a close name is suggested as meant', () => {
  expect(didYouMean('amout', ['amount'])).toBe("; did you mean 'amount'?");
  expect(didYouMean('amout', ['price'])).toBe('');
  expect(didYouMean('amout', [])).toBe('');
});

test('the cost does not grow with the length of a name', () => {
  const started = performance.now();
  similarNames(
    'x'.repeat(1_000_000),
    Array.from({ length: 1000 }, (_, i) => `name${i}`),
  );
  expect(performance.now() - started).toBeLessThan(2000);
});
