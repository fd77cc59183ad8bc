/** The form of `millrace.yaml`, once for types, validation and the editor (docs/millrace.schema.json). */
import { Type, type Static, type TObject, type TProperties } from 'typebox';

const NAME_PATTERN = '^[A-Za-z_][A-Za-z0-9_]*$';
/** Queries are named by people, not by the language. */
const QUERY_NAME_PATTERN = '^[A-Za-z_][A-Za-z0-9_.-]*$';

/** An object that has these keys only, so that a slip of the pen is told. */
function closed<Properties extends TProperties>(
  properties: Properties,
  description: string,
): TObject<Properties> {
  return Type.Object(properties, { additionalProperties: false, description });
}

const FileFormat = Type.Union(
  [Type.Literal('parquet'), Type.Literal('csv'), Type.Literal('jsonl'), Type.Literal('arrow')],
  { description: 'By the name of the file if absent.' },
);

const Table = closed(
  {
    files: Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1 })], {
      description: 'Paths (relative to this file), globs, folders ending in / or s3:// URIs.',
    }),
    time: Type.String({ description: 'Column with the time of each event.' }),
    key: Type.String({ description: 'Column with the entity of each event.' }),
    subsort: Type.Optional(Type.String({ description: 'Column that orders events of one time.' })),
    grouping: Type.Optional(
      Type.String({
        description:
          'Kind of entity. Tables of one grouping meet. The name of the table if absent.',
      }),
    ),
    time_unit: Type.Optional(
      Type.Union([Type.Literal('s'), Type.Literal('ms'), Type.Literal('us'), Type.Literal('ns')], {
        description: 'Unit of a time column of integers; ns if absent.',
      }),
    ),
    format: Type.Optional(FileFormat),
    on_bad_row: Type.Optional(
      Type.Union([Type.Literal('fail'), Type.Literal('skip')], {
        description: 'A row that cannot be read: fail, which is the default, or skip and count.',
      }),
    ),
  },
  'Events: one row each, with a time and an entity.',
);

const Query = closed(
  {
    query: Type.String({ description: 'The query in Fenl.' }),
    results: Type.Optional(
      Type.Union([Type.Literal('history'), Type.Literal('final')], {
        description: 'Every change (the default), or the last result of each entity.',
      }),
    ),
    at: Type.Optional(Type.String({ description: 'Final results as of this time (ISO 8601).' })),
    changed_since: Type.Optional(
      Type.String({ description: 'Only results from this time on (ISO 8601).' }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, description: 'Stop after so many rows.' })),
    output: Type.Optional(
      Type.String({
        description: 'A file, a folder ending in / (relative to this file) or an s3:// URI.',
      }),
    ),
    format: Type.Optional(FileFormat),
    overwrite: Type.Optional(Type.Boolean({ description: 'Replace an output that exists.' })),
    timestamps: Type.Optional(
      Type.Union([Type.Literal('ns'), Type.Literal('us')], {
        description: 'Unit of times in Parquet and Arrow; ns if absent.',
      }),
    ),
  },
  'A query with how it is run and where its result goes.',
);

const View = closed(
  {
    text: Type.String({ description: 'An expression in Fenl.' }),
    label: Type.Optional(Type.String({ description: 'What messages call it.' })),
  },
  'A named expression.',
);

const S3 = closed(
  {
    endpoint: Type.Optional(Type.String({ description: 'URL of a store other than AWS.' })),
    region: Type.Optional(Type.String()),
    path_style: Type.Optional(
      Type.Boolean({
        description:
          'endpoint/bucket/key instead of bucket.endpoint/key; true with an endpoint if absent.',
      }),
    ),
  },
  'How s3:// URIs are reached. Keys come from the environment, never from this file.',
);

export const SpecSchema = closed(
  {
    tables: Type.Optional(
      Type.Record(Type.String({ pattern: NAME_PATTERN }), Table, {
        additionalProperties: false,
        description: 'Tables by name.',
      }),
    ),
    views: Type.Optional(
      Type.Record(Type.String({ pattern: NAME_PATTERN }), Type.Union([Type.String(), View]), {
        additionalProperties: false,
        description: 'Named expressions, which queries and other views may refer to.',
      }),
    ),
    queries: Type.Optional(
      Type.Record(
        Type.String({ pattern: QUERY_NAME_PATTERN }),
        Type.Union([Type.String(), Query]),
        {
          additionalProperties: false,
          description: 'Queries by name: millrace query NAME.',
        },
      ),
    ),
    store: Type.Optional(
      Type.String({
        description: 'Folder (relative to this file) or s3:// URI that keeps prepared tables.',
      }),
    ),
    s3: Type.Optional(S3),
  },
  'Tables, views and queries of a project.',
);

export type RawSpec = Static<typeof SpecSchema>;

/** What docs/millrace.schema.json holds; a test compares the two. */
export function specJsonSchema(): Readonly<Record<string, unknown>> {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'millrace.yaml',
    ...(JSON.parse(JSON.stringify(SpecSchema)) as Record<string, unknown>),
  };
}
