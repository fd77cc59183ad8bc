/**
 * Random Fenl expressions of a wanted type. What comes out is well typed by construction, as text that can stand anywhere:
 * a name, a literal, a call or something in parentheses.
 */
import { timestampCsvText } from '../oracle/text.ts';
import type { Dataset } from './generate-tables.ts';
import type { Rng } from './rng.ts';

/** Something with fields that expressions can be built from: a table or a let-bound record. */
export interface ValueSource {
  readonly text: string;
  readonly grouping: string;
  /** Names and type names. */
  readonly fields: readonly (readonly [name: string, kind: string])[];
}

export interface Generated {
  readonly text: string;
  /** Depends on no table. */
  readonly constant: boolean;
}

export interface Place {
  readonly grouping: string;
  readonly depth: number;
  /** Inside a condition whose value has rows: ticks may stand here. */
  readonly ticks: boolean;
}

export interface Scope {
  readonly rng: Rng;
  readonly dataset: Dataset;
  readonly sources: ValueSource[];
  /** Type of the keys, by grouping. */
  readonly keyKinds: Map<string, string>;
}

const INTEGERS = ['i64', 'i32', 'u32', 'u64', 'i16', 'u8'];
const NUMBERS = [...INTEGERS, 'f64', 'f32'];
/** What comparisons, aggregations and lists are made of. */
const VALUES = ['i64', 'i64', 'f64', 'f64', 'string', 'bool', 'timestamp_ns', 'u32', 'i32', 'f32'];
const ORDERED = ['i64', 'f64', 'timestamp_ns', 'u32', 'i32', 'f32', 'u64'];

type Production = (place: Place) => Generated;

const isNumber = (kind: string): boolean => NUMBERS.includes(kind);
const isFloat = (kind: string): boolean => kind === 'f64' || kind === 'f32';

export class ExpressionGenerator {
  readonly #scope: Scope;
  readonly #rng: Rng;

  constructor(scope: Scope) {
    this.#scope = scope;
    this.#rng = scope.rng;
  }

