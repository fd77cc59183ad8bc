/**
 * The parser of Fenl: recursive descent over tokens, the grammar of language.md 1.4 above each method.
 *
 * It never fails on any input: errors are diagnostics, length, tokens and depth have limits, and a tree always comes out.
 */
import { OPERATOR_FUNCTIONS } from './ast.ts';
import type {
  Argument,
  BinaryOperator,
  Expr,
  LetBinding,
  Name,
  RecordField,
  TypeName,
  UnaryOperator,
} from './ast.ts';
import { diagnostic } from './diagnostics/diagnostic.ts';
import type { Diagnostic } from './diagnostics/diagnostic.ts';
import { lex, unquote } from './lexer.ts';
import {
  SYNTAX_DEPTH_MAX,
  SYNTAX_ERROR_COUNT_MAX,
  TEXT_LENGTH_MAX,
  TOKEN_COUNT_MAX,
} from './limits.ts';
import { parseNumber } from './number-literal.ts';
import { Recovery, findPlace } from './recovery.ts';
import type { RecoveryPlace } from './recovery.ts';
import type { Source, Span } from './source.ts';
import { syntaxError } from './syntax-error.ts';
import type { Token, TokenKind } from './token.ts';
import { TokenCursor } from './token-cursor.ts';

export interface ParseResult {
  /** Holds `error` nodes if there are diagnostics. */
  readonly expr: Expr;
  /** Errors E0011 only. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Parses one complete expression. */
export function parse(source: Source): ParseResult {
  const whole: Span = { source, start: 0, end: source.text.length };
  const failed = (message: string, at: Span): ParseResult => ({
    expr: { op: 'error', span: whole, depth: 1 },
    diagnostics: [diagnostic('E0011', message, { at })],
  });
  if (source.text.length > TEXT_LENGTH_MAX) {
    const message = `Text of ${source.text.length} characters exceeds the limit of ${TEXT_LENGTH_MAX}`;
    return failed(message, { source, start: 0, end: 0 });
  }
  const tokens = lex(source.text, TOKEN_COUNT_MAX);
  if (tokens.length > TOKEN_COUNT_MAX) {
    const { start, end } = tokens.at(-1)!;
    return failed(`More than ${TOKEN_COUNT_MAX} tokens`, { source, start, end });
  }
  return new Parser(source, tokens).parseQuery();
}

/** Thrown where no recovery makes sense: a limit was passed. The reason has been reported. */
class Abandon extends Error {
  override readonly name = 'Abandon';
}

const LEVELS: readonly (readonly BinaryOperator[])[] = [
  ['or'],
  ['and'],
  ['==', '!=', '<>'],
  ['<', '<=', '>', '>='],
  ['+', '-'],
  ['*', '/'],
];

const EXPRESSION_STARTS = ['!', '$input', '(', '-', '{', 'ident', 'literal'];

class Parser {
  readonly #cursor: TokenCursor;
  readonly #diagnostics: Diagnostic[] = [];
  readonly #open: RecoveryPlace[] = [];
  #nesting = 0;

  constructor(source: Source, tokens: readonly Token[]) {
    this.#cursor = new TokenCursor(source, tokens);
  }

