import { describe, expect, test } from 'vitest';
import { planQuery } from '../../../../coordinator/run/plan-query.ts';
import type { TableManifest } from '../../../../shared/storage/table-manifest.ts';
import { TABLE_MANIFEST_VERSION } from '../../../../shared/storage/table-manifest.ts';
import { I64, STRING, scalar } from '../../../../shared/types/data-type.ts';
import type { QueryRequest } from '../../../../shared/wire/query-request.ts';

const T: TableManifest = {
  version: TABLE_MANIFEST_VERSION,
  id: 't',
  table: 'T',
  schema: {
    kind: 'record',
    fields: [
      { name: 'at', type: scalar('timestamp_s') },
      { name: 'who', type: STRING },
      { name: 'peer', type: STRING },
      { name: 'x', type: I64 },
    ],
  },
  grouping: 'who',
  keyType: STRING,
  timeColumn: 'at',
  keyColumn: 'who',
  subsortColumn: null,
  files: [],
  segments: [],
  rows: 1000,
  skippedRows: 0,
  minTime: '0',
  maxTime: '1000',
  bucketRows: [],
};

/** The exchanges of a lookup into a table of 1,000 rows. */
function exchanges(request: Partial<QueryRequest>, table: TableManifest = T): string[] {
  const { query } = planQuery(
    {
      tables: [],
      views: [],
      query: '{ s: lookup(T.peer, sum(T.x)) }',
      results: 'history',
      output: { path: null, format: 'csv', layout: 'file', overwrite: false, timestamps: 'ns' },
      ...request,
    },
    [table],
  );
  return query!.stages.exchanges.map((exchange) => exchange.kind);
}

describe('a lookup into a small table', () => {
  test('is a broadcast, into a large one requests and answers', () => {
    expect(exchanges({})).toEqual(['broadcast']);
    expect(exchanges({}, { ...T, rows: 1_000_000_000 })).toEqual(['request', 'response']);
  });

  test('is requests and answers where the broadcast is disabled, as a rule is', () => {
    expect(exchanges({ tuning: { disableRules: ['broadcast'] } })).toEqual(['request', 'response']);
    expect(exchanges({ tuning: { disableRules: ['all'] } })).toEqual(['request', 'response']);
    expect(exchanges({ tuning: { disableRules: ['known-new'] } })).toEqual(['broadcast']);
  });

  test('is requests and answers for every size where a state is kept: it must fit the plan of later runs', () => {
    expect(exchanges({ saveState: 's' })).toEqual(['request', 'response']);
    expect(exchanges({ resumeState: 's' })).toEqual(['request', 'response']);
  });
});
