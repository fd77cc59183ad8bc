/** What a request is refused for before there is a run. */
import { expect, test } from 'vitest';
import { checkRequest } from '../../../../coordinator/run/check-request.ts';
import type { QueryRequest } from '../../../../shared/wire/query-request.ts';
import { openTestEngine } from '../../../support/engine.ts';
import { anyRequest } from '../../../support/fake-engine.ts';

const [TABLE] = anyRequest().tables;

const WRONG: readonly (readonly [string, string, Partial<QueryRequest>])[] = [
  ['TABLE_NAME', "'a b' is not a table name", { tables: [{ ...TABLE!, name: 'a b' }] }],
  ['TABLE_NAME', 'table T is given twice', { tables: [TABLE!, TABLE!] }],
  ['LIMIT_INVALID', 'limit (--limit) takes a whole number, not 1e+300', { limit: 1e300 }],
  ['AT_NEEDS_FINAL', 'finalAt (--at) goes with results: final', { finalAt: '2024-01-01' }],
  ['TIME_INVALID', "changedSince (--changed-since): 'soon'", { changedSince: 'soon' }],
  ['STATE_NAME', "'a b' is not a name for a state", { saveState: 'a b' }],
];

test.each(WRONG)('%s: %s', (code, text, change) => {
  expect(() => checkRequest({ ...anyRequest(), ...change })).toThrow(
    expect.objectContaining({ class: 'user', code, message: expect.stringContaining(text) }),
  );
});

test('a good request is let through', () => {
  expect(() => checkRequest({ ...anyRequest(), limit: 0, saveState: 'a.b' })).not.toThrow();
});

test.each(WRONG)('no run is begun for it: %s, %s', async (code, _text, change) => {
  const engine = await openTestEngine();
  const request = { ...anyRequest(), ...change };
  await expect(engine.start(request)).rejects.toMatchObject({ code });
  await expect(engine.check(request)).rejects.toMatchObject({ code });
  expect(await engine.runs()).toEqual([]);
  await engine.close();
});
