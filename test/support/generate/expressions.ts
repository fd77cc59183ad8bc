/**
 * Random Fenl expressions of a wanted type. What comes out is well typed by construction, as text that can stand anywhere:
 * a name, a literal, a call or something in parentheses.
 */
import { VALUES, call, constantOf, isNumber, operator, withRows } from './generated.ts';
import type { Generated, Place, Productions, Scope } from './generated.ts';
import { Leaves } from './leaves.ts';
import {
  boolProductions,
  numberProductions,
  stringProductions,
  timeProductions,
} from './productions.ts';
import type { Rng } from './rng.ts';

interface ValueSourceFields {
  readonly fields: readonly (readonly [name: string, kind: string])[];
}

export class ExpressionGenerator {
  readonly scope: Scope;
  readonly rng: Rng;
  readonly leaves: Leaves;

  constructor(scope: Scope) {
    this.scope = scope;
    this.rng = scope.rng;
    this.leaves = new Leaves(scope);
  }

  /** An expression of type `kind`. */
  value(kind: string, place: Place): Generated {
    const rng = this.rng;
    if (place.depth <= 0) return this.leaves.leaf(kind, place);
    const inner = { ...place, depth: place.depth - 1 };
    const production = rng.weighted([
      [3, (inside) => this.leaves.leaf(kind, inside)],
      ...this.#productions(kind),
    ]);
    return production(inner);
  }

  /** As `value`, with rows. */
  timeline(kind: string, place: Place): Generated {
    for (let tries = 0; tries < 3; tries++) {
      const found = this.value(kind, place);
      if (!found.constant) return found;
    }
    const source = this.leaves.source(place.grouping);
    return call('if', [withRows(`is_valid(${source.text})`), this.leaves.literal(kind)]);
  }

  /** A condition of a window, `when` or `if` over a value that has rows. */
  condition(place: Place): Generated {
    const rng = this.rng;
    if (rng.chance(0.25)) return this.leaves.tick();
    if (rng.chance(0.15)) {
      return operator(rng.pick(['or', 'and']), this.leaves.tick(), this.value('bool', place));
    }
    return this.value('bool', place);
  }

  /** A record literal and the names and types of its fields. */
  record(prefix: string, kinds: readonly string[], place: Place): Generated & ValueSourceFields {
    const fields = kinds.map((kind, i) => [`${prefix}${i}`, kind] as const);
    // Discrete values are null on most rows of a record: more of them continuous show more.
    const values = fields.map(([, kind]) =>
      this.rng.chance(0.35) ? call('last', [this.timeline(kind, place)]) : this.value(kind, place),
    );
    const parts = fields.map(([name], i) => `${name}: ${values[i]!.text}`);
    return {
      text: `{ ${parts.join(', ')} }`,
      constant: values.every((value) => value.constant),
      fields,
    };
  }

  /** A value moved to other times: by a shift of some kind. */
  shifted(value: Generated, place: Place): Generated {
    const rng = this.rng;
    switch (rng.int(0, 2)) {
      case 0:
        return call('shift_by', [this.delta(place), value]);
      case 1: {
        const target = rng.chance(0.2)
          ? this.leaves.literal('timestamp_ns')
          : this.value('timestamp_ns', { ...place, depth: Math.min(place.depth, 1) });
        return call('shift_to', [target, value]);
      }
      default:
        return call('shift_until', [this.value('bool', place), value]);
    }
  }

  /** Rows of another grouping under the entities of this one. */
  rekeyed(grouping: string, depth: number, make: (place: Place) => Generated): Generated {
    const from = this.rng.pick([...this.scope.keyKinds.keys()]);
    const place = { grouping: from, depth };
    const key = this.timeline(this.scope.keyKinds.get(grouping)!, {
      ...place,
      depth: Math.min(depth, 1),
    });
    return withRows(`with_key(${key.text}, ${make(place).text}, grouping = "${grouping}")`);
  }

