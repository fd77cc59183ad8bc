/** Typed nodes of the functions that move, filter, re-key or generate rows, and of windows (language.md 4.2, 5, 6). */
import { AssertionError } from '../../shared/base/assert.ts';
import { printType, sameType } from '../../shared/types/data-type.ts';
import { diagnostic } from '../language/diagnostics/diagnostic.ts';
import type { Span } from '../language/source.ts';
import { buildLag, integerLiteral } from './build-aggregate.ts';
import { FAILED, joinFacts } from './checked.ts';
import type { Checked, Facts, Value, WindowValue } from './checked.ts';
import type { CheckContext } from './context.ts';
import { showType } from './record-type.ts';
import { argument, freeTickAfter, valueOf } from './typed-call.ts';
import type { TypedCall } from './typed-call.ts';
import type { TickKind, TypedExpr, Window } from './typed-expr.ts';

export function buildSpecial(context: CheckContext, call: TypedCall): Checked {
  const { name } = call.definition;
  switch (name) {
    case 'lag':
      return buildLag(context, call);
    case 'time_of':
      return buildTimeOf(context, call);
    case 'when':
      return buildWhen(context, call);
    case 'shift_to':
    case 'shift_by':
    case 'shift_until':
      return buildShift(context, call, name);
    case 'with_key':
      return buildWithKey(context, call);
    case 'lookup':
      return buildLookup(context, call);
    case 'since':
    case 'sliding':
      return buildWindow(context, call);
    case 'minutely':
    case 'hourly':
    case 'daily':
    case 'monthly':
    case 'yearly':
    case 'finished':
      return buildTick(context, call, name);
    default:
      throw new AssertionError(`special function ${name} has no rule`);
  }
}

function buildTimeOf(context: CheckContext, call: TypedCall): Checked {
  const input = value(call, 'input');
  const expr: TypedExpr = { op: 'time_of', input: input.expr, ...base(call) };
  return withRows(context, call, expr, joinFacts([input]));
}

function buildWhen(context: CheckContext, call: TypedCall): Checked {
  const condition = value(call, 'condition');
  const kept = value(call, 'value');
  const freeTick = freeTickAfter(condition, kept);
  const facts = { ...joinFacts([condition, kept]), freeTick };
  const expr: TypedExpr = {
    op: 'when',
    condition: condition.expr,
    value: kept.expr,
    ...base(call),
  };
  return withRows(context, call, expr, facts);
}

function buildShift(
  context: CheckContext,
  call: TypedCall,
  op: 'shift_to' | 'shift_by' | 'shift_until',
): Checked {
  const moved = value(call, 'value');
  const [parameter] = call.definition.signature.parameters;
  const target = value(call, parameter!.name);
  const targetText = textOf(argument(call, parameter!.name).span);
  const words = { shift_to: 'shifted to', shift_by: 'shifted by', shift_until: 'shifted until' };
  const facts = { ...joinFacts([target, moved]), timeDomain: `${words[op]} ${targetText}` };
  return withRows(context, call, shiftExpr(op, call, target, moved), facts);
}

function shiftExpr(
  op: 'shift_to' | 'shift_by' | 'shift_until',
  call: TypedCall,
  target: Value,
  moved: Value,
): TypedExpr {
  const common = { value: moved.expr, ...base(call) };
  switch (op) {
    case 'shift_to':
      return { op, time: target.expr, ...common };
    case 'shift_by':
      return { op, delta: target.expr, ...common };
    case 'shift_until':
      return { op, predicate: target.expr, ...common };
  }
}

function buildWithKey(context: CheckContext, call: TypedCall): Checked {
  const key = value(call, 'key');
  const kept = value(call, 'value');
  const named = value(call, 'grouping').expr;
  const name = named.op === 'literal' && typeof named.value === 'string' ? named.value : '';
  const keyType = key.expr.type;
  const grouping = name === '' ? printType(keyType) : name;
  if (!context.defineGrouping(grouping, keyType)) {
    const known = showType(context.keyTypeOf(grouping)!);
    const message = `Grouping '${grouping}' has keys of type ${known}, not ${showType(keyType)}`;
    const at = argument(call, name === '' ? 'key' : 'grouping').span;
    context.diagnostics.report(diagnostic('E0010', message, { at }));
    return FAILED;
  }
  const facts = { ...joinFacts([key, kept]), grouping };
  const expr: TypedExpr = {
    op: 'with_key',
    key: key.expr,
    value: kept.expr,
    ...base(call),
    grouping,
  };
  return withRows(context, call, expr, facts);
}

