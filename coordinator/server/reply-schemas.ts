/** Schemas of what the server answers, for its OpenAPI page. Replies are not filtered by them: see build-server.ts. */
import { Type, type TSchema, type TUnsafe } from 'typebox';

/** Documentation only: what a route sends is typed by the engine's own interfaces. */
const documented = (schema: TSchema): TUnsafe<unknown> => Type.Unsafe<unknown>(schema);
const nullable = <T extends TSchema>(schema: T): TSchema => Type.Union([schema, Type.Null()]);
const Column = Type.Object({ name: Type.String(), type: Type.String() });
const Count = Type.Integer({ minimum: 0 });
const Time = Type.String({ description: 'ISO 8601' });

const Diagnostic = Type.Object({
  severity: Type.Union([Type.Literal('error'), Type.Literal('warning'), Type.Literal('note')]),
  code: Type.String(),
  message: Type.String(),
  formatted: Type.String({ description: 'With the caret under the source' }),
  location: nullable(
    Type.Object({ part: Type.String(), line: Type.Integer(), column: Type.Integer() }),
  ),
});
const Diagnostics = Type.Array(Diagnostic);

export const ProblemSchema: TUnsafe<unknown> = documented(
  Type.Object(
    {
      type: Type.String(),
      title: Type.String(),
      status: Type.Integer(),
      detail: Type.String(),
      instance: Type.String(),
      code: Type.String({ description: 'Stable' }),
      class: Type.Union(
        [
          Type.Literal('user'),
          Type.Literal('data'),
          Type.Literal('transient'),
          Type.Literal('resource'),
          Type.Literal('bug'),
        ],
        { description: 'Whose move it is' },
      ),
      details: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()])),
      diagnostics: Type.Optional(Diagnostics),
    },
    { description: 'RFC 9457' },
  ),
);

export const CheckReplySchema: TUnsafe<unknown> = documented(
  Type.Object({
    diagnostics: Diagnostics,
    type: nullable(Type.Unknown({ description: 'The type of the query; null if it has errors' })),
    freeNames: Type.Array(Type.String(), {
      description: 'What the query refers to and does not bind: tables, views, and missing names',
    }),
    missingNames: Type.Array(Type.String(), {
      description: 'What it refers to, itself or through views, and nobody provides',
    }),
    reads: Type.Array(
      Type.Object({
        table: Type.String(),
        columns: Type.Array(Type.String()),
        isSampled: Type.Boolean(),
      }),
      { description: 'What is read of each table beside time, key and subsort' },
    ),
    isResumable: Type.Boolean({ description: 'Whether a state of it can be saved and resumed' }),
  }),
);

export const ExplainReplySchema: TUnsafe<unknown> = documented(
  Type.Object({
    diagnostics: Diagnostics,
    explanation: nullable(
      Type.Object({
        logical: Type.Unknown({ description: 'The optimized logical plan in its JSON form' }),
        sections: Type.Array(Type.Object({ title: Type.String(), text: Type.String() })),
      }),
    ),
  }),
);

const Progress = Type.Object({
  runId: Type.String(),
  phase: Type.Union([
    Type.Literal('preparing'),
    Type.Literal('computing'),
    Type.Literal('merging'),
    Type.Literal('publishing'),
  ]),
  cellsDone: Count,
  cellsTotal: Count,
  rows: Count,
  rowsTotal: nullable(Count),
  frontier: nullable(Time),
});

const Summary = Type.Object({
  runId: Type.String(),
  rows: Count,
  inputRows: Count,
  cells: Count,
  prepareSeconds: Type.Number(),
  seconds: Type.Number(),
  bytes: Count,
  files: Type.Array(Type.String()),
  skippedRows: Count,
  droppedByShift: Count,
  columns: Type.Array(Column),
});

export const StartedSchema: TUnsafe<unknown> = documented(Type.Object({ runId: Type.String() }));

export const RunInfoSchema: TUnsafe<unknown> = documented(
  Type.Object({
    runId: Type.String(),
    query: Type.String(),
    status: Type.Union([
      Type.Literal('running'),
      Type.Literal('done'),
      Type.Literal('failed'),
      Type.Literal('cancelled'),
      Type.Literal('interrupted'),
    ]),
    startedAt: Time,
    endedAt: nullable(Time),
    progress: nullable(Progress),
    summary: nullable(Summary),
    error: nullable(Type.Object({ code: Type.String(), message: Type.String() })),
    diagnostics: Diagnostics,
  }),
);

export const RunsReplySchema: TUnsafe<unknown> = documented(
  Type.Object({ runs: Type.Array(RunInfoSchema) }),
);

export const TablesReplySchema: TUnsafe<unknown> = documented(
  Type.Object({
    tables: Type.Array(
      Type.Object({
        name: Type.String(),
        grouping: Type.String(),
        time: Type.String(),
        key: Type.String(),
        files: Count,
        bytes: Count,
        rows: nullable(Count),
        minTime: nullable(Type.String({ description: 'Decimal nanoseconds since 1970' })),
        maxTime: nullable(Type.String({ description: 'Decimal nanoseconds since 1970' })),
        columns: nullable(Type.Array(Column)),
      }),
    ),
  }),
);

export const FilesReplySchema: TUnsafe<unknown> = documented(
  Type.Object({
    files: Type.Array(
      Type.Object({
        uri: Type.String(),
        bytes: Count,
        rows: Count,
        columns: Type.Array(Column),
        unsupported: Type.Array(Column),
        timeCandidates: Type.Array(Type.String()),
        keyCandidates: Type.Array(Type.String()),
      }),
    ),
  }),
);

export const HealthSchema: TUnsafe<unknown> = documented(
  Type.Object({
    status: Type.Union([Type.Literal('ready'), Type.Literal('not ready')]),
    checks: Type.Record(Type.String(), Type.String()),
  }),
);
