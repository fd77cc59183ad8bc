import { expect, it } from 'vitest';
import { f32Text, f64Text } from '../../../../shared/kernel/float-text.ts';

it.each([
  [10, '10.0'],
  [0.00012, '0.00012'],
  [0.00001, '0.00001'],
  [1e-6, '1.0e-6'],
  [2.5e10, '2.5e10'],
  [1e10, '1.0e10'],
  [9999999999, '9999999999.0'],
  [-3.25e300, '-3.25e300'],
  [1e21, '1.0e21'],
  [5e-324, '5.0e-324'],
  [-2.5, '-2.5'],
  [0, '0.0'],
  [-0, '-0.0'],
  [6.666666666666666, '6.666666666666666'],
  [NaN, 'NaN'],
  [Infinity, 'inf'],
  [-Infinity, '-inf'],
])('writes the f64 %d as %s', (value, text) => {
  expect(f64Text(value)).toBe(text);
});

it.each([
  [0.1, '0.1'],
  [-1234.5, '-1234.5'],
  [16777216, '16777216.0'],
  [3.4028234663852886e38, '3.4028235e38'],
  [1e-45, '1.0e-45'],
  [0.00012, '0.00012'],
  [1e10, '1.0e10'],
  [9e9, '9000000000.0'],
])('writes the f32 nearest to %d as %s', (value, text) => {
  expect(f32Text(Math.fround(value))).toBe(text);
});