function buildLookup(context: CheckContext, call: TypedCall): Checked {
  const key = value(call, 'key');
  const foreign = value(call, 'value');
  const keySpan = argument(call, 'key').span;
  const valueSpan = argument(call, 'value').span;
  if (key.grouping === null || foreign.grouping === null) {
    const [what, at] = key.grouping === null ? ['key', keySpan] : ['value', valueSpan];
    const message = `The ${what} of 'lookup' depends on no table`;
    const labelText = `Un-grouped foreign ${what}`;
    context.diagnostics.report(diagnostic('E0008', message, { at, labelText }));
    return FAILED;
  }
  const expected = context.keyTypeOf(foreign.grouping);
  if (expected !== null && !sameType(key.expr.type, expected)) {
    const actual = showType(key.expr.type);
    const wanted = `Grouping '${foreign.grouping}' expects key type ${showType(expected)}`;
    context.diagnostics.report(
      diagnostic('E0010', `Invalid key type for 'lookup': ${wanted}, got ${actual}`, {
        at: keySpan,
        labelText: `Actual key type ${actual}`,
        secondary: [{ span: valueSpan, text: wanted }],
      }),
    );
    return FAILED;
  }
  // A foreign value is computed on its own, where nothing binds its ticks.
  if (foreign.freeTick !== null) {
    reportFreeTick(context, foreign.freeTick);
    return FAILED;
  }
  const facts = {
    ...joinFacts([key, foreign]),
    grouping: key.grouping,
    timeDomain: foreign.timeDomain === null ? null : key.timeDomain,
  };
  const expr: TypedExpr = {
    op: 'lookup',
    key: key.expr,
    value: foreign.expr,
    ...base(call),
    grouping: key.grouping,
  };
  return context.makeValue(expr, facts);
}

function buildWindow(context: CheckContext, call: TypedCall): Checked {
  const condition = value(call, 'condition');
  const facts = joinFacts([condition]);
  const since: Window = { kind: 'since', condition: condition.expr };
  if (call.definition.name === 'since') return windowValue(since, facts);
  const duration = argument(call, 'duration');
  const parts = integerLiteral(valueOf(duration));
  if (parts === null || parts < 1) {
    const message = `Argument 'duration' to 'sliding' must be positive, but was ${parts}`;
    context.diagnostics.report(diagnostic('E0014', message, { at: duration.span }));
    return FAILED;
  }
  return windowValue({ kind: 'sliding', parts, condition: condition.expr }, facts);
}

function windowValue(window: Window, facts: Facts): WindowValue {
  return { kind: 'window', window, ...facts };
}

function buildTick(context: CheckContext, call: TypedCall, tick: TickKind): Checked {
  const facts: Facts = {
    grouping: null,
    hasRows: true,
    timeDomain: null,
    freeTick: call.span,
    depth: 1,
  };
  return context.makeValue({ op: 'tick', tick, ...base(call) }, facts);
}

export function reportFreeTick(context: CheckContext, at: Span): void {
  const message = 'Tick function used outside a window or condition';
  const notes = ["Ticks stand in 'window = since(...)', and in the condition of 'when' or 'if'"];
  context.diagnostics.report(diagnostic('E0010', message, { at, notes }));
}

/** A node that works on rows: a constant has none, which is noted. */
function withRows(context: CheckContext, call: TypedCall, expr: TypedExpr, facts: Facts): Checked {
  context.noteRowless(facts, call.nameSpan);
  return context.makeValue(expr, facts);
}

function value(call: TypedCall, name: string): Value {
  return valueOf(argument(call, name));
}

function base({ type, grouping, span }: TypedCall): Pick<TypedCall, 'type' | 'grouping' | 'span'> {
  return { type, grouping, span };
}

function textOf({ source, start, end }: Span): string {
  return source.text.slice(start, end);
}
