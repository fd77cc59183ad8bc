/** The store in a folder keeps the contract of every store, between processes too, and leaves no litter. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openFileStore } from '../../../../shared/storage/file-store.ts';
import { describeStore, keysOf, text, textOf } from '../../../support/store-contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-store-'));
let stores = 0;
const newRoot = (): string => join(folder, `s${stores++}`);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeStore('file store', async () => openFileStore(newRoot()));

describe('file store, as a folder', () => {
  it('leaves no temporary file behind', async () => {
    const root = newRoot();
    const store = openFileStore(root);
    await store.put('a', text('1'));
    await store.putIfAbsent('a', text('2'));
    const { etag } = (await store.head('a'))!;
    await store.compareAndSwap('a', text('3'), etag);
    await store.compareAndSwap('a', text('4'), etag);
    await (await store.openWriter('b')).abort();
    await (await store.openWriter('a')).finish({ ifAbsent: true });
    expect(readdirSync(join(root, '.temporary'))).toEqual([]);
  });

  it('lets writers put the pieces of one object side by side, in any order', async () => {
    const root = newRoot();
    const store = openFileStore(root);
    const files = store.files!;
    await files.writeAt('x/draft', 3, Buffer.from('def'));
    expect(Buffer.from(await store.getRange('x/draft', 3, 3)).toString()).toBe('def');
    await openFileStore(root).files!.writeAt('x/draft', 6, Buffer.from('ghi'));
    await files.writeAt('x/draft', 0, Buffer.from('abc'));
    // The file has grown since this store opened it.
    expect(Buffer.from(await store.getRange('x/draft', 4, 5)).toString()).toBe('efghi');
    await expect(store.getRange('x/draft', 4, 6)).rejects.toMatchObject({ class: 'data' });
    const target = new Uint8Array(8).fill(0x2e);
    await store.readInto!('x/draft', 4, target.subarray(2, 7));
    expect(Buffer.from(target).toString()).toBe('..efghi.');
    await expect(store.readInto!('x/draft', 4, new Uint8Array(6))).rejects.toMatchObject({
      class: 'data',
      code: 'STORE_OBJECT_SHORT',
    });
    await expect(store.readInto!('x/none', 0, target)).rejects.toMatchObject({
      code: 'STORE_NOT_FOUND',
    });
    expect(await textOf(store, 'x/draft')).toBe('abcdefghi');
    expect(files.pathOf('x/draft')).toBe(join(root, 'x', 'draft'));
  });

  it('removes folders that became empty', async () => {
    const root = newRoot();
    const store = openFileStore(root);
    await store.put('x/y/z', text('1'));
    await store.delete(['x/y/z']);
    expect(existsSync(join(root, 'x'))).toBe(false);
  });

  it('sweeps what a dead writer left a day ago, and not what is being written', async () => {
    const root = newRoot();
    await openFileStore(root).put('a', text('1'));
    const dead = join(root, '.temporary', 'dead');
    const alive = join(root, '.temporary', 'alive');
    writeFileSync(dead, 'x');
    writeFileSync(alive, 'x');
    const twoDaysAgo = Date.now() / 1000 - 2 * 24 * 3600;
    utimesSync(dead, twoDaysAgo, twoDaysAgo);
    await openFileStore(root).put('b', text('2'));
    expect(readdirSync(join(root, '.temporary'))).toEqual(['alive']);
  });

  it('takes over the swap of a process that died in the middle', async () => {
    const root = newRoot();
    const store = openFileStore(root);
    await store.put('root', text('v0'));
    const { etag } = (await store.head('root'))!;
    // A claim of a process that is certainly gone: a child that has ended.
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    const other = openFileStore(root);
    const claim = claimNameOf(root, etag);
    writeFileSync(claim, JSON.stringify({ pid: child.pid, host: hostname() }));
    expect(await other.compareAndSwap('root', text('v1'), etag)).toBe('won');
    expect(await textOf(store, 'root')).toBe('v1');
    expect(readdirSync(join(root, '.temporary'))).toEqual([]);
  });

  it('says which key is in the way of another', async () => {
    const store = openFileStore(newRoot());
    await store.put('a', text('1'));
    await expect(store.put('a/b', text('2'))).rejects.toMatchObject({
      code: 'STORE_KEY_CONFLICT',
      message: expect.stringContaining('`a/b`'),
    });
    expect(await keysOf(store, '')).toEqual(['a']);
  });

  it('is refused where a file is in its way', () => {
    const file = newRoot();
    writeFileSync(file, '');
    const refusal = (root: string): unknown => {
      try {
        return openFileStore(root);
      } catch (error) {
        return error;
      }
    };
    for (const root of [file, join(file, 'below')]) {
      expect(refusal(root)).toMatchObject({ class: 'user', code: 'STORE_NO_FOLDER' });
    }
    expect(refusal(join(newRoot(), 'new'))).not.toBeInstanceOf(Error);
  });

  it('counts right when processes increment one object by compare-and-swap', async () => {
    const root = newRoot();
    const store = openFileStore(root);
    await store.put('count', text('0'));
    const program = `
      import { openFileStore } from ${JSON.stringify(join(import.meta.dirname, '../../../../shared/storage/file-store.ts'))};
      const store = openFileStore(${JSON.stringify(root)});
      for (let done = 0; done < 50; ) {
        const info = await store.head('count');
        const value = Number(new TextDecoder().decode(await store.get('count')));
        // Between the two reads another may have written: then the swap is lost.
        const body = [new TextEncoder().encode(String(value + 1))];
        const again = await store.head('count');
        if (again.etag !== info.etag) continue;
        if ((await store.compareAndSwap('count', body, info.etag)) === 'won') done++;
      }
    `;
    const children = Array.from({ length: 3 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' }),
    );
    const codes = await Promise.all(children.map((child) => once(child, 'exit')));
    expect(codes.map(([code]) => code as number)).toEqual([0, 0, 0]);
    expect(await textOf(store, 'count')).toBe('150');
  }, 30_000);
});

function claimNameOf(root: string, etag: string): string {
  const name = createHash('sha256').update('root').digest('hex').slice(0, 32);
  return join(root, '.temporary', `${name}-${etag}.1.claim`);
}
