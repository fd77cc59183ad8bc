/**
 * Random tables as inline CSV: ties in time and whole equal triples, nulls, few entities, empty tables, times before 1970
 * and several groupings, all on a span of time that bounds how many rows a tick makes.
 */
import type { DataType } from '../../../shared/types/data-type.ts';
import { SECOND_NS } from '../oracle/calendar.ts';
import { loadCsv } from '../oracle/load-csv.ts';
import type { SourceFile } from '../oracle/load-table.ts';
import { parseTimestamp, timestampCsvText } from '../oracle/text.ts';
import { MAP_COLUMN, mapCell, withMaps } from './map-column.ts';
import type { Rng } from './rng.ts';

export interface GeneratedTable {
  readonly name: string;
  readonly grouping: string;
  readonly time: string;
  readonly key: string;
  readonly subsort: string | null;
  readonly header: readonly string[];
  /** Cells as they stand in the CSV text, already quoted. One list of rows per file. */
  readonly files: readonly (readonly (readonly string[])[])[];
}

export interface Dataset {
  readonly tables: readonly GeneratedTable[];
  /** Ticks that make at most some hundred instants on these times. */
  readonly ticks: readonly string[];
  /** Seconds that shift rows by a part of the span. */
  readonly stepSeconds: number;
  /** Some instants of the span, in ns. */
  readonly times: readonly bigint[];
}

/** The CSV text of one file of a table. */
export function csvText(table: GeneratedTable, file: number): string {
  const lines = [table.header, ...table.files[file]!].map((cells) => `${cells.join(',')}\n`);
  return lines.join('');
}

/** The columns of one file of a table, with the types that are inferred from it. */
export function loadGenerated(table: GeneratedTable, file: number): SourceFile {
  return withMaps(loadCsv(csvText(table, file)));
}

/** Whether a table has values that CSV does not hold. */
export function hasMaps(table: GeneratedTable): boolean {
  return table.header.includes(MAP_COLUMN);
}

/** The types that the columns get, by name: those inferred from one of its files. */
export function columnTypes(table: GeneratedTable, file = 0): Map<string, DataType> {
  return new Map(loadGenerated(table, file).columns.map(({ name, type }) => [name, type]));
}

interface Scale {
  readonly stepSeconds: number;
  readonly steps: number;
  readonly ticks: readonly string[];
}

const SCALES: readonly Scale[] = [
  { stepSeconds: 15, steps: 20, ticks: ['minutely', 'hourly', 'daily', 'yearly', 'finished'] },
  { stepSeconds: 600, steps: 24, ticks: ['minutely', 'hourly', 'daily', 'monthly', 'finished'] },
  { stepSeconds: 6 * 3600, steps: 24, ticks: ['hourly', 'daily', 'monthly', 'finished'] },
  { stepSeconds: 9 * 86400, steps: 40, ticks: ['daily', 'monthly', 'yearly', 'finished'] },
];

const STARTS = [
  '2024-02-28T23:58:30',
  '2023-12-31T22:00:00',
  '1969-12-31T23:59:15',
  '1970-01-01T00:00:00',
  '2000-02-29T12:00:00.5',
];

export function generateDataset(rng: Rng): Dataset {
  const scale = rng.pick(SCALES);
  const start = parseTimestamp(rng.pick(STARTS))!;
  const times = Array.from({ length: rng.int(1, 9) }, () => {
    const steps = BigInt(rng.int(0, scale.steps) * scale.stepSeconds);
    const fraction = rng.chance(0.1) ? BigInt(rng.pick([1, 500_000_000, 999_999_999])) : 0n;
    return start + steps * SECOND_NS + fraction;
  });
  const withSubsort = rng.chance(0.6);
  const people = rng.shuffled(['ann', 'bob', 'cy', 'dee', '']).slice(0, rng.int(1, 4));
  const codes = rng.shuffled(['1', '2', '3', '5', '-1']).slice(0, rng.int(1, 4));
  const named = rng.chance(0.8);
  const specs = [
    { name: 'Buy', grouping: named ? 'person' : 'Buy', key: 'who', keys: people },
    { name: 'Visit', grouping: named ? 'person' : 'Buy', key: 'visitor', keys: people },
    { name: 'Item', grouping: rng.chance(0.7) ? 'code' : 'Item', key: 'code', keys: codes },
  ];
  const count = rng.weighted([
    [2, 1],
    [3, 2],
    [4, 3],
  ]);
  const chosen = rng.shuffled(specs).slice(0, count);
  const tables = chosen.map((spec) =>
    generateTable(rng, { ...spec, times, codes, people, withSubsort }),
  );
  return { tables, ticks: scale.ticks, stepSeconds: scale.stepSeconds, times };
}

