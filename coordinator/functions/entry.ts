/** What declares a function of the language: one entry, in the file of its family. */

/**
 * `pointwise` functions compute row by row and fold over constants. `aggregate` functions take an input and a window.
 * `special` ones have a checking rule of their own: time, entities, windows, ticks, records.
 */
export type FunctionKind = 'pointwise' | 'aggregate' | 'special';

export interface FunctionEntry {
  /** The declaration itself: name, type variables with their classes, parameters, result. */
  readonly signature: string;
  readonly kind: FunctionKind;
  /** One sentence. */
  readonly doc: string;
  /** An expression and what it gives; over the tables of language.md section 0 where it reads one. */
  readonly example: { readonly expression: string; readonly result: string };
  /** Callable, but not suggested for misspelt names. */
  readonly internal?: true;
}
