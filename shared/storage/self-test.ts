/** The test of a store at start: an answer must not rest on a store that ignores a condition. */
import { AppError } from '../base/app-error.ts';
import type { ObjectStore } from './object-store.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Writes, reads and removes a few small objects under `self-test/<id>/`. `inParts` is the same store with every writer
 * in parts, because some stores honour conditions for single puts only.
 * Throws AppError('user', 'STORE_UNFIT') naming what failed; failures to reach the store keep their class and code.
 */
export async function testStore(
  store: ObjectStore,
  inParts: ObjectStore,
  id: string,
): Promise<void> {
  const folder = `self-test/${id}`;
  const [once, swapped, parts] = [`${folder}/once`, `${folder}/swapped`, `${folder}/parts`];
  const keysUsed = [once, swapped, parts, `${folder}/absent`];
  const expect = (holds: boolean, failing: string): void => {
    if (holds) return;
    throw new AppError(
      'user',
      'STORE_UNFIT',
      `the store ${store.description} cannot be used: ${failing}`,
    );
  };
  const holds = async (key: string, text: string): Promise<boolean> =>
    decoder.decode(await store.get(key)) === text;
  try {
    expect((await store.putIfAbsent(once, body('1'))) === 'won', 'it cannot create an object');
    expect(await holds(once, '1'), 'an object just written reads differently');
    expect(
      (await store.putIfAbsent(once, body('2'))) === 'lost' && (await holds(once, '1')),
      'it creates an object twice (If-None-Match is ignored)',
    );

    await store.put(swapped, body('1'));
    const first = (await store.head(swapped))?.etag ?? '';
    expect(
      (await store.compareAndSwap(swapped, body('2'), first)) === 'won' &&
        (await holds(swapped, '2')),
      'it cannot replace the expected version of an object (If-Match)',
    );
    expect(
      (await store.compareAndSwap(swapped, body('3'), first)) === 'lost' &&
        (await holds(swapped, '2')),
      'it replaces an object that has changed (If-Match is ignored)',
    );
    expect(
      (await store.compareAndSwap(`${folder}/absent`, body('1'), first)) === 'lost',
      'it creates an object that was to be replaced (If-Match is ignored)',
    );

    expect(
      (await writeOnce(inParts, parts, '1')) === 'won' && (await holds(parts, '1')),
      'it cannot create an object in parts',
    );
    expect(
      (await writeOnce(inParts, parts, '2')) === 'lost' && (await holds(parts, '1')),
      'it creates an object in parts twice (If-None-Match is ignored at completion)',
    );

    const keys: string[] = [];
    for await (const { key } of store.list(`${folder}/`)) keys.push(key);
    expect(keys.join() === [once, parts, swapped].join(), 'a list lacks objects just written');
    const tail = await store.getTail(once, 8);
    expect(
      tail.objectBytes === 1 && tail.bytes.length === 1,
      'it cannot read the end of an object',
    );
  } catch (error) {
    // What failed first is what to tell: a store that is not there cannot be tidied up either.
    await store.delete(keysUsed).catch(() => undefined);
    throw unusable(store, error);
  }
  await store.delete(keysUsed);
  expect((await store.head(once)) === null, 'a deleted object is still there');
}

/** Says what the store lacks, without the test's own objects, which mean nothing to who started the process. */
function unusable({ description }: ObjectStore, error: unknown): unknown {
  if (!(error instanceof AppError) || error.code === 'STORE_UNFIT') return error;
  const reason = error.message.split(` in ${description}: `).at(-1);
  const message = `the store ${description} cannot be used: ${reason}`;
  return new AppError(error.class, error.code, message, { details: error.details });
}

function body(text: string): Uint8Array[] {
  return [encoder.encode(text)];
}

async function writeOnce(store: ObjectStore, key: string, text: string): Promise<'won' | 'lost'> {
  const writer = await store.openWriter(key);
  try {
    await writer.write(encoder.encode(text));
    return await writer.finish({ ifAbsent: true });
  } finally {
    await writer.abort();
  }
}
