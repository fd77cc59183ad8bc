/** Parses the signature text that declares a function, such as `sum<N: number>(input: N, window: window = null) -> N`. */
import { assert } from '../../shared/base/assert.ts';
import type { ScalarKind } from '../../shared/types/data-type.ts';
import { lex } from '../language/lexer.ts';
import { TOKEN_COUNT_MAX } from '../language/limits.ts';
import { Source } from '../language/source.ts';
import type { Span } from '../language/source.ts';
import type { Token, TokenKind } from '../language/token.ts';
import { scalarKindOf } from '../language/type-names.ts';
import { TYPE_CLASSES } from './signature.ts';
import type { Parameter, Signature, TypeClass, TypePattern, TypeVariable } from './signature.ts';

/** Throws an assertion error on text that is no signature: signatures are ours. */
export function parseSignature(text: string): Signature {
  const source = new Source('signature', `built-in signature '${text}'`, text);
  return new SignatureParser(source).parse();
}

class SignatureParser {
  readonly #source: Source;
  readonly #tokens: readonly Token[];
  #at = 0;
  #variables: readonly TypeVariable[] = [];

  constructor(source: Source) {
    this.#source = source;
    this.#tokens = lex(source.text, TOKEN_COUNT_MAX);
  }

  /** Signature = ident [ "<" Variable { "," Variable } ">" ] "(" [ Parameter { "," Parameter } ] ")" "->" Type end */
  parse(): Signature {
    const name = this.#expect('identifier');
    if (this.#accept('<')) this.#variables = this.#parseVariables();
    this.#expect('(');
    const parameters: Parameter[] = [];
    if (!this.#accept(')')) {
      do parameters.push(this.#parseParameter());
      while (this.#accept(','));
      this.#expect(')');
    }
    this.#expect('->');
    const result = this.#parseType();
    this.#expect('end');
    this.#assert(
      parameters.slice(0, -1).every((parameter) => !parameter.repeated),
      'only the last parameter may be repeated',
    );
    return { source: this.#source, name, variables: this.#variables, parameters, result };
  }

  /** Variable = ident ":" ident */
  #parseVariables(): TypeVariable[] {
    const variables: TypeVariable[] = [];
    do {
      const name = this.#expect('identifier');
      this.#expect(':');
      const className = this.#expect('identifier');
      const typeClass = TYPE_CLASSES.find((known) => known === className);
      this.#assert(typeClass !== undefined, `unknown class ${className}`);
      // The assertion above leaves only classes.
      variables.push({ name, typeClass: typeClass as TypeClass });
    } while (this.#accept(','));
    this.#expect('>');
    return variables;
  }

  /** Parameter = [ "const" ] ident [ "+" ] ":" Type [ "=" ( "null" | number ) ] */
  #parseParameter(): Parameter {
    const constant = this.#accept('const');
    const name = this.#expect('identifier');
    const repeated = this.#accept('+');
    this.#expect(':');
    const start = this.#token.start;
    const type = this.#parseType();
    const typeSpan: Span = { source: this.#source, start, end: this.#tokens[this.#at - 1]!.end };
    const defaultValue = this.#accept('=') ? this.#parseDefault() : undefined;
    return { name, constant, repeated, type, typeSpan, defaultValue };
  }

  #parseDefault(): null | bigint {
    if (this.#accept('null')) return null;
    return BigInt(this.#expect('number'));
  }

  /** Type = ident | "list" "<" Type ">" | "map" "<" Type "," Type ">" */
  #parseType(): TypePattern {
    const name = this.#expect('identifier');
    if (name === 'list') {
      this.#expect('<');
      const element = this.#parseType();
      this.#expect('>');
      return { kind: 'list', element };
    }
    if (name === 'map') {
      this.#expect('<');
      const key = this.#parseType();
      this.#expect(',');
      const value = this.#parseType();
      this.#expect('>');
      return { kind: 'map', key, value };
    }
    if (this.#variables.some((variable) => variable.name === name)) return { kind: 'variable', name };
    const type: ScalarKind | null = scalarKindOf(name);
    this.#assert(type !== null, `unknown type ${name}`);
    // The assertion above leaves only known types.
    return { kind: 'concrete', type: type as ScalarKind };
  }

  get #token(): Token {
    return this.#tokens[this.#at]!;
  }

  #accept(kind: TokenKind): boolean {
    if (this.#token.kind !== kind) return false;
    this.#at++;
    return true;
  }

  #expect(kind: TokenKind): string {
    const { start, end } = this.#token;
    this.#assert(this.#accept(kind), `expected ${kind} at ${start}`);
    return this.#source.text.slice(start, end);
  }

  #assert(condition: boolean, message: string): void {
    assert(condition, `signature '${this.#source.text}': ${message}`);
  }
}
