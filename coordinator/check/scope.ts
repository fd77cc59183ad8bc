/** Names in scope: `let` bindings over formulas over tables, and what `$input` stands for. */
import type { Span } from '../language/source.ts';
import type { Checked } from './checked.ts';

/** Something bound whose use is watched: unused bindings are warned about. */
export interface Binding {
  readonly checked: Checked;
  /** Where it is bound: the name, or the `|` of a pipe. */
  readonly span: Span;
  isUsed: boolean;
}

export class Scope {
  readonly #parent: Scope | null;
  readonly #names = new Map<string, Binding>();
  readonly #input: Binding | null;

  private constructor(parent: Scope | null, input: Binding | null) {
    this.#parent = parent;
    this.#input = input;
  }

  /** Without names and without `$input`: the scope of a query or formula. */
  static root(): Scope {
    return new Scope(null, null);
  }

  /** A scope within this one, for the names of one `let`. */
  nest(): Scope {
    return new Scope(this, this.#input);
  }

  withInput(input: Binding): Scope {
    return new Scope(this, input);
  }

  /** Binds a name, hiding an earlier one from here on. */
  bind(name: string, binding: Binding): void {
    this.#names.set(name, binding);
  }

  lookUp(name: string): Binding | null {
    for (let scope: Scope | null = this; scope !== null; scope = scope.#parent) {
      const binding = scope.#names.get(name);
      if (binding !== undefined) return binding;
    }
    return null;
  }

  get input(): Binding | null {
    return this.#input;
  }

  names(): string[] {
    const names: string[] = [];
    for (let scope: Scope | null = this; scope !== null; scope = scope.#parent) {
      names.push(...scope.#names.keys());
    }
    return names;
  }
}
