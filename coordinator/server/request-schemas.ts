/** Schemas of what clients send: the vocabulary of shared/wire/query-request.ts, checked at the door. */
import { Type, type Static } from 'typebox';
import { RUNS_LISTED, RUNS_LISTED_MAX } from '../../shared/wire/client.ts';
import { RUN_ID } from '../../shared/wire/run-id.ts';
import type { QueryRequest, TableSpec } from '../../shared/wire/query-request.ts';

export const TABLES_MAX = 1_000;
export const FILES_MAX = 10_000;
export const KEYS_MAX = 10_000;
export const TEXT_LENGTH_MAX = 16 << 20;

const closed = { additionalProperties: false } as const;
const Name = Type.String({ minLength: 1, maxLength: 200 });
const Text = Type.String({ maxLength: TEXT_LENGTH_MAX });
const Path = Type.String({ minLength: 1, maxLength: 4_096 });
const Format = Type.Union(
  [Type.Literal('parquet'), Type.Literal('csv'), Type.Literal('jsonl'), Type.Literal('arrow')],
  { description: 'Of a file; where it may be absent, its name decides' },
);

export const TableSpecSchema = Type.Object(
  {
    name: Name,
    files: Type.Array(Path, {
      maxItems: FILES_MAX,
      description:
        's3:// URIs: objects, prefixes that end in /, globs. Local paths only where the coordinator allows them',
    }),
    inlineCsv: Type.Optional(
      Type.Array(Text, { maxItems: FILES_MAX, description: 'Whole CSV files as text' }),
    ),
    time: Name,
    key: Name,
    subsort: Type.Optional(Name),
    grouping: Type.Optional(Type.String({ maxLength: 200 })),
    timeUnit: Type.Optional(
      Type.Union([Type.Literal('s'), Type.Literal('ms'), Type.Literal('us'), Type.Literal('ns')]),
    ),
    format: Type.Optional(Format),
    onBadRow: Type.Optional(Type.Union([Type.Literal('fail'), Type.Literal('skip')])),
  },
  { ...closed, description: 'Event files with a time column and an entity key' },
);

const ViewSpecSchema = Type.Object(
  { name: Name, text: Text, label: Type.Optional(Type.String({ maxLength: 4_096 })) },
  closed,
);

const OutputSpecSchema = Type.Object(
  {
    path: Type.Union([Path, Type.Null()], {
      description:
        'An s3:// URI; null keeps the result in the store, to be fetched from /v1/runs/{runId}/result',
    }),
    format: Format,
    layout: Type.Union([Type.Literal('file'), Type.Literal('folder')]),
    overwrite: Type.Boolean(),
    timestamps: Type.Union([Type.Literal('ns'), Type.Literal('us')]),
  },
  closed,
);

const TuningSchema = Type.Object(
  {
    ranges: Type.Optional(Type.Integer({ minimum: 1 })),
    slices: Type.Optional(Type.Integer({ minimum: 1 })),
    batchRows: Type.Optional(Type.Integer({ minimum: 1 })),
    disableRules: Type.Optional(Type.Array(Name, { maxItems: 100 })),
  },
  { ...closed, description: 'How the work is cut: never changes a byte of the result' },
);

const Time = Type.String({ maxLength: 64, description: 'ISO 8601' });

const SampleSpecSchema = Type.Union(
  [
    Type.Object({ percent: Type.Number({ exclusiveMinimum: 0, maximum: 100 }) }, closed),
    Type.Object(
      { keys: Type.Array(Type.String({ maxLength: 4_096 }), { minItems: 1, maxItems: KEYS_MAX }) },
      closed,
    ),
  ],
  { description: 'Only a part of the entities: so many percent of them, or those of these keys' },
);

export const QueryRequestSchema = Type.Object(
  {
    tables: Type.Array(TableSpecSchema, { maxItems: TABLES_MAX }),
    views: Type.Array(ViewSpecSchema, { maxItems: TABLES_MAX }),
    query: Text,
    results: Type.Union([Type.Literal('history'), Type.Literal('final')]),
    finalAt: Type.Optional(Time),
    changedSince: Type.Optional(Time),
    limit: Type.Optional(Type.Integer({ minimum: 0 })),
    sample: Type.Optional(SampleSpecSchema),
    output: OutputSpecSchema,
    saveState: Type.Optional(Name),
    resumeState: Type.Optional(Name),
    tuning: Type.Optional(TuningSchema),
  },
  closed,
);

export const TablesRequestSchema = Type.Object(
  { tables: Type.Array(TableSpecSchema, { maxItems: TABLES_MAX }) },
  closed,
);

export const FilesRequestSchema = Type.Object(
  { files: Type.Array(Path, { minItems: 1, maxItems: FILES_MAX }) },
  closed,
);

const RunId = Type.String({ pattern: RUN_ID.source });

export const RunParamsSchema = Type.Object({ runId: RunId });

export const RunsQuerySchema = Type.Object(
  {
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: RUNS_LISTED_MAX,
        default: RUNS_LISTED,
        description: 'How many at most',
      }),
    ),
  },
  closed,
);

export const ResultParamsSchema = Type.Object({
  runId: RunId,
  name: Type.String({ pattern: '^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$' }),
});

// What passes the schemas is what the engine takes: both are written down, so the compiler compares them.
type Accepts<Wanted, Given extends Wanted> = Given;
export type CheckedQueryRequest = Accepts<QueryRequest, Static<typeof QueryRequestSchema>>;
export type CheckedTableSpec = Accepts<TableSpec, Static<typeof TableSpecSchema>>;