  /** Query = Expr end */
  parseQuery(): ParseResult {
    let expr: Expr;
    try {
      expr = this.#parseExpr(['end']);
    } catch (thrown) {
      if (!(thrown instanceof Abandon)) throw thrown;
      expr = this.#errorNode();
    }
    return { expr, diagnostics: this.#diagnostics };
  }

  /** Expr = PipeExpr [ "as" Type ], followed by one of `closers`, which is not consumed */
  #parseExpr(closers: readonly TokenKind[]): Expr {
    const place: RecoveryPlace = { kind: 'expression', closers };
    const openCount = this.#open.push(place);
    const nesting = this.#enter();
    let recovered: Expr | null = null;
    for (;;) {
      try {
        const expr = this.#parseCast(recovered);
        if (!closers.includes(this.#cursor.kind)) {
          const isCast = expr.op === 'cast' && expr.span.end === this.#cursor.previousSpan().end;
          const isOver = isCast || this.#cursor.isAt('end');
          this.#fail(isOver ? closers : [...this.#followers(), ...closers]);
        }
        this.#open.pop();
        this.#nesting = nesting;
        return expr;
      } catch (thrown) {
        if (!(thrown instanceof Recovery) || thrown.place !== place) throw thrown;
        this.#open.length = openCount;
        this.#nesting = nesting + 1;
        recovered = this.#errorNode();
      }
    }
  }

  /** PipeExpr [ "as" Type ]; `recovered` stands for a first Primary that was not there. */
  #parseCast(recovered: Expr | null): Expr {
    const value = this.#parsePipe(recovered);
    if (this.#cursor.kind !== 'as') return value;
    this.#cursor.next();
    const type = this.#parseType();
    const depth = this.#deepen(value.depth);
    return { op: 'cast', value, type, span: this.#cursor.join(value.span, type.span), depth };
  }

  /** PipeExpr = OrExpr | OrExpr "|" PipeExpr | LetBinding { LetBinding } "in" PipeExpr */
  #parsePipe(recovered: Expr | null): Expr {
    return recovered === null && this.#cursor.kind === 'let'
      ? this.#parseLet()
      : this.#parsePipeline(recovered);
  }

  #parsePipeline(recovered: Expr | null): Expr {
    const left = this.#parseBinary(0, recovered);
    if (this.#cursor.kind !== '|') return left;
    const barSpan = this.#cursor.spanOf(this.#cursor.next());
    const right = this.#within(() => this.#parsePipe(null));
    const depth = this.#deepen(left.depth, right.depth);
    return {
      op: 'pipe',
      left,
      right,
      barSpan,
      span: this.#cursor.join(left.span, right.span),
      depth,
    };
  }

  #parseLet(): Expr {
    const start = this.#cursor.token;
    const bindings: LetBinding[] = [];
    let depth = 0;
    while (this.#cursor.kind === 'let') {
      const binding = this.#parseLetBinding();
      depth = Math.max(depth, binding.value.depth);
      bindings.push(binding);
    }
    this.#expect('in');
    const body = this.#within(() => this.#parsePipe(null));
    const span = this.#cursor.join(this.#cursor.spanOf(start), body.span);
    return { op: 'let', bindings, body, span, depth: this.#deepen(depth, body.depth) };
  }

  /** LetBinding = "let" ident "=" Expr */
  #parseLetBinding(): LetBinding {
    this.#cursor.next();
    const place: RecoveryPlace = { kind: 'let-name', closers: ['='] };
    const openCount = this.#open.push(place);
    const nesting = this.#nesting;
    let name: Name | null = null;
    for (;;) {
      try {
        name ??= this.#parseName();
        this.#expect('=');
        const value = this.#parseExpr(['let', 'in']);
        this.#open.pop();
        return { name, value };
      } catch (thrown) {
        if (!(thrown instanceof Recovery) || thrown.place !== place) throw thrown;
        this.#open.length = openCount;
        this.#nesting = nesting;
        name = { text: '', span: this.#cursor.here() };
      }
    }
  }

  /**
   * OrExpr  = AndExpr { "or" AndExpr }
   * AndExpr = EqExpr  { "and" EqExpr }
   * EqExpr  = RelExpr { ( "==" | "!=" | "<>" ) RelExpr }
   * RelExpr = AddExpr { ( "<" | "<=" | ">" | ">=" ) AddExpr }
   * AddExpr = MulExpr { ( "+" | "-" ) MulExpr }
   * MulExpr = Unary   { ( "*" | "/" ) Unary }
   */
  #parseBinary(level: number, recovered: Expr | null): Expr {
    let left = this.#parseUnary(recovered);
    for (;;) {
      const operator = this.#cursor.kind;
      if (!isBinary(operator)) return left;
      const operatorLevel = LEVELS.findIndex((operators) => operators.includes(operator));
      if (operatorLevel < level) return left;
      const operatorSpan = this.#cursor.spanOf(this.#cursor.next());
      const right = this.#within(() => this.#parseBinary(operatorLevel + 1, null));
      const span = this.#cursor.join(left.span, right.span);
      const depth = this.#deepen(left.depth, right.depth);
      left = { op: 'binary', operator, operatorSpan, left, right, span, depth };
    }
  }