  #productions(kind: string): Productions {
    const any = this.#anyProductions(kind);
    if (kind === 'bool') return [...any, ...boolProductions(this)];
    if (kind === 'string') return [...any, ...stringProductions(this)];
    if (kind === 'timestamp_ns') return [...any, ...timeProductions(this)];
    if (isNumber(kind)) return [...any, ...numberProductions(this, kind)];
    return any;
  }

  /** What gives any type. */
  #anyProductions(kind: string): Productions {
    const rng = this.rng;
    const value = (place: Place): Generated => this.value(kind, place);
    return [
      [
        2,
        (place) => this.#withCondition(rng.pick(['if', 'when']), this.timeline(kind, place), place),
      ],
      [0.7, (place) => call('null_if', [this.value('bool', place), value(place)])],
      [1, (place) => call('else', [value(place), value(place)])],
      [0.7, (place) => call('coalesce', [value(place), this.#nullOr(kind, place), value(place)])],
      [2, (place) => this.aggregation(rng.pick(['first', 'last']), kind, place)],
      [1, (place) => this.shifted(this.timeline(kind, place), place)],
      [1.5, (place) => this.#lookup(kind, place)],
      [
        0.7,
        (place) => this.rekeyed(place.grouping, place.depth, (there) => this.timeline(kind, there)),
      ],
      [0.7, (place) => this.#fieldOfRecord(kind, place)],
      [1, (place) => this.#element(kind, place)],
      [0.5, (place) => this.#bound(kind, place)],
    ];
  }

  #withCondition(fn: string, value: Generated, place: Place): Generated {
    const condition = this.condition(place);
    return this.rng.chance(0.5)
      ? withRows(`(${value.text} | ${fn}(${condition.text}))`)
      : withRows(`${fn}(${condition.text}, ${value.text})`);
  }

  /** `fn` over an input of type `kind`, over all rows or in a window. */
  aggregation(fn: string, kind: string, place: Place, anyInput = false): Generated {
    const rng = this.rng;
    const source = this.leaves.source(place.grouping);
    const isRows = anyInput && fn === 'count' && rng.chance(0.4);
    const input = isRows ? withRows(source.text) : this.timeline(kind, place);
    return withRows(`${fn}(${input.text}${this.#window(place)})`);
  }

  #window(place: Place): string {
    const rng = this.rng;
    const inner = { ...place, depth: Math.min(place.depth, 1) };
    if (rng.chance(0.5)) return '';
    const condition = this.condition(inner).text;
    return rng.chance(0.5)
      ? `, window = since(${condition})`
      : `, window = sliding(${rng.int(1, 4)}, ${condition})`;
  }

  #lookup(kind: string, place: Place): Generated {
    const foreign = this.rng.pick([...this.scope.keyKinds.keys()]);
    const there = { grouping: foreign, depth: place.depth };
    const key = this.timeline(this.scope.keyKinds.get(foreign)!, {
      ...place,
      depth: Math.min(place.depth, 1),
    });
    const value = this.rng.chance(0.6)
      ? withRows(`last(${this.timeline(kind, there).text})`)
      : this.timeline(kind, there);
    return withRows(`lookup(${key.text}, ${value.text})`);
  }

  #fieldOfRecord(kind: string, place: Place): Generated {
    const rng = this.rng;
    const record = this.record('f', [kind, rng.pick(VALUES)], place);
    const text = rng.weighted([
      [2, `${record.text}.f0`],
      [1, `(${record.text} | if(${this.value('bool', place).text})).f0`],
      [1, `extend({ g: 1 }, ${record.text}).f0`],
      [1, `select_fields(${record.text}, "f0").f0`],
      [1, `remove_fields(${record.text}, "f1").f0`],
    ]);
    return { text, constant: record.constant };
  }

  #element(kind: string, place: Place): Generated {
    const rng = this.rng;
    const list = this.list(kind, place);
    const position = this.smallInteger(place);
    return withRows(
      rng.chance(0.5) ? `index(${position.text}, ${list.text})` : `${list.text}[${position.text}]`,
    );
  }

  list(kind: string, place: Place): Generated {
    const rng = this.rng;
    const max = rng.pick(['1', '2', '3', 'null']);
    const min = max !== '1' && rng.chance(0.3) ? ', min = 2' : '';
    const collect = (input: string): string =>
      `collect(${input}, max = ${max}${min}${this.#window(place)})`;
    const input = (): string => this.timeline(kind, place).text;
    return withRows(
      rng.weighted([
        [5, () => collect(input())],
        [1, () => `union(${collect(input())}, ${collect(input())})`],
        [0.5, () => `flatten(collect(${collect(input())}, max = 2))`],
        [1, () => `collect(${this.record('e', [kind, 'i64'], place).text}, max = ${max}).e0`],
      ])(),
    );
  }

  lag(kind: string, place: Place): Generated {
    return withRows(`lag(${this.rng.int(0, 3)}, ${this.timeline(kind, place).text})`);
  }

  #bound(kind: string, place: Place): Generated {
    const value = this.value(kind, place);
    const name = `v${place.depth}`;
    const condition = this.value('bool', place);
    const text = `(let ${name} = ${value.text} in coalesce(if(${condition.text}, ${name}), ${name}))`;
    return { text, constant: value.constant && condition.constant };
  }

  delta(place: Place): Generated {
    const rng = this.rng;
    const { stepSeconds } = this.scope.dataset;
    const inner = { ...place, depth: 0 };
    return rng.weighted<() => Generated>([
      [5, () => constantOf(`seconds(${rng.int(-1, 6) * stepSeconds})`)],
      [1, () => constantOf(`days(${rng.int(0, 2)})`)],
      [1, () => constantOf(`months(${rng.int(0, 1)})`)],
      [2, () => this.#scaledDelta(inner)],
    ])();
  }

  /** A few steps of the span, as many as a clamped column says. */
  #scaledDelta(place: Place): Generated {
    const count = this.value('i64', place);
    const { stepSeconds } = this.scope.dataset;
    return {
      text: `seconds((clamp(${count.text}, min = 0, max = 5) * ${stepSeconds}))`,
      constant: count.constant,
    };
  }

  smallInteger(place: Place): Generated {
    const rng = this.rng;
    if (rng.chance(0.7)) return constantOf(rng.pick(['0', '1', '2', '(-1)', '(-2)', '3']));
    return this.value('i64', { ...place, depth: 0 });
  }

  pair(kind: string, place: Place): [Generated, Generated] {
    return [this.value(kind, place), this.value(kind, place)];
  }

  #nullOr(kind: string, place: Place): Generated {
    return this.rng.chance(0.3) ? constantOf('null') : this.value(kind, place);
  }

  cast(from: string, to: string, place: Place): Generated {
    const value = this.value(from, place);
    return { text: `(${value.text} as ${to})`, constant: value.constant };
  }
}
