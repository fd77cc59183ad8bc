/** What gives a bool, a string, a time or a number: the pointwise functions and the aggregations of each type. */
import type { ExpressionGenerator } from './expressions.ts';
import {
  NUMBERS,
  ORDERED,
  VALUES,
  call,
  constantOf,
  isFloat,
  operator,
  withRows,
} from './generated.ts';
import type { Generated, Place, Production, Productions, ValueSource } from './generated.ts';
import { MAP_KEYS } from './map-column.ts';

export function boolProductions(g: ExpressionGenerator): Productions {
  const rng = g.rng;
  return [
    [
      4,
      (place) => {
        const kind = rng.pick(ORDERED);
        return operator(
          rng.pick(['<', '<=', '>', '>=']),
          g.value(kind, place),
          g.value(kind, place),
        );
      },
    ],
    [
      2,
      (place) => {
        const kind = rng.pick(VALUES);
        return operator(rng.pick(['==', '!=', '<>']), g.value(kind, place), g.value(kind, place));
      },
    ],
    [0.3, (place) => recordEquality(g, place)],
    [0.3, (place) => listEquality(g, place)],
    [0.3, (place) => intervalOrder(g, place)],
    [
      2,
      (place) => operator(rng.pick(['and', 'or']), g.value('bool', place), g.value('bool', place)),
    ],
    [1, (place) => call('not', [g.value('bool', place)])],
    [1, (place) => call('is_valid', [g.value(rng.pick(VALUES), place)])],
    [0.5, (place) => withRows(`is_valid(${g.leaves.source(place.grouping).text})`)],
    [0.5, (place) => g.cast(rng.pick(['i64', 'f64', 'string', 'u32']), 'bool', place)],
  ];
}

export function stringProductions(g: ExpressionGenerator): Productions {
  const rng = g.rng;
  return [
    [2, (place) => call(rng.pick(['upper', 'lower']), [g.value('string', place)])],
    [
      2,
      (place) => {
        const s = g.value('string', place);
        const bounds = rng.pick([['start'], ['end'], ['start', 'end']]);
        const values = bounds.map(() => g.smallInteger(place));
        const named = bounds.map((name, i) => `, ${name} = ${values[i]!.text}`);
        const constant = [s, ...values].every((part) => part.constant);
        return { text: `substring(${s.text}${named.join('')})`, constant };
      },
    ],
    [
      1.5,
      (place) =>
        g.cast(rng.pick(['i64', 'f64', 'bool', 'timestamp_ns', 'f32', 'u8']), 'string', place),
    ],
    [0.5, (place) => json(g, place)],
  ];
}

export function timeProductions(g: ExpressionGenerator): Productions {
  const rng = g.rng;
  return [
    [3, (place) => withRows(`time_of(${g.timeline(rng.pick(VALUES), place).text})`)],
    [2, (place) => call('add_time', [g.delta(place), g.value('timestamp_ns', place)])],
    [1, (place) => g.aggregation(rng.pick(['min', 'max']), 'timestamp_ns', place)],
    [0.7, (place) => call(rng.pick(['zip_min', 'zip_max']), g.pair('timestamp_ns', place))],
    [0.5, (place) => g.lag('timestamp_ns', place)],
  ];
}

export function numberProductions(g: ExpressionGenerator, kind: string): Productions {
  const rng = g.rng;
  const common: (readonly [number, Production])[] = [
    ...(kind === 'i64' ? mapProductions(g) : []),
    [4, (place) => operator(rng.pick(['+', '-', '*', '/']), ...g.pair(kind, place))],
    [0.7, (place) => call(rng.pick(['ceil', 'floor', 'round']), [g.value(kind, place)])],
    [1, (place) => call(rng.pick(['zip_min', 'zip_max']), g.pair(kind, place))],
    [0.7, (place) => clamp(g, kind, place)],
    [4, (place) => g.aggregation(rng.pick(['sum', 'min', 'max']), kind, place)],
    [1, (place) => g.lag(kind, place)],
    [1, (place) => g.cast(rng.pick([...NUMBERS, 'bool', 'string']), kind, place)],
  ];
  if (kind.startsWith('i') || isFloat(kind)) {
    common.push([0.7, (place) => call('neg', [g.value(kind, place)])]);
  }
  switch (kind) {
    case 'f64':
      return [
        ...common,
        [
          4,
          (place) =>
            g.aggregation(rng.pick(['mean', 'variance', 'stddev']), rng.pick(NUMBERS), place, true),
        ],
        [
          1,
          (place) =>
            operator(
              rng.pick(['+', '-', '*', '/']),
              g.value('f64', place),
              g.value(rng.pick(NUMBERS), place),
            ),
        ],
        [
          1,
          (place) =>
            call('powf', [g.value('f64', place), g.value(rng.pick(['f64', 'i64']), place)]),
        ],
        [0.7, (place) => call('sqrt', [g.value(rng.pick(NUMBERS), place)])],
        [0.5, (place) => call('exp', [g.value('f64', place)])],
      ];
    case 'i64':
      return [
        ...common,
        [1, (place) => g.cast('timestamp_ns', 'i64', place)],
        [1, (place) => between(g, place)],
      ];
    case 'u64':
      return [...common, [3, (place) => call('hash', [g.value(rng.pick(VALUES), place)])]];
    case 'u32':
      return [
        ...common,
        [5, (place) => g.aggregation('count', rng.pick(VALUES), place, true)],
        [2, (place) => g.aggregation('count_if', 'bool', place, true)],
        [1, (place) => call(rng.pick(DATE_PARTS), [g.value('timestamp_ns', place)])],
      ];
    case 'i32':
      return [
        ...common,
        [1, (place) => call('len', [g.value('string', place)])],
        [1, (place) => call('year', [g.value('timestamp_ns', place)])],
        [2, (place) => call('list_len', [g.list(rng.pick(VALUES), place)])],
      ];
    default:
      return common;
  }
}

