/**
 * One field of a json text (language.md 7.8): a string as it is, any other value as compact JSON text in source order
 * with source number text; null for JSON null, a missing field, a non-object or a malformed text. The last of several
 * fields of one name counts.
 */

/** Deeper documents count as malformed: the reader recurses. */
const JSON_DEPTH_MAX = 128;

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
/** Where a string ends; what is in it, JSON.parse judges. */
const STRING_TEXT = /"(?:[^"\\]|\\.)*"/sy;
const SPACE = /[ \t\n\r]*/y;

class MalformedJson extends Error {}

/** Reads one document, turning each value into its compact text. */
class JsonReader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The compact text of a member of the document's object; null if it is no object or has no such member. */
  topLevelMember(name: string): string | null {
    this.#space();
    let found: string | null = null;
    if (this.#peek() === '{') {
      this.#object((key, text) => {
        if (JSON.parse(key) === name) found = text;
      });
    } else this.#value();
    this.#space();
    if (this.#at !== this.#text.length) throw new MalformedJson();
    return found;
  }

  #value(): string {
    switch (this.#peek()) {
      case '{': {
        const members: string[] = [];
        this.#object((key, text) => members.push(`${key}:${text}`));
        return `{${members.join()}}`;
      }
      case '[':
        return this.#array();
      case '"':
        return this.#string();
      case 't':
        return this.#word('true');
      case 'f':
        return this.#word('false');
      case 'n':
        return this.#word('null');
      default:
        return this.#match(NUMBER);
    }
  }

  #object(member: (key: string, text: string) => void): void {
    this.#enter('{');
    if (this.#accept('}')) return this.#leave();
    do {
      this.#space();
      const key = this.#string();
      this.#expect(':');
      this.#space();
      member(key, this.#value());
    } while (this.#accept(','));
    this.#expect('}');
    this.#leave();
  }

  #array(): string {
    const items: string[] = [];
    this.#enter('[');
    if (!this.#accept(']')) {
      do {
        this.#space();
        items.push(this.#value());
      } while (this.#accept(','));
      this.#expect(']');
    }
    this.#leave();
    return `[${items.join()}]`;
  }

  /** The string with its escapes in one form: those that JSON needs. */
  #string(): string {
    const text = this.#match(STRING_TEXT);
    try {
      return JSON.stringify(JSON.parse(text));
    } catch (error) {
      throw new MalformedJson('string', { cause: error });
    }
  }

  #word(word: string): string {
    if (!this.#text.startsWith(word, this.#at)) throw new MalformedJson();
    this.#at += word.length;
    return word;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) throw new MalformedJson();
    this.#at += match[0].length;
    return match[0];
  }

  #space(): void {
    this.#match(SPACE);
  }

  #peek(): string {
    return this.#text.charAt(this.#at);
  }

  #accept(symbol: string): boolean {
    this.#space();
    if (this.#peek() !== symbol) return false;
    this.#at++;
    return true;
  }

  #expect(symbol: string): void {
    if (!this.#accept(symbol)) throw new MalformedJson();
  }

  #enter(symbol: string): void {
    if (++this.#depth > JSON_DEPTH_MAX) throw new MalformedJson();
    this.#expect(symbol);
  }

  #leave(): void {
    this.#depth--;
  }
}

export function jsonField(text: string, name: string): string | null {
  let member: string | null;
  try {
    member = new JsonReader(text).topLevelMember(name);
  } catch (error) {
    if (error instanceof MalformedJson) return null;
    throw error;
  }
  if (member === null || member === 'null') return null;
  // A string member is its own JSON text, so parsing gives a string.
  return member.startsWith('"') ? (JSON.parse(member) as string) : member;
}
