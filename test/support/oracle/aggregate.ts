/** Aggregations and windows (language.md, section 4): update, emit, then reset, row by row and per entity. */
import type { AggregateExpr } from '../../../coordinator/check/typed-expr.ts';
import type { DataType } from '../../../shared/types/data-type.ts';
import { align, constant } from './timeline.ts';
import type { Timeline } from './timeline.ts';
import { isFloat, roundFloat, saturatedInteger } from './value.ts';
import type { Value } from './value.ts';

/** What an aggregation remembers of one part of a window. */
interface Part {
  count: number;
  /** Of sum, min, max, first and last; null before the first input. */
  value: Value;
  mean: number;
  /** Sum of squared distances from the mean. */
  squares: number;
  items: Value[];
}

const newPart = (): Part => ({ count: 0, value: null, mean: 0, squares: 0, items: [] });

type Rule = Pick<AggregateExpr, 'fn' | 'max' | 'min'> & { readonly inputType: DataType };

/** The timeline of an aggregation; `condition` is null without a window. */
export function aggregate(
  expr: AggregateExpr,
  input: Timeline,
  condition: Timeline | null,
): Timeline {
  const rule: Rule = { fn: expr.fn, max: expr.max, min: expr.min, inputType: expr.input.type };
  const partsMax = expr.window?.kind === 'sliding' ? expr.window.parts : 1;
  const { domain, moved } = align([input, condition ?? constant(null)] as const);
  const [values, conditions] = moved;
  if (domain === null) return constant(resultOf(rule, [newPart()]));

  const partsOf = new Map<bigint, Part[]>();
  const results = domain.rows.map((row, i) => {
    const parts = partsOf.get(row.hash) ?? [newPart()];
    partsOf.set(row.hash, parts);
    const value = values.values[i]!;
    if (values.isNew[i] && value !== null) addTo(rule, parts.at(-1)!, value);
    const result = resultOf(rule, parts);
    if (conditions.values[i] === true) {
      parts.push(newPart());
      if (parts.length > partsMax) parts.shift();
    }
    return result;
  });
  return {
    domain,
    values: results,
    isNew: domain.rows.map((_, i) => values.isNew[i]! || conditions.isNew[i]!),
    continuous: true,
  };
}

function addTo(rule: Rule, part: Part, value: Value): void {
  switch (rule.fn) {
    case 'count':
      part.count++;
      break;
    case 'count_if':
      if (value === true) part.count++;
      break;
    case 'sum':
      part.value = add(rule, part.value, value);
      break;
    case 'min':
    case 'max':
      part.value = pick(rule, part.value, value);
      break;
    case 'first':
      part.value ??= value;
      break;
    case 'last':
      part.value = value;
      break;
    case 'collect':
      part.items.push(value);
      break;
    case 'mean':
    case 'variance':
    case 'stddev': {
      // Welford, "Note on a method for calculating corrected sums of squares and products", 1962.
      const x = Number(value);
      part.count++;
      const distance = x - part.mean;
      part.mean += distance / part.count;
      part.squares += distance * (x - part.mean);
    }
  }
}

/** What the live parts, oldest first, come to together. */
function resultOf(rule: Rule, parts: readonly Part[]): Value {
  switch (rule.fn) {
    case 'count':
    case 'count_if':
      return parts.reduce((count, part) => count + part.count, 0);
    case 'sum':
      return foldValues(parts, (a, b) => add(rule, a, b));
    case 'min':
    case 'max':
      return foldValues(parts, (a, b) => pick(rule, a, b));
    case 'first':
      return foldValues(parts, (a) => a);
    case 'last':
      return foldValues(parts, (_, b) => b);
    case 'mean': {
      const whole = parts.reduce(joinMoments);
      return whole.count === 0 ? null : whole.mean;
    }
    case 'variance':
    case 'stddev': {
      const whole = parts.reduce(joinMoments);
      if (whole.count < 2) return null;
      const variance = whole.squares / whole.count;
      return rule.fn === 'variance' ? variance : Math.pow(variance, 0.5);
    }
    case 'collect': {
      const items = parts.flatMap((part) => part.items);
      const kept = rule.max === null ? items : items.slice(-rule.max);
      return kept.length < (rule.min ?? 0) ? null : kept;
    }
  }
}

function foldValues(parts: readonly Part[], join: (a: Value, b: Value) => Value): Value {
  const values = parts.map((part) => part.value).filter((value) => value !== null);
  return values.length === 0
    ? null
    : values.reduce<Value>((a, b) => (a === null ? b : join(a, b)), null);
}

/** Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979. */
function joinMoments(a: Part, b: Part): Part {
  if (a.count === 0 || b.count === 0) return a.count === 0 ? b : a;
  const count = a.count + b.count;
  const distance = b.mean - a.mean;
  return {
    ...a,
    count,
    mean: a.mean + (distance * b.count) / count,
    squares: a.squares + b.squares + (distance * distance * a.count * b.count) / count,
  };
}

/** Sums of integers stop at the bounds of the type. */
function add(rule: Rule, total: Value, value: Value): Value {
  if (total === null) return value;
  const type = rule.inputType;
  return isFloat(type)
    ? roundFloat(type, (total as number) + (value as number))
    : saturatedInteger(type, BigInt(total as number | bigint) + BigInt(value as number | bigint));
}

/** The smaller or larger one; NaN only as long as there is nothing else, and of 0.0 and -0.0 the first. */
function pick(rule: Rule, best: Value, value: Value): Value {
  if (best === null || Number.isNaN(best)) return value;
  const isBetter =
    rule.fn === 'min'
      ? (value as number | bigint) < (best as number | bigint)
      : (value as number | bigint) > (best as number | bigint);
  return isBetter ? value : best;
}
