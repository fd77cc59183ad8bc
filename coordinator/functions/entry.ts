/** What declares a function of the language: one entry, in the file of its family. */

/**
 * `pointwise` functions compute row by row and fold over constants. `aggregate` functions take an input and a window.
 * `special` ones have a checking rule of their own: time, entities, windows, ticks, records.
 */
export type FunctionKind = 'pointwise' | 'aggregate' | 'special';

/** An expression over the tables of example-tables.ts and what it gives, which a test runs. */
export interface FunctionExample {
  readonly expression: string;
  /**
   * The values of its rows in order, `(null)` where there is none; with `at TIME of ENTITY` after each where the example
   * is about which rows there are. Times on 2024-01-01 are without the date.
   */
  readonly result: string;
  /** What the names stand for that are no tables. */
  readonly where?: string;
}

export interface FunctionEntry {
  /** The declaration itself: name, type variables with their classes, parameters, result. */
  readonly signature: string;
  readonly kind: FunctionKind;
  /** One sentence. */
  readonly doc: string;
  readonly example: FunctionExample;
  /** Callable, but not suggested for misspelt names. */
  readonly internal?: true;
}
