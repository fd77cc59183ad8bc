/** What is told of a connection to Redis: one line when it goes away, one when it is back, and its memory policy once. */
import { EventEmitter } from 'node:events';
import type { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import type { QueueState } from '../../../../shared/queue/queue-state.ts';
import { RedisLink } from '../../../../shared/queue/redis-link.ts';

interface Setting {
  readonly link: RedisLink;
  readonly told: QueueState[];
  /** As ioredis: each failed try is an error and a close. */
  readonly refuse: (error: Error) => void;
  readonly emit: (event: 'ready' | 'close') => void;
}

function setting(info: () => Promise<string> = async () => ''): Setting {
  const client = Object.assign(new EventEmitter(), { info });
  const told: QueueState[] = [];
  // The link listens and asks for `info`, and touches nothing else of a client.
  const link = new RedisLink(client as unknown as Redis, (state) => void told.push(state));
  return {
    link,
    told,
    refuse: (error) => {
      client.emit('error', error);
      client.emit('close');
    },
    emit: (event) => void client.emit(event),
  };
}

function refused(): Error {
  return Object.assign(new Error('connect ECONNREFUSED 10.0.0.5:6379'), { code: 'ECONNREFUSED' });
}

const away = (cause: string): QueueState => ({ status: 'disconnected', cause });
const back: QueueState = { status: 'connected' };

test('a Redis that is not there is told once, without its address, and once when it is', () => {
  const { link, told, refuse, emit } = setting();
  expect(link).toMatchObject({ isConnected: false, cause: 'not connected yet' });
  for (let tries = 0; tries < 5; tries++) refuse(refused());
  expect(told).toEqual([away('ECONNREFUSED')]);
  emit('ready');
  expect(told).toEqual([away('ECONNREFUSED'), back]);
  expect(link.isConnected).toBe(true);
});

test('a Redis that goes away is told with the reason why it cannot be reached again', () => {
  const { link, told, refuse, emit } = setting();
  emit('ready');
  emit('close');
  expect(link).toMatchObject({ isConnected: false, cause: 'the connection was closed' });
  refuse(refused());
  refuse(refused());
  refuse(new Error('WRONGPASS invalid username-password pair'));
  refuse(refused());
  expect(link.cause).toBe('ECONNREFUSED');
  emit('ready');
  expect(told).toEqual([
    back,
    away('ECONNREFUSED'),
    away('WRONGPASS invalid username-password pair'),
    back,
  ]);
});

test('one that is back at once was away too, and the next absence is told anew', () => {
  const { told, refuse, emit } = setting();
  emit('ready');
  emit('close');
  emit('ready');
  emit('close');
  refuse(refused());
  const closed = away('the connection was closed');
  expect(told).toEqual([back, closed, back, away('ECONNREFUSED')]);
});

test('a Redis that throws keys away is named once; one that does not say is left alone', async () => {
  const evicting = setting(async () => '# Memory\r\nmaxmemory_policy:allkeys-lru\r\n');
  evicting.emit('ready');
  evicting.emit('close');
  evicting.emit('ready');
  const silent = setting(async () => Promise.reject(new Error('NOPERM')));
  silent.emit('ready');
  await new Promise((resolve) => setImmediate(resolve));
  const messages = evicting.told.flatMap((state) =>
    state.status === 'trouble' ? [state.message] : [],
  );
  expect(messages).toEqual([
    'Redis may throw tasks away (maxmemory-policy allkeys-lru): set it to noeviction',
  ]);
  expect(silent.told).toEqual([back]);
});