function mapProductions(g: ExpressionGenerator): Productions {
  if (!g.scope.sources.some((source) => mapOf(source) !== null)) return [];
  return [[6, (place) => mapEntry(g, place)]];
}

/** An entry of a map; another number where the grouping has no map. */
export function mapEntry(g: ExpressionGenerator, place: Place): Generated {
  const map = mapValue(g, place);
  if (map === null) return g.leaves.leaf('i64', place);
  const { rng } = g;
  const key = rng.chance(0.7)
    ? constantOf(JSON.stringify(rng.pick([...MAP_KEYS, 'absent'])))
    : g.value('string', { ...place, depth: Math.min(place.depth, 1) });
  return withRows(rng.chance(0.5) ? `get(${key.text}, ${map})` : `(${map} | get(${key.text}))`);
}

/** A map of this grouping: a column, or one that was moved, kept, collected or looked up. */
function mapValue(g: ExpressionGenerator, place: Place): string | null {
  const { rng } = g;
  const columns = (grouping: string): string[] =>
    g.scope.sources
      .filter((source) => source.grouping === grouping)
      .flatMap((source) => mapOf(source) ?? []);
  const own = columns(place.grouping);
  if (own.length === 0) return null;
  const column = rng.pick(own);
  const inner = { ...place, depth: Math.min(place.depth, 1) };
  return rng.weighted<() => string>([
    [3, () => column],
    [2, () => `last(${column})`],
    [1, () => `first(${column}, window = since(${g.value('bool', inner).text}))`],
    [1, () => `if(${g.value('bool', inner).text}, ${column})`],
    [1, () => `(${column} | when(${g.condition(inner).text}))`],
    [1, () => `collect(${column}, max = 2)[0]`],
    [1, () => `shift_by(${g.delta(inner).text}, ${column})`],
    [1, () => `shift_until(${g.value('bool', inner).text}, ${column})`],
    [1, () => `else(${column}, if(${g.value('bool', inner).text}, ${column}))`],
    [1, () => `({ m: ${column}, n: 1 } | last()).m`],
    [
      2,
      () => {
        const key = g.timeline(g.scope.keyKinds.get(place.grouping)!, inner);
        return `lookup(${key.text}, last(${column}))`;
      },
    ],
    [
      1,
      () => {
        const key = g.timeline(g.scope.keyKinds.get(place.grouping)!, inner);
        return `with_key(${key.text}, ${column}, grouping = "${place.grouping}")`;
      },
    ],
  ])();
}

function mapOf(source: ValueSource): string | null {
  const field = source.fields.find(([, kind]) => kind === 'map');
  return field === undefined ? null : `${source.text}.${field[0]}`;
}

function recordEquality(g: ExpressionGenerator, place: Place): Generated {
  const kinds = [g.rng.pick(VALUES), g.rng.pick(VALUES)];
  const [left, right] = [g.record('f', kinds, place), g.record('f', kinds, place)];
  return operator('==', left, right);
}

function listEquality(g: ExpressionGenerator, place: Place): Generated {
  const kind = g.rng.pick(VALUES);
  return operator('==', g.list(kind, place), g.list(kind, place));
}

function intervalOrder(g: ExpressionGenerator, place: Place): Generated {
  const fn = g.rng.pick(['seconds', 'days', 'months']);
  const [left, right] = g.pair('i64', { ...place, depth: 0 });
  const sides = [call(fn, [left]), call(fn, [right])] as const;
  return operator(g.rng.pick(['<', '>=', '==']), ...sides);
}

function json(g: ExpressionGenerator, place: Place): Generated {
  const rng = g.rng;
  const text = rng.pick([
    String.raw`"{\"a\": 10, \"b\": {\"c\": [1, \"z\"]}}"`,
    String.raw`"{\"a\": \"text\", \"b\": null}"`,
    String.raw`"{\"a\": 1.50, \"a\": true}"`,
    '"[1]"',
    '"no json"',
  ]);
  const condition = g.value('bool', place);
  return {
    text: `json(if(${condition.text}, ${text})).${rng.pick(['a', 'b', 'z'])}`,
    constant: condition.constant,
  };
}

function clamp(g: ExpressionGenerator, kind: string, place: Place): Generated {
  const rng = g.rng;
  const value = g.value(kind, place);
  const names = rng.pick([['min'], ['max'], ['min', 'max']]);
  const bounds = names.map(() => g.value(kind, { ...place, depth: 0 }));
  const named = names.map((name, i) => `, ${name} = ${bounds[i]!.text}`);
  const constant = [value, ...bounds].every((part) => part.constant);
  return { text: `clamp(${value.text}${named.join('')})`, constant };
}

function between(g: ExpressionGenerator, place: Place): Generated {
  const fn = g.rng.pick(['seconds_between', 'days_between', 'months_between']);
  const between = call(fn, g.pair('timestamp_ns', place));
  return { text: `(${between.text} as i64)`, constant: between.constant };
}

const DATE_PARTS = [
  'day_of_month',
  'day_of_month0',
  'day_of_year',
  'day_of_year0',
  'month_of_year',
  'month_of_year0',
];
