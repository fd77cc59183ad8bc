/**
 * Compare-and-swap of a file between processes that share a folder and nothing else.
 *
 * To replace the version with etag E, a process must hold a claim on (file, E): a small file made by hard link, so
 * that exactly one process makes each. Claims on one version are numbered 1, 2, …; claim n + 1 may be made only when
 * the owner of n is known to be gone (its process has ended, or its claim is past its age):
 *
 *   claim 1 ─ owner died ─> claim 2 ─ look again: is the file still E? ─ yes: rename ─ remove claims
 *                                                                       └ no: lost  ─ remove claims
 *
 * Everything after the claim is synchronous, so a living owner holds it for microseconds. Two claimants that raced
 * with a removal see each other, because each looks at the others' claims after it has made its own; both step back.
 */
import { linkSync, readFileSync, readdirSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

/**
 * An owner on another host cannot be asked whether it lives, nor can a thread of a living process that was ended in
 * the middle; after this long it is taken to be gone. Measured by the file system's clock alone.
 */
export const CLAIM_AGE_MS_MAX = 30_000;

/** What a claim file says. */
interface ClaimOwner {
  readonly pid: number;
  readonly host: string;
}

export interface SwapRequest {
  /** Folder for claims, on the same file system. */
  readonly folder: string;
  /** Names file and version; the same for all who would replace that version. */
  readonly version: string;
  /** A path on the same file system that is ours alone; used and removed. */
  readonly draft: string;
  readonly isCurrent: () => boolean;
  readonly replace: () => void;
}

/** `busy`: another process is at it or has just died at it; ask again in a few milliseconds. */
export function trySwap(request: SwapRequest): 'won' | 'lost' | 'busy' {
  const { draft } = request;
  const owner: ClaimOwner = { pid: process.pid, host: hostname() };
  writeFileSync(draft, JSON.stringify(owner), { flag: 'wx' });
  try {
    return swapWithDraft(request, draft);
  } finally {
    unlinkSync(draft);
  }
}

function swapWithDraft(request: SwapRequest, draft: string): 'won' | 'lost' | 'busy' {
  if (!request.isCurrent()) return 'lost';
  const nowMs = statSync(draft).mtimeMs;
  const before = claimsOn(request);
  if (before.some((claim) => isHeld(claim, nowMs))) return 'busy';
  const own = join(request.folder, `${request.version}.${nextNumber(before)}.claim`);
  if (!linkIfAbsent(draft, own)) return 'busy';
  try {
    if (claimsOn(request).some((claim) => claim !== own && isHeld(claim, nowMs))) return 'busy';
    if (!request.isCurrent()) return 'lost';
    request.replace();
    // The version is gone, so claims on it mean nothing any more; ours goes last, in `finally`.
    for (const claim of before) unlinkIfPresent(claim);
    return 'won';
  } finally {
    unlinkIfPresent(own);
  }
}

function claimsOn(request: SwapRequest): string[] {
  return readdirSync(request.folder)
    .filter((name) => name.startsWith(`${request.version}.`) && name.endsWith('.claim'))
    .map((name) => join(request.folder, name));
}

function nextNumber(claims: readonly string[]): number {
  const numbers = claims.map((claim) => Number.parseInt(claim.split('.').at(-2)!, 10));
  return Math.max(0, ...numbers) + 1;
}

function isHeld(claim: string, nowMs: number): boolean {
  let text: string;
  let madeMs: number;
  try {
    text = readFileSync(claim, 'utf8');
    madeMs = statSync(claim).mtimeMs;
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return false;
    throw error;
  }
  // Written whole, by `trySwap`, before it was linked to this name.
  const owner = JSON.parse(text) as ClaimOwner;
  if (nowMs - madeMs > CLAIM_AGE_MS_MAX) return false;
  return owner.host !== hostname() || isAlive(owner.pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It exists and belongs to another user.
    return isErrorCode(error, 'EPERM');
  }
}

/** False if `target` exists already: of all callers, one makes it. */
export function linkIfAbsent(source: string, target: string): boolean {
  try {
    linkSync(source, target);
    return true;
  } catch (error) {
    if (isErrorCode(error, 'EEXIST')) return false;
    throw error;
  }
}

export function unlinkIfPresent(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isErrorCode(error, 'ENOENT')) throw error;
  }
}

export function isErrorCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && codes.includes((error as NodeJS.ErrnoException).code ?? '');
}
