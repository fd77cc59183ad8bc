/** Random queries over a dataset: perhaps some let-bound records, then a record of expressions, perhaps filtered or shifted. */
import { columnTypes } from './generate-tables.ts';
import type { Dataset } from './generate-tables.ts';
import { ExpressionGenerator } from './expressions.ts';
import type { Place, Scope, ValueSource } from './generated.ts';
import { MAP_COLUMN } from './map-column.ts';
import { mapEntry } from './productions.ts';
import type { Rng } from './rng.ts';

const FIELD_KINDS = [
  'i64',
  'f64',
  'f64',
  'u32',
  'u32',
  'string',
  'bool',
  'timestamp_ns',
  'i32',
  'f32',
  'u64',
  'i16',
  'u8',
];

/** The text of a query that should be well typed. */
export function generateQuery(rng: Rng, dataset: Dataset): string {
  const sources = dataset.tables.map((table): ValueSource => ({
    text: table.name,
    grouping: table.grouping,
    fields: [...columnTypes(table)].map(([name, type]) => [name, type.kind] as const),
  }));
  const keyKinds = new Map(
    dataset.tables.map((table) => [
      table.grouping,
      columnTypes(table).get(table.key)!.kind as string,
    ]),
  );
  const scope: Scope = { rng, dataset, sources, keyKinds };
  const expressions = new ExpressionGenerator(scope);
  const bindings: string[] = [];
  for (
    let i = rng.weighted([
      [5, 0],
      [3, 1],
      [1, 2],
    ]);
    i > 0;
    i--
  ) {
    bindings.push(bindSource(scope, expressions, `r${i}`));
  }
  const place: Place = {
    grouping: rng.pick([...keyKinds.keys()]),
    depth: rng.pick([1, 2, 2, 3, 3, 4]),
  };
  const body = queryBody(scope, expressions, place);
  return bindings.length === 0 ? body : `${bindings.join(' ')} in ${body}`;
}

function queryBody(scope: Scope, expressions: ExpressionGenerator, place: Place): string {
  const { rng } = scope;
  const kinds = Array.from({ length: rng.int(1, 4) }, () => rng.pick(FIELD_KINDS));
  const first = expressions.timeline(kinds[0]!, place);
  const rest = expressions.record('f', kinds.slice(1), place);
  const shown = rng.chance(0.3) ? `last(${first.text})` : first.text;
  const fields = [
    `q: ${shown}`,
    ...mapFields(scope, expressions, place),
    ...(kinds.length > 1 ? [rest.text.slice(2, -2)] : []),
  ];
  const record = `{ ${fields.join(', ')} }`;
  const condition = (): string => expressions.condition({ ...place, depth: 1 }).text;
  return rng.weighted<() => string>([
    [10, () => record],
    [2, () => `(${record} | when(${condition()}))`],
    [0.5, () => `(${record} | if(${condition()}))`],
    [0.5, () => `(${record} | last())`],
    [0.5, () => `(${record} | extend({ one: 1 }))`],
    [0.5, () => `{ q: ${first.text}, nested: ${record}, list: collect(${record}, max = 2) }`],
    [1, () => expressions.shifted({ text: record, constant: false }, { ...place, depth: 1 }).text],
    [0.5, () => `select_fields(${record}, "q")`],
  ])();
}

/** Maps of the grouping and entries of them, as fields: shown often, for few datasets have any. */
function mapFields(scope: Scope, expressions: ExpressionGenerator, place: Place): string[] {
  const { rng, sources } = scope;
  const maps = sources
    .filter(({ grouping, fields }) => {
      return grouping === place.grouping && fields.some(([, kind]) => kind === 'map');
    })
    .map(({ text }) => `${text}.${MAP_COLUMN}`);
  return maps
    .filter(() => rng.chance(0.7))
    .map((map, at) => {
      const shown = rng.weighted<() => string>([
        [3, () => mapEntry(expressions, place).text],
        [1, () => `last(${map})`],
        [1, () => map],
      ])();
      return `m${at}: ${shown}`;
    });
}

/** Adds a let-bound record to the scope and returns its binding. */
function bindSource(scope: Scope, expressions: ExpressionGenerator, name: string): string {
  const { rng, keyKinds } = scope;
  const from = rng.pick([...keyKinds.keys()]);
  const place: Place = { grouping: from, depth: rng.int(1, 2) };
  const kinds = Array.from({ length: rng.int(1, 3) }, () =>
    rng.pick(['i64', 'f64', 'string', 'bool', 'timestamp_ns']),
  );
  const record = expressions.record('p', kinds, place);
  const value = record.constant
    ? {
        text: `(${record.text} | if(${expressions.timeline('bool', place).text}))`,
        constant: false,
      }
    : record;
  let grouping = from;
  const text = rng.weighted<() => string>([
    [2, () => value.text],
    [2, () => `(${value.text} | when(${expressions.condition({ ...place, depth: 1 }).text}))`],
    [2, () => expressions.shifted(value, { ...place, depth: 1 }).text],
    [1, () => `last(${value.text})`],
    [
      3,
      () => {
        const kind = rng.pick(['string', 'i64', 'bool', 'timestamp_ns', 'f64']);
        grouping = rng.chance(0.5) ? kind : rng.pick([...keyKinds.keys()]);
        const keyKind = keyKinds.get(grouping) ?? kind;
        const key = expressions.timeline(keyKind, { ...place, depth: 1 });
        return `with_key(${key.text}, ${value.text}, grouping = "${grouping}")`;
      },
    ],
  ])();
  if (!keyKinds.has(grouping)) keyKinds.set(grouping, grouping);
  scope.sources.push({ text: name, grouping, fields: record.fields });
  return `let ${name} = ${text}`;
}
