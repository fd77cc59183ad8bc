/** What the ledger tells of runs, and how much of it is read for that. */
import { expect, test } from 'vitest';
import type { LedgerOptions } from '../../../../coordinator/run/ledger.ts';
import { RunLedger } from '../../../../coordinator/run/ledger.ts';
import { AppError } from '../../../../shared/base/app-error.ts';
import { anyRequest } from '../../../support/fake-engine.ts';
import { recordReads } from '../../../support/recording-store.ts';

interface Setting {
  readonly ledger: RunLedger;
  readonly store: LedgerOptions['store'];
  readonly reads: string[];
  readonly log: string[];
}

/** A ledger of `ended` runs that are done and one that is not, a second apart: r00 is the oldest. */
async function setting(ended: number): Promise<Setting> {
  const { store, reads } = recordReads();
  const log: string[] = [];
  let runs = 0;
  let now = Date.parse('2024-01-01T00:00:00Z');
  const ledger = new RunLedger({
    store,
    clock: { now: () => now },
    newId: () => String(runs++).padStart(2, '0'),
    live: () => undefined,
    log: (message) => log.push(message),
  });
  for (let run = 0; run <= ended; run++) {
    now += 1000;
    const { runId } = await ledger.enter(anyRequest());
    if (run < ended) await ledger.end(runId, { status: 'done', summary: null, error: null });
  }
  reads.length = 0;
  return { ledger, store, reads, log };
}

test('a list has the newest runs, the newest first', async () => {
  const { ledger } = await setting(20);
  expect((await ledger.list(3)).map(({ runId, status }) => [runId, status])).toEqual([
    ['r20', 'running'],
    ['r19', 'done'],
    ['r18', 'done'],
  ]);
  expect(await ledger.list(100)).toHaveLength(21);
});

test('a list reads the start of a run once, and else only the runs that are listed', async () => {
  const { ledger, reads } = await setting(20);
  await ledger.list(3);
  expect(reads.length).toBe(21 + 2 * 3);
  reads.length = 0;
  await ledger.list(3);
  expect(reads.length).toBe(2 * 3);
});

test('one run is found without a look at the others', async () => {
  const { ledger, reads } = await setting(20);
  expect(await ledger.find('r07')).toMatchObject({ runId: 'r07', status: 'done', query: 'T' });
  expect(reads.length).toBe(2);
  expect(await ledger.find('r99')).toBe(null);
});

test('of runs that have ended nothing is read to find those that have not', async () => {
  const { ledger, reads } = await setting(20);
  expect((await ledger.unfinished()).map(({ runId }) => runId)).toEqual(['r20']);
  expect(reads.length).toBe(1);
});

test('a run that ends while names are listed has ended', async () => {
  const { ledger, store } = await setting(2);
  const list = store.list.bind(store);
  store.list = async function* (prefix) {
    for await (const found of list(prefix)) if (!found.key.endsWith('status.json')) yield found;
  };
  expect((await ledger.unfinished()).map(({ runId }) => runId)).toEqual(['r02']);
});

test('an end that cannot be read leaves out its run, and is an end', async () => {
  const { ledger, store, log } = await setting(2);
  for (const text of ['{', '{}', '[]', '7']) {
    await store.put('runs/r02/status.json', [Buffer.from(text)]);
    expect((await ledger.list(100)).map(({ runId }) => runId)).toEqual(['r01', 'r00']);
    expect(await ledger.unfinished()).toEqual([]);
    await expect(ledger.find('r02')).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  }
  expect(log).toHaveLength(1);
});

test('a store that is away is not taken for entries that cannot be read', async () => {
  const { ledger, store, log } = await setting(2);
  store.get = () => Promise.reject(new AppError('transient', 'STORE_UNREACHABLE', 'no reply'));
  await expect(ledger.list(100)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
  await expect(ledger.unfinished()).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
  expect(log).toEqual([]);
});
