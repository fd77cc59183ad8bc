/** Typed nodes of aggregations, `collect` and `lag` (language.md 4). */
import { assert } from '../../shared/base/assert.ts';
import { BOOL, I64 } from '../../shared/types/data-type.ts';
import type { DataType } from '../../shared/types/data-type.ts';
import { diagnostic } from '../language/diagnostics/diagnostic.ts';
import { FAILED, constantValue, joinFacts } from './checked.ts';
import type { Checked, Value, WindowValue } from './checked.ts';
import type { CheckContext } from './context.ts';
import { showType } from './record-type.ts';
import { argument, freeTickAfter, valueOf } from './typed-call.ts';
import type { TypedCall } from './typed-call.ts';
import type { AggregateExpr, AggregateFunction } from './typed-expr.ts';

export function buildAggregate(context: CheckContext, call: TypedCall): Checked {
  const { definition, nameSpan } = call;
  const inputArg = argument(call, 'input');
  let input = valueOf(inputArg);
  if (definition.name === 'count_if') {
    const { type } = input.expr;
    if (type.kind !== 'bool' && type.kind !== 'null') {
      const message = "Invalid types for parameter 'input' in call to 'count_if'";
      const secondary = [{ span: inputArg.span, text: `Actual type: ${showType(type)}` }];
      const notes = ["Expected 'bool'"];
      context.diagnostics.report(diagnostic('E0010', message, { at: nameSpan, secondary, notes }));
      return FAILED;
    }
    const cast = context.cast(input, BOOL);
    if (cast.kind === 'failed') return FAILED;
    input = cast;
  }
  const { checked: window } = argument(call, 'window');
  const bounds = definition.name === 'collect' ? collectBounds(context, call) : NO_BOUNDS;
  if (bounds === null) return FAILED;
  return aggregate(context, call, {
    // Functions of kind `aggregate` are those of the union.
    fn: definition.name as AggregateFunction,
    input,
    window: window.kind === 'window' ? window : null,
    type: call.type,
    ...bounds,
  });
}

/** `lag(n, x)` is element 0 of `collect(x, min = n + 1, max = n + 1)`. */
export function buildLag(context: CheckContext, call: TypedCall): Checked {
  const nArg = argument(call, 'n');
  const n = integerLiteral(valueOf(nArg));
  if (n === null || n < 0) {
    const message = "Argument 'n' to 'lag' must be a constant that is not negative";
    context.diagnostics.report(diagnostic('E0014', message, { at: nArg.span }));
    return FAILED;
  }
  const input = valueOf(argument(call, 'input'));
  const list = aggregate(context, call, {
    fn: 'collect',
    input,
    window: null,
    type: { kind: 'list', element: call.type },
    min: n + 1,
    max: n + 1,
  });
  if (list.kind === 'failed') return FAILED;
  const { grouping, span, type } = call;
  const zero = constantValue({ op: 'literal', type: I64, value: 0n, grouping: null, span });
  const args = [zero.expr, list.expr];
  return context.makePointwise({ op: 'call', fn: 'index', args, type, grouping, span }, [
    zero,
    list,
  ]);
}

interface AggregateParts {
  readonly fn: AggregateFunction;
  readonly input: Value;
  readonly window: WindowValue | null;
  readonly type: DataType;
  readonly max: number | null;
  readonly min: number | null;
}

function aggregate(
  context: CheckContext,
  { span, grouping }: TypedCall,
  { fn, input, window, type, max, min }: AggregateParts,
): ReturnType<CheckContext['makeValue']> {
  const expr: AggregateExpr = {
    op: 'aggregate',
    fn,
    input: input.expr,
    window: window?.window ?? null,
    max,
    min,
    type,
    grouping,
    span,
  };
  const facts = joinFacts(window === null ? [input] : [input, window]);
  const freeTick = window === null ? input.freeTick : freeTickAfter(window, input);
  return context.makeValue(expr, { ...facts, freeTick, timeDomain: null });
}

const NO_BOUNDS = { max: null, min: null };

/** The constants `max` and `min`; a null `max` is unbounded, a null `min` is 0. */
function collectBounds(
  context: CheckContext,
  call: TypedCall,
): { max: number | null; min: number } | null {
  const maxArg = argument(call, 'max');
  const minArg = argument(call, 'min');
  const max = integerLiteral(valueOf(maxArg));
  const min = integerLiteral(valueOf(minArg)) ?? 0;
  if (max !== null && min > max) {
    const message = `min '${min}' must be less than or equal to max '${max}'`;
    context.diagnostics.report(diagnostic('E0002', message, { at: minArg.span }));
    return null;
  }
  if (max !== null && max <= 0) {
    const message = `Argument 'max' to 'collect' must be positive, but was ${max}`;
    context.diagnostics.report(diagnostic('E0014', message, { at: maxArg.span }));
    return null;
  }
  return { max, min: Math.max(min, 0) };
}

/** The value of a constant i64, at most the greatest safe integer in size: no list or window is longer. Null if null. */
export function integerLiteral({ expr }: Value): number | null {
  assert(expr.op === 'literal', 'constants of type i64 are folded');
  if (expr.value === null) return null;
  const value = Number(expr.value);
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(value, Number.MAX_SAFE_INTEGER - 1));
}
