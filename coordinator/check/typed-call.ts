/** A call between the checking of its arguments and the making of its node. */
import { assert } from '../../shared/base/assert.ts';
import type { DataType } from '../../shared/types/data-type.ts';
import type { FunctionDefinition } from '../functions/registry.ts';
import type { Parameter } from '../functions/signature.ts';
import type { Expr } from '../language/ast.ts';
import type { Span } from '../language/source.ts';
import type { Checked, Facts, Value, WindowValue } from './checked.ts';

/** An argument in the place of its parameter. */
export interface CallArgument {
  readonly parameter: Parameter;
  readonly checked: Checked;
  /** Where the argument is written; in a source of its own if it is not. */
  readonly span: Span;
  /** Null for defaults and the implicit `$input`. */
  readonly syntax: Expr | null;
}

export type TypedArgument = CallArgument & { readonly checked: Value | WindowValue };

/** A call whose arguments have been checked and cast to the types of their parameters. */
export interface TypedCall {
  readonly definition: FunctionDefinition;
  readonly nameSpan: Span;
  readonly span: Span;
  readonly args: readonly TypedArgument[];
  readonly type: DataType;
  /** Of the arguments: they have been compared. Null if none has any. */
  readonly grouping: string | null;
}

/** The argument of a parameter that the signature has. */
export function argument(call: TypedCall, name: string): TypedArgument {
  const found = call.args.find(({ parameter }) => parameter.name === name);
  assert(found !== undefined, `${call.definition.name} has a parameter ${name}`);
  return found;
}

/** The value of an argument whose parameter takes no windows. */
export function valueOf({ checked }: { readonly checked: Value | WindowValue }): Value {
  assert(checked.kind === 'value', 'a window is an argument of a window parameter only');
  return checked;
}

/** The tick that stays free when those of `condition` are bound to `value`. */
export function freeTickAfter(condition: Facts, value: Facts): Span | null {
  return value.freeTick ?? (value.hasRows ? null : condition.freeTick);
}
