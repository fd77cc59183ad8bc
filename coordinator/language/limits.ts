/** The limits of the front-end. Each is far beyond any query a person writes, and bounds what a hostile one can cost. */

/** UTF-16 units of one query or formula. */
export const TEXT_LENGTH_MAX = 1_000_000;

/** Tokens of one query or formula. */
export const TOKEN_COUNT_MAX = 200_000;

/**
 * Levels of the syntax tree, counting every operator of a chain such as `1 + 1 + 1`. Walkers of the tree recurse, a few
 * calls a level; at this depth they use a fraction of the default stack.
 */
export const SYNTAX_DEPTH_MAX = 500;

/**
 * Levels of the typed expression, after `let`, `$input` and formulas are substituted and casts inserted. The builder of
 * plans recurses over them with large frames; this takes about half of the default stack.
 */
export const EXPRESSION_DEPTH_MAX = 700;

/** Nodes of one type written out in full: nested records made of shared names grow exponentially. */
export const TYPE_SIZE_MAX = 20_000;

/** Syntax errors reported for one text before its parser gives up. */
export const SYNTAX_ERROR_COUNT_MAX = 20;

/** Diagnostics reported for one query; later ones are dropped. */
export const DIAGNOSTIC_COUNT_MAX = 200;

/** Formulas given with one query. */
export const FORMULA_COUNT_MAX = 10_000;

/** Characters of a name that the search for similar names looks at: its cost is the product of two lengths. */
export const SIMILAR_NAME_LENGTH_MAX = 64;
