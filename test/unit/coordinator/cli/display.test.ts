/** What is shown in a terminal: tables, progress, amounts, errors. */
import { describe, expect, test } from 'vitest';
import {
  byteCount,
  exactCount,
  roundCount,
  secondCount,
} from '../../../../coordinator/cli/amounts.ts';
import { printTable } from '../../../../coordinator/cli/print-table.ts';
import { ProgressLine, renderProgress } from '../../../../coordinator/cli/progress.ts';
import { exitStatus, renderError } from '../../../../coordinator/cli/render-error.ts';
import { cutText, printable, textWidth } from '../../../../coordinator/cli/text-width.ts';
import { AppError } from '../../../../shared/base/app-error.ts';
import type { RunProgress } from '../../../../shared/wire/query-request.ts';

describe('text', () => {
  test('width counts columns, not code units', () => {
    expect(textWidth('abc')).toBe(3);
    expect(textWidth('né')).toBe(2);
    expect(textWidth('ne\u0301')).toBe(2);
    expect(textWidth('日本')).toBe(4);
    expect(textWidth('👩‍👩‍👧')).toBe(2);
  });

  test('a cut leaves whole characters', () => {
    expect(cutText('abcdef', 4)).toBe('abc…');
    expect(cutText('日本語', 4)).toBe('日…');
    expect(cutText('日本', 4)).toBe('日本');
    expect(cutText('abc', 0)).toBe('');
  });

  test('data cannot steer the terminal', () => {
    expect(printable('a\u001b[31m\nb\u202e')).toBe('a\\u001b[31m\\nb\\u202e');
  });
});

describe('tables', () => {
  const columns = [
    { name: 'key', type: 'string' },
    { name: 'n', type: 'i64' },
  ];

  test('numbers stand at the right, nulls are empty, and a line tells that rows are left out', () => {
    expect(
      printTable(
        {
          columns,
          first: [
            ['ann', '5'],
            ['日本', null],
          ],
          last: [['bob', '1234']],
        },
        80,
      ),
    ).toBe(['key      n', 'ann      5', '日本', '…        …', 'bob   1234', ''].join('\n'));
  });

  test('columns that do not fit are named', () => {
    const wide = [...columns, { name: 'third', type: 'string' }, { name: 'fourth', type: 'bool' }];
    const rows = [['a', '1', 'x'.repeat(30), 'true']];
    expect(printTable({ columns: wide, first: rows, last: [] }, 24)).toBe(
      ['key  n', 'a    1', '', '2 more columns: third, …', ''].join('\n'),
    );
  });

  test('a long cell is cut, a short list has no dots', () => {
    const text = printTable({ columns, first: [['x'.repeat(99), '1']], last: [] }, 80);
    expect(text.split('\n')[1]).toBe(`${'x'.repeat(39)}…  1`);
  });

  test('no rows: the names alone', () => {
    expect(printTable({ columns, first: [], last: [] }, 80)).toBe('key  n\n');
  });
});

test('amounts read as people write them', () => {
  expect(exactCount(3_041_199)).toBe('3,041,199');
  expect([0, 99_999, 128_000, 48_100_000, 999_960_000].map(roundCount)).toEqual([
    '0',
    '99,999',
    '128 k',
    '48.1 M',
    '1.00 G',
  ]);
  expect([512, 38_000_000, 1_234].map(byteCount)).toEqual(['512 B', '38.0 MB', '1.23 kB']);
  expect([0.31, 9.94, 41.6, 59.7, 365, 12_000].map(secondCount)).toEqual([
    '0.3 s',
    '9.9 s',
    '42 s',
    '1 min 0 s',
    '6 min 5 s',
    '3 h 20 min',
  ]);
});

