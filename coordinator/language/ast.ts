/** The syntax tree of Fenl: plain data, spans on every node, nothing resolved. */
import type { NumberKind } from './number-literal.ts';
import type { Span } from './source.ts';

interface Base {
  readonly span: Span;
  /** Levels of the tree below and including this node, at most SYNTAX_DEPTH_MAX: walkers may recurse. */
  readonly depth: number;
}

/** A name together with where it stands. */
export interface Name {
  readonly text: string;
  readonly span: Span;
}

export interface NumberExpr extends Base {
  readonly op: 'number';
  readonly kind: NumberKind;
  /** 64-bit integers are bigint. Never negative. */
  readonly value: number | bigint;
}

export interface StringExpr extends Base {
  readonly op: 'string';
  readonly value: string;
}

/** `true`, `false`, `null`. */
export interface WordExpr extends Base {
  readonly op: 'word';
  readonly value: boolean | null;
}

export interface ReferenceExpr extends Base {
  readonly op: 'reference';
  readonly name: string;
}

/** `$input` */
export interface InputExpr extends Base {
  readonly op: 'input';
}

export interface FieldExpr extends Base {
  readonly op: 'field';
  readonly base: Expr;
  readonly name: Name;
}

/** `base[index]` */
export interface IndexExpr extends Base {
  readonly op: 'index';
  readonly base: Expr;
  readonly index: Expr;
  /** The brackets and what they hold. */
  readonly bracketSpan: Span;
}

export interface Argument {
  readonly keyword: Name | null;
  readonly value: Expr;
}

export interface CallExpr extends Base {
  readonly op: 'call';
  readonly name: Name;
  readonly args: readonly Argument[];
}

export type UnaryOperator = '-' | '!';
export type BinaryOperator =
  | 'or'
  | 'and'
  | '=='
  | '!='
  | '<>'
  | '<'
  | '<='
  | '>'
  | '>='
  | '+'
  | '-'
  | '*'
  | '/';

export interface UnaryExpr extends Base {
  readonly op: 'unary';
  readonly operator: UnaryOperator;
  readonly operatorSpan: Span;
  readonly operand: Expr;
}

export interface BinaryExpr extends Base {
  readonly op: 'binary';
  readonly operator: BinaryOperator;
  readonly operatorSpan: Span;
  readonly left: Expr;
  readonly right: Expr;
}

export interface RecordField {
  readonly name: Name;
  /** Of the short form `{x}`, a reference to `x`. */
  readonly value: Expr;
}

export interface RecordExpr extends Base {
  readonly op: 'record';
  readonly fields: readonly RecordField[];
}

export interface LetBinding {
  readonly name: Name;
  readonly value: Expr;
}

export interface LetExpr extends Base {
  readonly op: 'let';
  readonly bindings: readonly LetBinding[];
  readonly body: Expr;
}

/** `left | right`; `a | b | c` is `a | (b | c)`. */
export interface PipeExpr extends Base {
  readonly op: 'pipe';
  readonly left: Expr;
  readonly right: Expr;
  readonly barSpan: Span;
}

export interface CastExpr extends Base {
  readonly op: 'cast';
  readonly value: Expr;
  readonly type: TypeName;
}

/** Stands where a syntax error was. A tree that holds one is not checked. */
export interface ErrorExpr extends Base {
  readonly op: 'error';
}

export type Expr =
  | NumberExpr
  | StringExpr
  | WordExpr
  | ReferenceExpr
  | InputExpr
  | FieldExpr
  | IndexExpr
  | CallExpr
  | UnaryExpr
  | BinaryExpr
  | RecordExpr
  | LetExpr
  | PipeExpr
  | CastExpr
  | ErrorExpr;

/** A type as written: `i64`, `list<string>`. Unknown names are found by the checker. */
export interface TypeName {
  readonly name: string;
  /** One of `list`, two of `map`, none of other names. */
  readonly parameters: readonly TypeName[];
  readonly span: Span;
}

/** The function that an operator stands for (language.md 1.5). */
export const OPERATOR_FUNCTIONS = {
  or: 'logical_or',
  and: 'logical_and',
  '==': 'eq',
  '!=': 'neq',
  '<>': 'neq',
  '<': 'lt',
  '<=': 'lte',
  '>': 'gt',
  '>=': 'gte',
  '+': 'add',
  '-': 'sub',
  '*': 'mul',
  '/': 'div',
} as const satisfies Record<BinaryOperator, string>;

export const UNARY_FUNCTIONS = { '-': 'neg', '!': 'not' } as const satisfies Record<
  UnaryOperator,
  string
>;
