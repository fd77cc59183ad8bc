import { describe, expect, test } from 'vitest';
import type { RunShape } from '../../../../coordinator/run/state.ts';
import { CellTracker, boundsProducers } from '../../../../coordinator/run/state.ts';
import type { CellId } from '../../../../shared/plan/run-spec.ts';
import { cellName, parseCellName } from '../../../../shared/plan/run-spec.ts';
import { lowered } from '../plan/support.ts';

const ONE_STAGE = lowered('{ t: sum(Buy.qty) }');
const LOOKUP = lowered('{ l: lookup(Buy.qty, last(Names.name)) }');
const BOUNDS = lowered('{ w: last(Buy.qty | shift_by(seconds(5))) | when(minutely()) }');

function tracker(
  plan: RunShape['plan'],
  ranges: number,
  slices: number,
  onlyRange: number | null = null,
): CellTracker {
  return new CellTracker({ plan, ranges, slices, onlyRange });
}

function cell(name: string): CellId {
  return parseCellName(name)!;
}

function ready(cells: CellTracker, taken: readonly string[] = [], limit = 100): string[] {
  return cells.ready(new Set(taken), limit).map(cellName);
}

function finish(cells: CellTracker, ...names: readonly string[]): void {
  for (const name of names) cells.finish(cell(name));
}

describe('which cells may start', () => {
  test('of one stage: each range goes on by itself, slice after slice, early slices first', () => {
    const cells = tracker(ONE_STAGE, 3, 3);
    expect(cells.total).toBe(9);
    expect(ready(cells)).toEqual(['s0-p0-j0', 's0-p1-j0', 's0-p2-j0']);
    finish(cells, 's0-p0-j0', 's0-p0-j1', 's0-p2-j0');
    expect(ready(cells)).toEqual(['s0-p1-j0', 's0-p2-j1', 's0-p0-j2']);
    expect(ready(cells, ['s0-p1-j0'])).toEqual(['s0-p2-j1', 's0-p0-j2']);
    expect(ready(cells, [], 1)).toEqual(['s0-p1-j0']);
  });

  test('a reader of an exchange waits for the same slice of all ranges of its producer', () => {
    const cells = tracker(LOOKUP, 2, 2);
    expect(ready(cells)).toEqual(['s0-p0-j0', 's0-p1-j0']);
    finish(cells, 's0-p0-j0');
    // The producer may run ahead.
    expect(ready(cells)).toEqual(['s0-p1-j0', 's0-p0-j1']);
    finish(cells, 's0-p1-j0');
    expect(ready(cells)).toEqual(['s1-p0-j0', 's1-p1-j0', 's0-p0-j1', 's0-p1-j1']);
    finish(cells, 's1-p0-j0', 's1-p1-j0');
    expect(ready(cells)).toEqual(['s2-p0-j0', 's2-p1-j0', 's0-p0-j1', 's0-p1-j1']);
  });

  test('a stage that needs bounds waits for every cell of the stage that finds them', () => {
    expect(boundsProducers(BOUNDS, 1)).toEqual([0]);
    const cells = tracker(BOUNDS, 2, 2);
    finish(cells, 's0-p0-j0', 's0-p1-j0', 's0-p0-j1');
    expect(ready(cells)).toEqual(['s0-p1-j1']);
    finish(cells, 's0-p1-j1');
    expect(ready(cells)).toEqual(['s1-p0-j0', 's1-p1-j0']);
  });

  test('where one range has all rows of the result, only that one', () => {
    const cells = tracker(ONE_STAGE, 16, 2, 5);
    expect(cells.total).toBe(2);
    expect(ready(cells)).toEqual(['s0-p5-j0']);
    finish(cells, 's0-p5-j0', 's0-p5-j1');
    expect(cells.isDone).toBe(true);
  });

  test('done in any order, as a ledger lists them: the rest goes on where each range stands', () => {
    const cells = tracker(ONE_STAGE, 2, 12);
    // By name, so that slice 10 comes before slice 2.
    finish(cells, 's0-p0-j0', 's0-p0-j1', 's0-p0-j10', 's0-p0-j2', 's0-p1-j0');
    expect(ready(cells)).toEqual(['s0-p1-j1', 's0-p0-j3']);
    expect(cells.doneCount).toBe(5);
  });

  test('every cell is offered once and the run ends, whatever the order of their ends', () => {
    for (const plan of [ONE_STAGE, LOOKUP, BOUNDS]) {
      const cells = tracker(plan, 4, 5);
      const taken: string[] = [];
      let seed = 3;
      while (!cells.isDone) {
        for (const name of ready(cells, taken, 3)) taken.push(name);
        const open = taken.filter((name) => !cells.has(cell(name)));
        expect(open.length).toBeGreaterThan(0);
        seed = (seed * 48_271) % 2_147_483_647;
        finish(cells, open[seed % open.length]!);
      }
      expect(new Set(taken).size).toBe(taken.length);
      expect(taken).toHaveLength(cells.total);
      expect(ready(cells)).toEqual([]);
    }
  });
});

describe('the frontier', () => {
  test('is how many slices of the result all ranges have done', () => {
    const cells = tracker(LOOKUP, 2, 3);
    const stage = (id: number, slice: number): string[] => [
      `s${id}-p0-j${slice}`,
      `s${id}-p1-j${slice}`,
    ];
    finish(cells, ...stage(0, 0), ...stage(1, 0), ...stage(0, 1), 's2-p0-j0');
    expect(cells.frontier()).toBe(0);
    finish(cells, 's2-p1-j0');
    expect(cells.frontier()).toBe(1);
    finish(cells, ...stage(1, 1), ...stage(2, 1), ...stage(0, 2), ...stage(1, 2), ...stage(2, 2));
    expect(cells.frontier()).toBe(3);
    expect(cells.isDone).toBe(true);
  });

  test('a cell that ends twice counts once', () => {
    const cells = tracker(ONE_STAGE, 2, 1);
    finish(cells, 's0-p0-j0', 's0-p0-j0');
    expect(cells.doneCount).toBe(1);
    expect(cells.frontier()).toBe(0);
  });
});

test('names of cells', () => {
  expect(cellName({ stage: 2, range: 13, slice: 400 })).toBe('s2-p13-j400');
  expect(parseCellName('s2-p13-j400')).toEqual({ stage: 2, range: 13, slice: 400 });
  for (const name of ['', 'm0', 's1-p1', 's1-p1-j1x', 's-1-p1-j1'])
    expect(parseCellName(name)).toBeNull();
});
