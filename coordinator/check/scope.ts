/** Names in scope: `let` bindings over formulas over tables, and what `$input` stands for. */
import { assert } from '../../shared/base/assert.ts';
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
  /** One map per `let` around, outermost first. */
  readonly #frames: readonly Map<string, Binding>[];
  readonly input: Binding | null;

  private constructor(frames: readonly Map<string, Binding>[], input: Binding | null) {
    this.#frames = frames;
    this.input = input;
  }

  /** Without names and without `$input`: the scope of a query or formula. */
  static root(): Scope {
    return new Scope([], null);
  }

  /** A scope within this one, for the names of one `let`. */
  nest(): Scope {
    return new Scope([...this.#frames, new Map()], this.input);
  }

  withInput(input: Binding): Scope {
    return new Scope(this.#frames, input);
  }

  /** Binds a name in the innermost `let`, hiding an earlier binding from here on. */
  bind(name: string, binding: Binding): void {
    const frame = this.#frames.at(-1);
    assert(frame !== undefined, 'names are bound in a nested scope');
    frame.set(name, binding);
  }

  lookUp(name: string): Binding | null {
    for (let index = this.#frames.length - 1; index >= 0; index--) {
      const binding = this.#frames[index]!.get(name);
      if (binding !== undefined) return binding;
    }
    return null;
  }

  names(): string[] {
    return this.#frames.flatMap((frame) => [...frame.keys()]);
  }
}
