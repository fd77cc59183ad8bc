import { describe, expect, test } from 'vitest';
import { TICK_ROWS_MAX, checkTicks, estimateTicks } from '../../../../coordinator/run/estimate.ts';
import type { PlannedQuery } from '../../../../coordinator/run/plan-query.ts';
import { planQuery } from '../../../../coordinator/run/plan-query.ts';
import type { TableManifest } from '../../../../shared/storage/table-manifest.ts';
import { TABLE_MANIFEST_VERSION } from '../../../../shared/storage/table-manifest.ts';
import { parseTimestamp } from '../../../../shared/time/parse-timestamp.ts';
import { STRING, scalar } from '../../../../shared/types/data-type.ts';

function table(low: string, high: string, entities: number): TableManifest {
  const [minTime, maxTime] = [low, high].map((text) => parseTimestamp(text)!.toString()) as [
    string,
    string,
  ];
  const segment = {
    key: 's',
    rows: entities * 2,
    entities,
    bytes: 1,
    base: '0',
    fileBase: '0',
    firstRow: 0,
    minTime,
    maxTime,
    columnKeys: [],
  };
  return {
    version: TABLE_MANIFEST_VERSION,
    id: 't',
    table: 'T',
    schema: {
      kind: 'record',
      fields: [
        { name: 'at', type: scalar('timestamp_s') },
        { name: 'who', type: STRING },
      ],
    },
    grouping: 'who',
    keyType: STRING,
    timeColumn: 'at',
    keyColumn: 'who',
    subsortColumn: null,
    files: [],
    segments: [segment],
    rows: segment.rows,
    skippedRows: 0,
    minTime,
    maxTime,
    bucketRows: [],
  };
}

function plan(query: string, tables: readonly TableManifest[]): PlannedQuery {
  const planned = planQuery(
    {
      tables: [],
      views: [],
      query,
      results: 'history',
      output: { path: null, format: 'csv', layout: 'file', overwrite: false, timestamps: 'ns' },
    },
    tables,
  ).query;
  if (planned === null) throw new Error('the query is rejected');
  return planned;
}

describe('the rows that ticks make', () => {
  test('are at most boundaries × entities', () => {
    const tables = [table('2024-01-01T10:00:30Z', '2024-01-01T10:02:10Z', 7)];
    expect(estimateTicks(plan('{ n: count(T) } | when(minutely())', tables), tables)).toEqual([
      { tick: 'minutely', boundaries: 2, entities: 7, rows: 14 },
    ]);
  });

  test('over shifts are estimated by the data', () => {
    const tables = [table('2024-01-01T10:00:00Z', '2024-01-01T12:00:00Z', 7)];
    const query = plan('{ n: count(T.at | shift_by(seconds(5))) } | when(hourly())', tables);
    expect(estimateTicks(query, tables)).toMatchObject([{ tick: 'hourly', boundaries: 3 }]);
  });

  test('finished costs nothing worth a word; a table without rows has none', () => {
    const tables = [table('2024-01-01T10:00:00Z', '2024-01-01T12:00:00Z', 7)];
    expect(estimateTicks(plan('{ n: count(T) } | when(finished())', tables), tables)).toEqual([]);
    const empty = [{ ...tables[0]!, minTime: null, maxTime: null, segments: [], rows: 0 }];
    expect(estimateTicks(plan('{ n: count(T) } | when(hourly())', empty), empty)).toEqual([]);
  });

  test('beyond TICK_ROWS_MAX the query is refused before anything runs', () => {
    const tables = [table('2004-01-01T00:00:00Z', '2024-01-01T00:00:00Z', 1_000)];
    expect(() => checkTicks(plan('{ n: count(T) } | when(daily())', tables), tables)).not.toThrow();
    let thrown: unknown;
    try {
      checkTicks(plan('{ n: count(T) } | when(minutely())', tables), tables);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ class: 'resource', code: 'TICK_ROWS_TOO_MANY' });
    expect(String(thrown)).toContain(TICK_ROWS_MAX.toLocaleString('en-US'));
    expect(String(thrown)).toContain('10,519,201 boundaries × 1,000 entities');
  });
});
