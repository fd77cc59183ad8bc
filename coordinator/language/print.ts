/** Prints a syntax tree as canonical text: one line, no redundant parentheses; parsing it gives the same tree. */
import type { Argument, BinaryOperator, Expr, RecordField, TypeName } from './ast.ts';
import { quote } from './lexer.ts';
import { printNumber } from './number-literal.ts';

/** Binding strengths of language.md 1.4, loosest first. */
const CAST = 1;
const PIPE = 2;
const UNARY = 9;
const POSTFIX = 10;

const BINARY_STRENGTH: Readonly<Record<BinaryOperator, number>> = {
  or: 3,
  and: 4,
  '==': 5,
  '!=': 5,
  '<>': 5,
  '<': 6,
  '<=': 6,
  '>': 6,
  '>=': 6,
  '+': 7,
  '-': 7,
  '*': 8,
  '/': 8,
};

/** The text of an expression without `error` nodes. */
export function printExpr(expr: Expr): string {
  return print(expr, CAST);
}

export function printTypeName({ name, parameters }: TypeName): string {
  return parameters.length === 0 ? name : `${name}<${parameters.map(printTypeName).join(', ')}>`;
}

/** Prints `expr` for a place that takes expressions of at least `strength` without parentheses. */
function print(expr: Expr, strength: number): string {
  const text = printBare(expr);
  return strengthOf(expr) < strength ? `(${text})` : text;
}

function strengthOf(expr: Expr): number {
  switch (expr.op) {
    case 'cast':
      return CAST;
    case 'pipe':
    case 'let':
      return PIPE;
    case 'binary':
      return BINARY_STRENGTH[expr.operator];
    case 'unary':
      return UNARY;
    default:
      return POSTFIX;
  }
}

function printBare(expr: Expr): string {
  switch (expr.op) {
    case 'number':
      return printNumber(expr);
    case 'string':
      return quote(expr.value);
    case 'word':
      return String(expr.value);
    case 'reference':
      return expr.name;
    case 'input':
      return '$input';
    case 'field':
      return `${print(expr.base, POSTFIX)}.${expr.name.text}`;
    case 'index':
      return `${print(expr.base, POSTFIX)}[${print(expr.index, CAST)}]`;
    case 'call':
      return `${expr.name.text}(${expr.args.map(printArgument).join(', ')})`;
    case 'unary':
      return `${expr.operator}${print(expr.operand, UNARY)}`;
    case 'binary': {
      const strength = BINARY_STRENGTH[expr.operator];
      const left = print(expr.left, strength);
      return `${left} ${expr.operator} ${print(expr.right, strength + 1)}`;
    }
    case 'record':
      return expr.fields.length === 0 ? '{}' : `{ ${expr.fields.map(printField).join(', ')} }`;
    case 'let': {
      const bindings = expr.bindings.map(
        ({ name, value }) => `let ${name.text} = ${print(value, CAST)}`,
      );
      return `${bindings.join(' ')} in ${print(expr.body, PIPE)}`;
    }
    case 'pipe':
      return `${print(expr.left, PIPE + 1)} | ${print(expr.right, PIPE)}`;
    case 'cast':
      return `${print(expr.value, PIPE)} as ${printTypeName(expr.type)}`;
    case 'error':
      return '<error>';
  }
}

function printArgument({ keyword, value }: Argument): string {
  const text = print(value, CAST);
  return keyword === null ? text : `${keyword.text} = ${text}`;
}

function printField({ name, value }: RecordField): string {
  if (value.op === 'reference' && value.name === name.text) return name.text;
  return `${name.text}: ${print(value, CAST)}`;
}
