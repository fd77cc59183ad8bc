/** Parses the signature text that declares a function, such as `sum<N: number>(input: N, window: window = null) -> N`. */
import { assert } from '../../shared/base/assert.ts';
import type { ScalarKind } from '../../shared/types/data-type.ts';
import { lex } from '../language/lexer.ts';
import { TOKEN_COUNT_MAX } from '../language/limits.ts';
import { Source } from '../language/source.ts';
import { TokenCursor } from '../language/token-cursor.ts';
import type { TokenKind } from '../language/token.ts';
import { scalarKindOf } from '../language/type-names.ts';
import { TYPE_CLASSES } from './signature.ts';
import type { Parameter, Signature, TypeClass, TypePattern, TypeVariable } from './signature.ts';

/** Throws an assertion error on text that is no signature: signatures are ours. */
export function parseSignature(text: string): Signature {
  const source = new Source('signature', `built-in signature '${text}'`, text);
  return new SignatureParser(source).parse();
}

class SignatureParser {
  readonly #cursor: TokenCursor;
  #variables: readonly TypeVariable[] = [];

  constructor(source: Source) {
    this.#cursor = new TokenCursor(source, lex(source.text, TOKEN_COUNT_MAX));
  }

  /** Signature = ident [ "<" Variable { "," Variable } ">" ] "(" [ Parameter { "," Parameter } ] ")" "->" Type end */
  parse(): Signature {
    const name = this.#expect('identifier');
    if (this.#cursor.accept('<')) this.#variables = this.#parseVariables();
    this.#expect('(');
    const parameters: Parameter[] = [];
    if (!this.#cursor.accept(')')) {
      do parameters.push(this.#parseParameter());
      while (this.#cursor.accept(','));
      this.#expect(')');
    }
    this.#expect('->');
    const result = this.#parseType();
    this.#expect('end');
    this.#assert(
      parameters.slice(0, -1).every((parameter) => !parameter.repeated),
      'only the last parameter may be repeated',
    );
    return { source: this.#cursor.source, name, variables: this.#variables, parameters, result };
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
    } while (this.#cursor.accept(','));
    this.#expect('>');
    return variables;
  }

  /** Parameter = [ "const" ] ident [ "+" ] ":" Type [ "=" ( "null" | number ) ] */
  #parseParameter(): Parameter {
    const constant = this.#cursor.accept('const');
    const name = this.#expect('identifier');
    const repeated = this.#cursor.accept('+');
    this.#expect(':');
    const start = this.#cursor.here();
    const type = this.#parseType();
    const typeSpan = this.#cursor.join(start, this.#cursor.previousSpan());
    const defaultValue = this.#cursor.accept('=') ? this.#parseDefault() : undefined;
    return { name, constant, repeated, type, typeSpan, defaultValue };
  }

  #parseDefault(): null | bigint {
    if (this.#cursor.accept('null')) return null;
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
    if (this.#variables.some((variable) => variable.name === name))
      return { kind: 'variable', name };
    const type: ScalarKind | null = scalarKindOf(name);
    this.#assert(type !== null, `unknown type ${name}`);
    // The assertion above leaves only known types.
    return { kind: 'concrete', type: type as ScalarKind };
  }

  #expect(kind: TokenKind): string {
    const { token } = this.#cursor;
    this.#assert(this.#cursor.accept(kind), `expected ${kind} at ${token.start}`);
    return this.#cursor.textOf(token);
  }

  #assert(condition: boolean, message: string): void {
    assert(condition, `signature '${this.#cursor.source.text}': ${message}`);
  }
}