  /** Unary = ( "-" | "!" ) Unary | Postfix */
  #parseUnary(recovered: Expr | null): Expr {
    if (recovered !== null) return this.#parsePostfix(recovered);
    const operators: { operator: UnaryOperator; operatorSpan: Span }[] = [];
    for (let kind = this.#cursor.kind; kind === '-' || kind === '!'; kind = this.#cursor.kind) {
      operators.push({ operator: kind, operatorSpan: this.#cursor.spanOf(this.#cursor.next()) });
    }
    let operand = this.#parsePostfix(null);
    for (const { operator, operatorSpan } of operators.reverse()) {
      const span = this.#cursor.join(operatorSpan, operand.span);
      const depth = this.#deepen(operand.depth);
      operand = { op: 'unary', operator, operatorSpan, operand, span, depth };
    }
    return operand;
  }

  /** Postfix = Primary | Postfix "." ident | Postfix "[" Expr "]" | ident "(" Args ")" */
  #parsePostfix(recovered: Expr | null): Expr {
    let base = recovered ?? this.#parsePrimary();
    for (;;) {
      if (this.#cursor.kind === '.') {
        this.#cursor.next();
        const name = this.#parseName();
        const depth = this.#deepen(base.depth);
        base = { op: 'field', base, name, span: this.#cursor.join(base.span, name.span), depth };
      } else if (this.#cursor.kind === '[') {
        const open = this.#cursor.next();
        const index = this.#parseExpr([']']);
        const bracketSpan = this.#cursor.join(
          this.#cursor.spanOf(open),
          this.#cursor.spanOf(this.#cursor.next()),
        );
        const depth = this.#deepen(base.depth, index.depth);
        base = {
          op: 'index',
          base,
          index,
          bracketSpan,
          span: this.#cursor.join(base.span, bracketSpan),
          depth,
        };
      } else {
        return base;
      }
    }
  }

  /** Primary = ident | "$input" | literal | "(" Expr ")" | "{" Fields "}", and calls: ident "(" Args ")" */
  #parsePrimary(): Expr {
    const token = this.#cursor.token;
    const span = this.#cursor.spanOf(token);
    const text = this.#cursor.textOf(token);
    switch (token.kind) {
      case 'identifier':
        this.#cursor.next();
        if (this.#cursor.kind === '(') return this.#parseCall({ text, span });
        return { op: 'reference', name: text, span, depth: 1 };
      case '$input':
        this.#cursor.next();
        return { op: 'input', span, depth: 1 };
      case 'string':
        this.#cursor.next();
        return { op: 'string', value: unquote(text), span, depth: 1 };
      case 'number': {
        const number = parseNumber(text);
        if ('problem' in number) return this.#fail(EXPRESSION_STARTS);
        this.#cursor.next();
        return { op: 'number', ...number, span, depth: 1 };
      }
      case 'true':
      case 'false':
      case 'null':
        this.#cursor.next();
        return {
          op: 'word',
          value: token.kind === 'null' ? null : token.kind === 'true',
          span,
          depth: 1,
        };
      case '(': {
        this.#cursor.next();
        const expr = this.#parseExpr([')']);
        this.#cursor.next();
        return expr;
      }
      case '{':
        return this.#parseRecord();
      default:
        return this.#fail(EXPRESSION_STARTS);
    }
  }

