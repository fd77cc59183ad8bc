/** The smallest expressions: columns, literals and ticks. */
import { timestampCsvText } from '../oracle/text.ts';
import { constantOf, isFloat, isNumber, withRows } from './generated.ts';
import type { Generated, Place, Scope, ValueSource } from './generated.ts';
import type { Rng } from './rng.ts';

export class Leaves {
  readonly #scope: Scope;
  readonly #rng: Rng;

  constructor(scope: Scope) {
    this.#scope = scope;
    this.#rng = scope.rng;
  }

  /** A column of type `kind` if there is one, mostly. */
  leaf(kind: string, place: Place): Generated {
    const rng = this.#rng;
    const columns = this.#scope.sources
      .filter((source) => source.grouping === place.grouping)
      .flatMap((source) =>
        source.fields.filter(([, type]) => type === kind).map(([name]) => `${source.text}.${name}`),
      );
    if (columns.length > 0 && rng.chance(0.85)) return withRows(rng.pick(columns));
    if (kind === 'timestamp_ns' && rng.chance(0.7)) return this.#anyTime(place);
    const wide = isFloat(kind) ? 'f64' : 'i64';
    if (isNumber(kind) && kind !== wide && rng.chance(0.8)) {
      const from = this.leaf(wide, place);
      return { text: `(${from.text} as ${kind})`, constant: from.constant };
    }
    return this.literal(kind);
  }

  #anyTime(place: Place): Generated {
    const source = this.source(place.grouping);
    const column = source.fields.find(([, type]) => type.startsWith('timestamp_'));
    return withRows(
      column === undefined
        ? `time_of(${source.text})`
        : `(${source.text}.${column[0]} as timestamp_ns)`,
    );
  }

  /** A constant of type `kind`, seldom null. */
  literal(kind: string): Generated {
    const rng = this.#rng;
    if (rng.chance(0.04)) return constantOf(`(null as ${kind})`);
    switch (kind) {
      case 'bool':
        return constantOf(rng.pick(['true', 'false']));
      case 'string':
        return constantOf(rng.pick(['"a"', '"b"', '"ann"', '""', "'x,y'", '"héllo"']));
      case 'timestamp_ns':
        return constantOf(
          `("${timestampCsvText(rng.pick(this.#scope.dataset.times))}" as timestamp_ns)`,
        );
      case 'f64':
      case 'f32':
        return constantOf(
          `${rng.pick(['0.0', '1.5', '2.25', '100.0', '0.1'])}${kind === 'f32' ? 'f32' : ''}`,
        );
      default: {
        const digits = String(rng.pick([0, 1, 2, 3, 5, 10, 100]));
        return constantOf(kind === 'i64' ? digits : `${digits}${kind}`);
      }
    }
  }

  /** A table or bound record of this grouping. */
  source(grouping: string): ValueSource {
    return this.#rng.pick(this.#scope.sources.filter((source) => source.grouping === grouping));
  }

  /** A tick that the dataset has some of. */
  tick(): Generated {
    return withRows(`${this.#rng.pick(this.#scope.dataset.ticks)}()`);
  }
}