describe('progress', () => {
  const PROGRESS: RunProgress = {
    runId: 'r',
    phase: 'computing',
    cellsDone: 41,
    cellsTotal: 64,
    rows: 31_200_000,
    rowsTotal: null,
    frontier: '2024-04-11T00:00:00.000000000Z',
  };

  test('one line with all that is known', () => {
    expect(renderProgress(PROGRESS, 4.2, 200)).toBe(
      'computing ████████████░░░░░░░░ 41 of 64 cells · 31.2 M rows · complete up to 2024-04-11 · 4.2 s left',
    );
    expect(renderProgress({ ...PROGRESS, cellsTotal: 0, rows: 0, frontier: null }, null, 80)).toBe(
      'computing',
    );
    expect(renderProgress(PROGRESS, null, 20)).toHaveLength(20);
    const preparing = { ...PROGRESS, phase: 'preparing', cellsTotal: 0, frontier: null } as const;
    expect(renderProgress({ ...preparing, rowsTotal: 48_100_000 }, 6, 200)).toBe(
      'preparing ████████████░░░░░░░░ 31.2 M of 48.1 M rows · 6.0 s left',
    );
    expect(renderProgress(preparing, null, 200)).toBe('preparing');
  });

  test('draws at most ten times a second, tells the time left by the pace of the phase, and clears', () => {
    const written: string[] = [];
    let now = 0;
    const line = new ProgressLine({
      isTerminal: true,
      columns: () => 200,
      write: (text) => written.push(text),
      nowMs: () => now,
    });
    const update = (cellsDone: number, atMs: number): void => {
      now = atMs;
      line.update({ ...PROGRESS, cellsDone, frontier: null, rows: 0 });
    };
    update(4, 0);
    update(5, 50);
    // 20 of the 60 cells that were left took 10 s: 40 take 20 s.
    update(24, 10_000);
    line.clear();
    line.clear();
    expect(written).toEqual([
      '\r\u001b[2Kcomputing █░░░░░░░░░░░░░░░░░░░ 4 of 64 cells',
      '\r\u001b[2Kcomputing ███████░░░░░░░░░░░░░ 24 of 64 cells · 20 s left',
      '\r\u001b[2K',
    ]);
  });

  test('is silent where there is no terminal', () => {
    const line = new ProgressLine({
      isTerminal: false,
      columns: () => 80,
      write: () => {
        throw new Error('written');
      },
      nowMs: () => 0,
    });
    line.update(PROGRESS);
    line.clear();
  });
});

describe('errors', () => {
  test('code, message, details, causes and the next step', () => {
    const error = new AppError('transient', 'STORE_UNAVAILABLE', 'reading segment s-81 of Orders', {
      cause: new Error('connect ECONNREFUSED'),
      details: { attempts: 5 },
    });
    expect(renderError(error)).toBe(
      [
        'error[STORE_UNAVAILABLE]: reading segment s-81 of Orders',
        '  attempts: 5',
        '  because: connect ECONNREFUSED',
        '',
        'This may pass: run the same command again.',
        '',
      ].join('\n'),
    );
    expect(exitStatus(error)).toBe(1);
  });

  test('the next step fits the code, where that of the class would not', () => {
    const render = (code: string): string => renderError(new AppError('resource', code, 'm'));
    expect(render('THREAD_OUT_OF_MEMORY')).toContain('\n\nIt needs more room: ');
    expect(render('STORE_FULL')).toBe(
      'error[STORE_FULL]: m\n\nFree some space there, or keep the store elsewhere with --store.\n',
    );
    expect(render('OUTPUT_FULL')).toContain('\n\nFree some space there');
    expect(render('OUTPUT_FAILED')).toContain('\n\nFree some space where the output goes');
    expect(render('TICK_ROWS_TOO_MANY')).toBe('error[TICK_ROWS_TOO_MANY]: m\n');
  });

  test('a row that cannot be read can be skipped, a line that is no row cannot', () => {
    const options = { details: { file: 'a.csv', row: 7 } };
    expect(renderError(new AppError('data', 'CSV_ROW', 'a.csv: row 7 is short', options))).toBe(
      'error[CSV_ROW]: a.csv: row 7 is short\n\n' +
        '--on-bad-row skip (in millrace.yaml: on_bad_row) leaves out such rows and says how many.\n',
    );
    expect(renderError(new AppError('data', 'JSON_ROW', 'a line is too long'))).toBe(
      'error[JSON_ROW]: a line is too long\n',
    );
  });

  test('what the user can change ends with status 2', () => {
    expect(exitStatus(new AppError('user', 'USAGE', 'x'))).toBe(2);
    expect(exitStatus(new TypeError('x'))).toBe(1);
  });

  test('what is thrown and is no AppError is a mistake of ours', () => {
    expect(renderError('odd')).toContain('error[INTERNAL]: odd');
    expect(renderError('odd')).toContain('This is a mistake in Millrace.');
  });
});