  /** Args = CommaList(Arg), Arg = [ ident "=" ] Expr; stray commas are allowed */
  #parseCall(name: Name): Expr {
    this.#cursor.next();
    const args: Argument[] = [];
    let depth = 0;
    for (;;) {
      while (this.#cursor.kind === ',') this.#cursor.next();
      if (this.#cursor.kind === ')') break;
      let keyword: Name | null = null;
      if (this.#cursor.kind === 'identifier' && this.#cursor.followingKind === '=') {
        keyword = this.#parseName();
        this.#cursor.next();
      }
      const value = this.#parseExpr([',', ')']);
      depth = Math.max(depth, value.depth);
      args.push({ keyword, value });
    }
    const span = this.#cursor.join(name.span, this.#cursor.spanOf(this.#cursor.next()));
    return { op: 'call', name, args, span, depth: this.#deepen(depth) };
  }

  /** Fields = CommaList(Field), Field = ident ":" Expr | ident */
  #parseRecord(): Expr {
    const open = this.#cursor.next();
    const fields: RecordField[] = [];
    let depth = 0;
    for (;;) {
      while (this.#cursor.kind === ',') this.#cursor.next();
      if (this.#cursor.kind === '}') break;
      const name = this.#parseName(['ident', ',', '}']);
      const value = this.#parseFieldValue(name);
      depth = Math.max(depth, value.depth);
      fields.push({ name, value });
    }
    const span = this.#cursor.join(
      this.#cursor.spanOf(open),
      this.#cursor.spanOf(this.#cursor.next()),
    );
    return { op: 'record', fields, span, depth: this.#deepen(depth) };
  }

  #parseFieldValue(name: Name): Expr {
    if (this.#cursor.kind === ':') {
      this.#cursor.next();
      return this.#parseExpr([',', '}']);
    }
    if (this.#cursor.kind !== ',' && this.#cursor.kind !== '}') this.#fail([':', ',', '}']);
    return { op: 'reference', name: name.text, span: name.span, depth: 1 };
  }

  /** Type = ident | ident "<" CommaList(Type) ">"; `list` takes one type, `map` two, no other name any */
  #parseType(): TypeName {
    const name = this.#parseName();
    if (!this.#cursor.isAt('<')) return { name: name.text, parameters: [], span: name.span };
    const arity = { list: 1, map: 2 }[name.text];
    if (arity === undefined) this.#fail(this.#followers());
    const nesting = this.#enter();
    this.#cursor.next();
    const parameters: TypeName[] = [];
    for (;;) {
      while (this.#cursor.isAt(',')) this.#cursor.next();
      if (this.#cursor.isAt('>') && parameters.length === arity) break;
      if (this.#cursor.isAt('>') || parameters.length === arity)
        this.#fail(arity === 1 ? ['ident'] : ['ident', ',']);
      parameters.push(this.#parseType());
      if (!this.#cursor.isAt(',') && !this.#cursor.isAt('>')) this.#fail([',', '>']);
    }
    this.#nesting = nesting;
    return {
      name: name.text,
      parameters,
      span: this.#cursor.join(name.span, this.#cursor.spanOf(this.#cursor.next())),
    };
  }

  #parseName(expected: readonly string[] = ['ident']): Name {
    if (this.#cursor.kind !== 'identifier') this.#fail(expected);
    const token = this.#cursor.next();
    return { text: this.#cursor.textOf(token), span: this.#cursor.spanOf(token) };
  }

  #expect(kind: TokenKind): void {
    if (this.#cursor.kind !== kind) this.#fail([kind]);
    this.#cursor.next();
  }

  /** What could follow a complete operand, for notes. */
  #followers(): string[] {
    const calls = this.#cursor.previousKind === 'identifier' ? ['('] : [];
    return [...Object.keys(OPERATOR_FUNCTIONS), ...calls, '.', '[', '|', 'as'];
  }

  #errorNode(): Expr {
    return { op: 'error', span: this.#cursor.here(), depth: 1 };
  }

  /** Counts one construct within another; returns the count to restore when it ends. */
  #enter(): number {
    const nesting = this.#nesting++;
    if (this.#nesting > SYNTAX_DEPTH_MAX) this.#abandonDepth();
    return nesting;
  }

  #within(parseInner: () => Expr): Expr {
    const nesting = this.#enter();
    const expr = parseInner();
    this.#nesting = nesting;
    return expr;
  }

  /** The depth of a node over children of these depths. */
  #deepen(...depths: number[]): number {
    const depth = Math.max(...depths) + 1;
    if (depth > SYNTAX_DEPTH_MAX) this.#abandonDepth();
    return depth;
  }

  #abandonDepth(): never {
    const message = `Expression is nested more than ${SYNTAX_DEPTH_MAX} levels deep`;
    return this.#abandon(
      diagnostic('E0011', message, { at: this.#cursor.spanOf(this.#cursor.token) }),
    );
  }

  #abandon(last: Diagnostic): never {
    this.#diagnostics.push(last);
    throw new Abandon('a limit of the parser was passed');
  }

  /** Reports the current token, then resumes at the nearest place where parsing can go on. */
  #fail(expected: readonly string[]): never {
    const error = syntaxError(this.#cursor, expected);
    if (this.#diagnostics.length + 1 >= SYNTAX_ERROR_COUNT_MAX) return this.#abandon(error);
    this.#diagnostics.push(error);
    for (;;) {
      const place = findPlace(this.#open, this.#cursor.kind);
      if (place !== null) throw new Recovery(place);
      this.#cursor.next();
    }
  }
}

function isBinary(kind: TokenKind): kind is BinaryOperator {
  return Object.hasOwn(OPERATOR_FUNCTIONS, kind);
}
