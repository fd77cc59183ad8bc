/** Signatures of functions: what a call may look like and how its type follows (language.md 2.3 and 7). */
import type { ScalarKind } from '../../shared/types/data-type.ts';
import type { Source, Span } from '../language/source.ts';

/** Sets of types that a type variable may stand for (language.md 2.2). */
export const TYPE_CLASSES = [
  'any',
  'key',
  'number',
  'signed',
  'float',
  'timedelta',
  'ordered',
] as const;

export type TypeClass = (typeof TYPE_CLASSES)[number];

/** The type of a parameter or result: concrete, a variable, or a collection of either. */
export type TypePattern =
  | { readonly kind: 'concrete'; readonly type: ScalarKind }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'list'; readonly element: TypePattern }
  | { readonly kind: 'map'; readonly key: TypePattern; readonly value: TypePattern };

export interface TypeVariable {
  readonly name: string;
  readonly typeClass: TypeClass;
}

export interface Parameter {
  readonly name: string;
  /** The argument must be a constant after folding. */
  readonly constant: boolean;
  /** Takes all remaining arguments, at least one. Only the last parameter. */
  readonly repeated: boolean;
  readonly type: TypePattern;
  /** Where the type stands in the signature's text. */
  readonly typeSpan: Span;
  /** The value of an argument that is not given; undefined: it must be. Such a parameter takes keywords only. */
  readonly defaultValue: null | bigint | undefined;
}

export interface Signature {
  readonly source: Source;
  readonly name: string;
  readonly variables: readonly TypeVariable[];
  readonly parameters: readonly Parameter[];
  readonly result: TypePattern;
}

export function printPattern(pattern: TypePattern): string {
  switch (pattern.kind) {
    case 'concrete':
      return pattern.type;
    case 'variable':
      return pattern.name;
    case 'list':
      return `list<${printPattern(pattern.element)}>`;
    case 'map':
      return `map<${printPattern(pattern.key)}, ${printPattern(pattern.value)}>`;
  }
}
