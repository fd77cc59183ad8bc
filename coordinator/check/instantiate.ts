/** Solves the type variables of a signature for the arguments of one call (language.md 2.3). */
import { assert, unreachable } from '../../shared/base/assert.ts';
import { NULL, sameType, scalar } from '../../shared/types/data-type.ts';
import type { DataType } from '../../shared/types/data-type.ts';
import { printPattern } from '../functions/signature.ts';
import type { Parameter, Signature, TypePattern } from '../functions/signature.ts';
import { diagnostic } from '../language/diagnostics/diagnostic.ts';
import type { Diagnostic } from '../language/diagnostics/diagnostic.ts';
import type { Span } from '../language/source.ts';
import { canCastExplicitly, canCastImplicitly } from './cast-rules.ts';
import { leastUpperBound } from './least-upper-bound.ts';
import { showType } from './record-type.ts';
import { promoteToClass } from './type-class.ts';

export interface TypedArgument {
  readonly parameter: Parameter;
  readonly type: DataType;
  readonly span: Span;
}

export interface Instance {
  /** The type that each argument is to be cast to. */
  readonly parameterTypes: readonly DataType[];
  readonly result: DataType;
}

/** A type that an argument gives to a type variable. */
interface Contribution {
  readonly type: DataType;
  readonly span: Span;
}

type Solution = Map<string, DataType>;

export function instantiate(
  signature: Signature,
  callSpan: Span,
  args: readonly TypedArgument[],
): Instance | { readonly error: Diagnostic } {
  const contributions = new Map<string, Contribution[]>(
    signature.variables.map((variable) => [variable.name, []]),
  );
  for (const arg of args) {
    if (!match(arg.parameter.type, arg.type, arg.span, contributions)) {
      return { error: wrongParameter(signature, callSpan, arg, printPattern(arg.parameter.type)) };
    }
  }
  const solution: Solution = new Map();
  for (const { name, typeClass } of signature.variables) {
    const given = contributions.get(name)!;
    let bound: DataType | null = NULL;
    for (const { type } of given) {
      bound = leastUpperBound(bound, type);
      if (bound === null) return { error: noBound(signature, callSpan, given) };
    }
    const promoted = promoteToClass(bound, typeClass);
    if (promoted === null) return { error: wrongClass(signature, callSpan, given, typeClass) };
    solution.set(name, promoted);
  }
  const parameterTypes: DataType[] = [];
  for (const arg of args) {
    const type = apply(arg.parameter.type, solution);
    if (!canTake(arg.parameter.type, arg.type, type)) {
      return { error: wrongParameter(signature, callSpan, arg, showType(type)) };
    }
    parameterTypes.push(type);
  }
  return { parameterTypes, result: apply(signature.result, solution) };
}

/** Whether a type has the shape of a pattern; notes what it gives to the variables in it. */
function match(
  pattern: TypePattern,
  type: DataType,
  span: Span,
  contributions: ReadonlyMap<string, Contribution[]>,
): boolean {
  switch (pattern.kind) {
    case 'concrete':
      return canCastImplicitly(type, scalar(pattern.type));
    case 'variable':
      contributions.get(pattern.name)!.push({ type, span });
      return true;
    case 'list':
      if (type.kind === 'null') return true;
      return type.kind === 'list' && match(pattern.element, type.element, span, contributions);
    case 'map':
      if (type.kind === 'null') return true;
      return (
        type.kind === 'map' &&
        match(pattern.key, type.key, span, contributions) &&
        match(pattern.value, type.value, span, contributions)
      );
    default:
      return unreachable(pattern);
  }
}

/** The pattern with its variables replaced. */
function apply(pattern: TypePattern, solution: Solution): DataType {
  switch (pattern.kind) {
    case 'concrete':
      return scalar(pattern.type);
    case 'variable': {
      const type = solution.get(pattern.name);
      assert(type !== undefined, `type variable ${pattern.name} is solved`);
      return type;
    }
    case 'list':
      return { kind: 'list', element: apply(pattern.element, solution) };
    case 'map':
      return {
        kind: 'map',
        key: apply(pattern.key, solution),
        value: apply(pattern.value, solution),
      };
    default:
      return unreachable(pattern);
  }
}

/** Values of variables always fit, by construction; collections must be convertible as a whole. Maps are not. */
function canTake(pattern: TypePattern, from: DataType, to: DataType): boolean {
  if (pattern.kind === 'list') return canCastExplicitly(from, to);
  if (pattern.kind === 'map') return from.kind === 'null' || sameType(from, to);
  return true;
}

function wrongParameter(
  signature: Signature,
  callSpan: Span,
  { parameter, type, span }: TypedArgument,
  expected: string,
): Diagnostic {
  const message = `Invalid types for parameter '${parameter.name}' in call to '${signature.name}'`;
  return diagnostic('E0010', message, {
    at: callSpan,
    secondary: [
      { span, text: `Actual type: ${showType(type)}` },
      { span: parameter.typeSpan, text: `Expected type: ${expected}` },
    ],
  });
}

function wrongClass(
  signature: Signature,
  callSpan: Span,
  given: readonly Contribution[],
  typeClass: string,
): Diagnostic {
  return diagnostic('E0010', `Invalid types for call to '${signature.name}'`, {
    at: callSpan,
    secondary: labelTypes(given),
    notes: [`Expected '${typeClass}'`],
  });
}

function noBound(signature: Signature, callSpan: Span, given: readonly Contribution[]): Diagnostic {
  const message = `Incompatible types for call to '${signature.name}'`;
  return diagnostic('E0015', message, { at: callSpan, secondary: labelTypes(given) });
}

/** One label per distinct type, at the first argument of it. */
function labelTypes(given: readonly Contribution[]): { span: Span; text: string }[] {
  const spans = new Map<string, Span>();
  for (const { type, span } of given) {
    const shown = showType(type);
    if (!spans.has(shown)) spans.set(shown, span);
  }
  return [...spans].map(([shown, span]) => ({ span, text: `Type: ${shown}` }));
}