interface TableRequest {
  readonly name: string;
  readonly grouping: string;
  readonly key: string;
  readonly keys: readonly string[];
  readonly times: readonly bigint[];
  readonly codes: readonly string[];
  readonly people: readonly string[];
  readonly withSubsort: boolean;
}

function generateTable(rng: Rng, request: TableRequest): GeneratedTable {
  const { name, times, key } = request;
  // Codes of entities are integers, which an empty or wholly null column would not show.
  const mayBeEmpty = key !== 'code';
  const rowCount = rng.weighted([
    [mayBeEmpty ? 1 : 0, 0],
    [2, 1],
    [6, rng.int(2, 6)],
    [6, rng.int(5, 14)],
    [2, rng.int(15, 40)],
  ]);
  // A subsort has to be an integer column, which only rows show.
  const subsort = request.withSubsort && rowCount > 0 && rng.chance(0.85) ? 'seq' : null;
  // Only the numbers of a subsort are the same in CSV and in Arrow.
  const hasTags = subsort !== null && rng.chance(0.25);
  const header = [
    'at',
    ...(subsort === null ? [] : [subsort]),
    key,
    'n',
    'x',
    's',
    'b',
    'due',
    'ref',
    'by',
    ...(hasTags ? [MAP_COLUMN] : []),
  ];
  const nullRate = rng.pick([0, 0.1, 0.4]);
  const orNull = (cell: string): string => (rng.chance(nullRate) ? '' : cell);
  const row = (index: number): string[] => {
    const keyCell = rng.pick(request.keys);
    const isCode = key === 'code';
    return [
      isoText(rng.pick(times)),
      ...(subsort === null
        ? []
        : [
            String(
              rng.weighted([
                [9, rng.int(0, 2)],
                [1, rng.int(0, 9)],
              ]),
            ),
          ]),
      isCode && index > 0 && rng.chance(0.05) ? '' : keyCell,
      orNull(integerCell(rng)),
      orNull(floatCell(rng)),
      orNull(rng.pick(STRING_CELLS)),
      orNull(rng.pick(['true', 'false'])),
      orNull(isoText(rng.pick(times) + BigInt(rng.int(-1, 3)) * 60n * SECOND_NS)),
      index === 0 ? request.codes[0]! : orNull(rng.pick([...request.codes, '77'])),
      orNull(rng.pick([...request.people, 'nobody'])),
      // One that is there, so that the column is one of text.
      ...(hasTags ? [index === 0 ? 'a:1' : orNull(mapCell(rng))] : []),
    ];
  };
  const rows = Array.from({ length: rowCount }, (_, index) => row(index));
  if (rows.length > 1 && rng.chance(0.25)) rows.push([...rng.pick(rows)]);
  const table = {
    name,
    grouping: request.grouping,
    time: 'at',
    key,
    subsort,
    header,
    files: [rows],
  };
  return rng.chance(0.2) && !hasTags ? inTwoFiles(rng, table, rows) : table;
}

/** The rows in two files, unless a column would have different types in them: an error in the request. */
function inTwoFiles(
  rng: Rng,
  table: GeneratedTable,
  rows: readonly (readonly string[])[],
): GeneratedTable {
  const cut = rng.int(0, rows.length);
  const split = { ...table, files: [rows.slice(0, cut), rows.slice(cut)] };
  return hasOneSchema(split) ? split : table;
}

/** Whether all files give every column the same type. */
export function hasOneSchema(table: GeneratedTable): boolean {
  const schemas = table.files.map((_, file) => JSON.stringify([...columnTypes(table, file)]));
  return new Set(schemas).size === 1;
}

const STRING_CELLS = [
  'a',
  'b',
  'Zoë',
  'ß',
  '"x,y"',
  '"say ""hi"""',
  'a longer text than sixteen bytes',
  '🙂b',
];

function integerCell(rng: Rng): string {
  return rng.weighted([
    [10, String(rng.int(-3, 9))],
    [2, String(rng.int(-1000, 1000))],
    [0.3, rng.pick(['9223372036854775807', '-9223372036854775808', '4294967296'])],
  ]);
}

function floatCell(rng: Rng): string {
  return rng.weighted([
    [8, `${rng.int(-2, 9)}.${rng.int(0, 9)}`],
    [3, String(rng.next() * 100)],
    [0.5, rng.pick(['1e300', '-0.0', '0.1', '1e-7'])],
  ]);
}

/** With as many digits of a second as it takes: so columns differ in their units. */
function isoText(time: bigint): string {
  return timestampCsvText(time).replace(/\.?0+$/, '');
}