  /** An expression of type `kind`. */
  value(kind: string, place: Place): Generated {
    const rng = this.#rng;
    if (place.depth <= 0) return this.#leaf(kind, place);
    const inner = { ...place, depth: place.depth - 1 };
    const production = rng.weighted([[3, this.#leaf.bind(this, kind)], ...this.#productions(kind)]);
    return production(inner);
  }

  /** As `value`, with rows. */
  timeline(kind: string, place: Place): Generated {
    for (let tries = 0; tries < 3; tries++) {
      const found = this.value(kind, place);
      if (!found.constant) return found;
    }
    const source = this.#source(place.grouping);
    return this.#call('if', [this.#of(`is_valid(${source.text})`), this.#literal(kind)]);
  }

  /** A condition of a window, `when` or `if` over a value that has rows. */
  condition(place: Place): Generated {
    const rng = this.#rng;
    const inside = { ...place, ticks: true };
    if (rng.chance(0.25)) return this.#tick();
    if (rng.chance(0.15)) {
      return this.#operator(rng.pick(['or', 'and']), this.#tick(), this.value('bool', inside));
    }
    return this.value('bool', inside);
  }

  /** A record literal and the names and types of its fields. */
  record(prefix: string, kinds: readonly string[], place: Place): Generated & ValueSourceFields {
    const fields = kinds.map((kind, i) => [`${prefix}${i}`, kind] as const);
    // Discrete values are null on most rows of a record: more of them continuous show more.
    const values = fields.map(([, kind]) =>
      this.#rng.chance(0.35)
        ? this.#call('last', [this.timeline(kind, place)])
        : this.value(kind, place),
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
    const rng = this.#rng;
    switch (rng.int(0, 2)) {
      case 0:
        return this.#call('shift_by', [this.#delta(place), value]);
      case 1: {
        const target = rng.chance(0.2)
          ? this.#literal('timestamp_ns')
          : this.value('timestamp_ns', { ...place, depth: Math.min(place.depth, 1) });
        return this.#call('shift_to', [target, value]);
      }
      default:
        return this.#call('shift_until', [this.value('bool', place), value]);
    }
  }

  /** Rows of another grouping under the entities of this one. */
  rekeyed(grouping: string, depth: number, make: (place: Place) => Generated): Generated {
    const from = this.#rng.pick([...this.#scope.keyKinds.keys()]);
    const place = { grouping: from, depth, ticks: false };
    const key = this.timeline(this.#scope.keyKinds.get(grouping)!, {
      ...place,
      depth: Math.min(depth, 1),
    });
    return this.#of(`with_key(${key.text}, ${make(place).text}, grouping = "${grouping}")`);
  }

  #productions(kind: string): (readonly [number, Production])[] {
    const any = this.#anyProductions(kind);
    if (kind === 'bool') return [...any, ...this.#boolProductions()];
    if (kind === 'string') return [...any, ...this.#stringProductions()];
    if (kind === 'timestamp_ns') return [...any, ...this.#timeProductions()];
    if (isNumber(kind)) return [...any, ...this.#numberProductions(kind)];
    return any;
  }

  /** What gives any type. */
  #anyProductions(kind: string): (readonly [number, Production])[] {
    const rng = this.#rng;
    const value = (place: Place): Generated => this.value(kind, place);
    return [
      [
        2,
        (place) => this.#withCondition(rng.pick(['if', 'when']), this.timeline(kind, place), place),
      ],
      [0.7, (place) => this.#call('null_if', [this.value('bool', place), value(place)])],
      [1, (place) => this.#call('else', [value(place), value(place)])],
      [
        0.7,
        (place) => this.#call('coalesce', [value(place), this.#nullOr(kind, place), value(place)]),
      ],
      [2, (place) => this.#aggregation(rng.pick(['first', 'last']), kind, place)],
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

  #boolProductions(): (readonly [number, Production])[] {
    const rng = this.#rng;
    return [
      [
        4,
        (place) => {
          const kind = rng.pick(ORDERED);
          return this.#operator(
            rng.pick(['<', '<=', '>', '>=']),
            this.value(kind, place),
            this.value(kind, place),
          );
        },
      ],
      [
        2,
        (place) => {
          const kind = rng.pick(VALUES);
          return this.#operator(
            rng.pick(['==', '!=', '<>']),
            this.value(kind, place),
            this.value(kind, place),
          );
        },
      ],
      [0.3, (place) => this.#recordEquality(place)],
      [0.3, (place) => this.#listEquality(place)],
      [0.3, (place) => this.#intervalOrder(place)],
      [
        2,
        (place) =>
          this.#operator(
            rng.pick(['and', 'or']),
            this.value('bool', place),
            this.value('bool', place),
          ),
      ],
      [1, (place) => this.#call('not', [this.value('bool', place)])],
      [1, (place) => this.#call('is_valid', [this.value(rng.pick(VALUES), place)])],
      [0.5, (place) => this.#of(`is_valid(${this.#source(place.grouping).text})`)],
      [0.5, (place) => this.#cast(rng.pick(['i64', 'f64', 'string', 'u32']), 'bool', place)],
    ];
  }

  #stringProductions(): (readonly [number, Production])[] {
    const rng = this.#rng;
    return [
      [2, (place) => this.#call(rng.pick(['upper', 'lower']), [this.value('string', place)])],
      [
        2,
        (place) => {
          const s = this.value('string', place);
          const bounds = rng.pick([['start'], ['end'], ['start', 'end']]);
          const values = bounds.map(() => this.#smallInteger(place));
          const named = bounds.map((name, i) => `, ${name} = ${values[i]!.text}`);
          const constant = [s, ...values].every((part) => part.constant);
          return { text: `substring(${s.text}${named.join('')})`, constant };
        },
      ],
      [
        1.5,
        (place) =>
          this.#cast(
            rng.pick(['i64', 'f64', 'bool', 'timestamp_ns', 'f32', 'u8']),
            'string',
            place,
          ),
      ],
      [0.5, (place) => this.#json(place)],
    ];
  }

  #timeProductions(): (readonly [number, Production])[] {
    const rng = this.#rng;
    return [
      [3, (place) => this.#of(`time_of(${this.timeline(rng.pick(VALUES), place).text})`)],
      [
        2,
        (place) => this.#call('add_time', [this.#delta(place), this.value('timestamp_ns', place)]),
      ],
      [1, (place) => this.#aggregation(rng.pick(['min', 'max']), 'timestamp_ns', place)],
      [
        0.7,
        (place) => this.#call(rng.pick(['zip_min', 'zip_max']), this.#pair('timestamp_ns', place)),
      ],
      [0.5, (place) => this.#lag('timestamp_ns', place)],
    ];
  }

  #numberProductions(kind: string): (readonly [number, Production])[] {
    const rng = this.#rng;
    const common: (readonly [number, Production])[] = [
      [4, (place) => this.#operator(rng.pick(['+', '-', '*', '/']), ...this.#pair(kind, place))],
      [0.7, (place) => this.#call(rng.pick(['ceil', 'floor', 'round']), [this.value(kind, place)])],
      [1, (place) => this.#call(rng.pick(['zip_min', 'zip_max']), this.#pair(kind, place))],
      [0.7, (place) => this.#clamp(kind, place)],
      [4, (place) => this.#aggregation(rng.pick(['sum', 'min', 'max']), kind, place)],
      [1, (place) => this.#lag(kind, place)],
      [1, (place) => this.#cast(rng.pick([...NUMBERS, 'bool', 'string']), kind, place)],
    ];
    if (kind.startsWith('i') || isFloat(kind)) {
      common.push([0.7, (place) => this.#call('neg', [this.value(kind, place)])]);
    }
    switch (kind) {
      case 'f64':
        return [
          ...common,
          [
            4,
            (place) =>
              this.#aggregation(
                rng.pick(['mean', 'variance', 'stddev']),
                rng.pick(NUMBERS),
                place,
                true,
              ),
          ],
          [
            1,
            (place) =>
              this.#operator(
                rng.pick(['+', '-', '*', '/']),
                this.value('f64', place),
                this.value(rng.pick(NUMBERS), place),
              ),
          ],
          [
            1,
            (place) =>
              this.#call('powf', [
                this.value('f64', place),
                this.value(rng.pick(['f64', 'i64']), place),
              ]),
          ],
          [0.7, (place) => this.#call('sqrt', [this.value(rng.pick(NUMBERS), place)])],
          [0.5, (place) => this.#call('exp', [this.value('f64', place)])],
        ];
      case 'i64':
        return [
          ...common,
          [1, (place) => this.#cast('timestamp_ns', 'i64', place)],
          [1, (place) => this.#between(place)],
        ];
      case 'u64':
        return [
          ...common,
          [3, (place) => this.#call('hash', [this.value(rng.pick(VALUES), place)])],
        ];
      case 'u32':
        return [
          ...common,
          [5, (place) => this.#aggregation('count', rng.pick(VALUES), place, true)],
          [2, (place) => this.#aggregation('count_if', 'bool', place, true)],
          [1, (place) => this.#call(rng.pick(DATE_PARTS), [this.value('timestamp_ns', place)])],
        ];
      case 'i32':
        return [
          ...common,
          [1, (place) => this.#call('len', [this.value('string', place)])],
          [1, (place) => this.#call('year', [this.value('timestamp_ns', place)])],
          [2, (place) => this.#call('list_len', [this.#list(rng.pick(VALUES), place)])],
        ];
      default:
        return common;
    }
  }

  #withCondition(fn: string, value: Generated, place: Place): Generated {
    const condition = this.condition(place);
    return this.#rng.chance(0.5)
      ? this.#of(`(${value.text} | ${fn}(${condition.text}))`)
      : this.#of(`${fn}(${condition.text}, ${value.text})`);
  }

  /** `fn` over an input of type `kind`, over all rows or in a window. */
  #aggregation(fn: string, kind: string, place: Place, anyInput = false): Generated {
    const rng = this.#rng;
    const source = this.#source(place.grouping);
    const isRows = anyInput && fn === 'count' && rng.chance(0.4);
    const input = isRows ? this.#of(source.text) : this.timeline(kind, place);
    return this.#of(`${fn}(${input.text}${this.#window(place)})`);
  }

  #window(place: Place): string {
    const rng = this.#rng;
    const inner = { ...place, depth: Math.min(place.depth, 1) };
    if (rng.chance(0.5)) return '';
    const condition = this.condition(inner).text;
    return rng.chance(0.5)
      ? `, window = since(${condition})`
      : `, window = sliding(${rng.int(1, 4)}, ${condition})`;
  }

  #lookup(kind: string, place: Place): Generated {
    const foreign = this.#rng.pick([...this.#scope.keyKinds.keys()]);
    const there = { grouping: foreign, depth: place.depth, ticks: false };
    const key = this.timeline(this.#scope.keyKinds.get(foreign)!, {
      ...place,
      depth: Math.min(place.depth, 1),
    });
    const value = this.#rng.chance(0.6)
      ? this.#of(`last(${this.timeline(kind, there).text})`)
      : this.timeline(kind, there);
    return this.#of(`lookup(${key.text}, ${value.text})`);
  }

  #fieldOfRecord(kind: string, place: Place): Generated {
    const rng = this.#rng;
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
    const rng = this.#rng;
    const list = this.#list(kind, place);
    const position = this.#smallInteger(place);
    return this.#of(
      rng.chance(0.5) ? `index(${position.text}, ${list.text})` : `${list.text}[${position.text}]`,
    );
  }

  #list(kind: string, place: Place): Generated {
    const rng = this.#rng;
    const max = rng.pick(['1', '2', '3', 'null']);
    const min = max !== '1' && rng.chance(0.3) ? ', min = 2' : '';
    const collect = (input: string): string =>
      `collect(${input}, max = ${max}${min}${this.#window(place)})`;
    const input = (): string => this.timeline(kind, place).text;
    return this.#of(
      rng.weighted([
        [5, () => collect(input())],
        [1, () => `union(${collect(input())}, ${collect(input())})`],
        [0.5, () => `flatten(collect(${collect(input())}, max = 2))`],
        [1, () => `collect(${this.record('e', [kind, 'i64'], place).text}, max = ${max}).e0`],
      ])(),
    );
  }

  #lag(kind: string, place: Place): Generated {
    return this.#of(`lag(${this.#rng.int(0, 3)}, ${this.timeline(kind, place).text})`);
  }

  #bound(kind: string, place: Place): Generated {
    const value = this.value(kind, place);
    const name = `v${place.depth}`;
    const condition = this.value('bool', place);
    const text = `(let ${name} = ${value.text} in coalesce(if(${condition.text}, ${name}), ${name}))`;
    return { text, constant: value.constant && condition.constant };
  }

  #recordEquality(place: Place): Generated {
    const kinds = [this.#rng.pick(VALUES), this.#rng.pick(VALUES)];
    const [left, right] = [this.record('f', kinds, place), this.record('f', kinds, place)];
    return this.#operator('==', left, right);
  }

  #listEquality(place: Place): Generated {
    const kind = this.#rng.pick(VALUES);
    return this.#operator('==', this.#list(kind, place), this.#list(kind, place));
  }

  #intervalOrder(place: Place): Generated {
    const fn = this.#rng.pick(['seconds', 'days', 'months']);
    const [left, right] = this.#pair('i64', { ...place, depth: 0 });
    const sides = [this.#call(fn, [left]), this.#call(fn, [right])] as const;
    return this.#operator(this.#rng.pick(['<', '>=', '==']), ...sides);
  }

  #json(place: Place): Generated {
    const rng = this.#rng;
    const text = rng.pick([
      String.raw`"{\"a\": 10, \"b\": {\"c\": [1, \"z\"]}}"`,
      String.raw`"{\"a\": \"text\", \"b\": null}"`,
      String.raw`"{\"a\": 1.50, \"a\": true}"`,
      '"[1]"',
      '"no json"',
    ]);
    const condition = this.value('bool', place);
    return {
      text: `json(if(${condition.text}, ${text})).${rng.pick(['a', 'b', 'z'])}`,
      constant: condition.constant,
    };
  }

  #clamp(kind: string, place: Place): Generated {
    const rng = this.#rng;
    const value = this.value(kind, place);
    const names = rng.pick([['min'], ['max'], ['min', 'max']]);
    const bounds = names.map(() => this.value(kind, { ...place, depth: 0 }));
    const named = names.map((name, i) => `, ${name} = ${bounds[i]!.text}`);
    const constant = [value, ...bounds].every((part) => part.constant);
    return { text: `clamp(${value.text}${named.join('')})`, constant };
  }

  #between(place: Place): Generated {
    const fn = this.#rng.pick(['seconds_between', 'days_between', 'months_between']);
    const between = this.#call(fn, this.#pair('timestamp_ns', place));
    return { text: `(${between.text} as i64)`, constant: between.constant };
  }

  #delta(place: Place): Generated {
    const rng = this.#rng;
    const { stepSeconds } = this.#scope.dataset;
    const inner = { ...place, depth: 0 };
    return rng.weighted<() => Generated>([
      [5, () => this.#literalOf(`seconds(${rng.int(-1, 6) * stepSeconds})`)],
      [1, () => this.#literalOf(`days(${rng.int(0, 2)})`)],
      [1, () => this.#literalOf(`months(${rng.int(0, 1)})`)],
      [2, () => this.#scaledDelta(inner)],
    ])();
  }

  /** A few steps of the span, as many as a clamped column says. */
  #scaledDelta(place: Place): Generated {
    const count = this.value('i64', place);
    const { stepSeconds } = this.#scope.dataset;
    return {
      text: `seconds((clamp(${count.text}, min = 0, max = 5) * ${stepSeconds}))`,
      constant: count.constant,
    };
  }

  #smallInteger(place: Place): Generated {
    const rng = this.#rng;
    if (rng.chance(0.7)) return this.#literalOf(rng.pick(['0', '1', '2', '(-1)', '(-2)', '3']));
    return this.value('i64', { ...place, depth: 0 });
  }

  #pair(kind: string, place: Place): [Generated, Generated] {
    return [this.value(kind, place), this.value(kind, place)];
  }

  #nullOr(kind: string, place: Place): Generated {
    return this.#rng.chance(0.3) ? this.#literalOf('null') : this.value(kind, place);
  }

  #cast(from: string, to: string, place: Place): Generated {
    const value = this.value(from, place);
    return { text: `(${value.text} as ${to})`, constant: value.constant };
  }

  #tick(): Generated {
    return this.#of(`${this.#rng.pick(this.#scope.dataset.ticks)}()`);
  }

  #leaf(kind: string, place: Place): Generated {
    const rng = this.#rng;
    const columns = this.#scope.sources
      .filter((source) => source.grouping === place.grouping)
      .flatMap((source) =>
        source.fields.filter(([, type]) => type === kind).map(([name]) => `${source.text}.${name}`),
      );
    if (columns.length > 0 && rng.chance(0.85)) return this.#of(rng.pick(columns));
    if (kind === 'timestamp_ns' && rng.chance(0.7)) return this.#anyTime(place);
    const wide = isFloat(kind) ? 'f64' : 'i64';
    if (isNumber(kind) && kind !== wide && rng.chance(0.8)) {
      const from = this.#leaf(wide, place);
      return { text: `(${from.text} as ${kind})`, constant: from.constant };
    }
    return this.#literal(kind);
  }

  #anyTime(place: Place): Generated {
    const source = this.#source(place.grouping);
    const column = source.fields.find(([, type]) => type.startsWith('timestamp_'));
    return this.#of(
      column === undefined
        ? `time_of(${source.text})`
        : `(${source.text}.${column[0]} as timestamp_ns)`,
    );
  }

  #literal(kind: string): Generated {
    const rng = this.#rng;
    if (rng.chance(0.04)) return this.#literalOf(`(null as ${kind})`);
    switch (kind) {
      case 'bool':
        return this.#literalOf(rng.pick(['true', 'false']));
      case 'string':
        return this.#literalOf(rng.pick(['"a"', '"b"', '"ann"', '""', "'x,y'", '"héllo"']));
      case 'timestamp_ns':
        return this.#literalOf(
          `("${timestampCsvText(rng.pick(this.#scope.dataset.times))}" as timestamp_ns)`,
        );
      case 'f64':
      case 'f32':
        return this.#literalOf(
          `${rng.pick(['0.0', '1.5', '2.25', '100.0', '0.1'])}${kind === 'f32' ? 'f32' : ''}`,
        );
      default: {
        const digits = String(rng.pick([0, 1, 2, 3, 5, 10, 100]));
        return this.#literalOf(kind === 'i64' ? digits : `${digits}${kind}`);
      }
    }
  }

  #source(grouping: string): ValueSource {
    return this.#rng.pick(this.#scope.sources.filter((source) => source.grouping === grouping));
  }

  #call(fn: string, args: readonly Generated[]): Generated {
    return {
      text: `${fn}(${args.map((arg) => arg.text).join(', ')})`,
      constant: args.every((arg) => arg.constant),
    };
  }

  #operator(operator: string, left: Generated, right: Generated): Generated {
    return {
      text: `(${left.text} ${operator} ${right.text})`,
      constant: left.constant && right.constant,
    };
  }

  #of(text: string): Generated {
    return { text, constant: false };
  }

  #literalOf(text: string): Generated {
    return { text, constant: true };
  }
}

interface ValueSourceFields {
  readonly fields: readonly (readonly [name: string, kind: string])[];
}

const DATE_PARTS = [
  'day_of_month',
  'day_of_month0',
  'day_of_year',
  'day_of_year0',
  'month_of_year',
  'month_of_year0',
];
