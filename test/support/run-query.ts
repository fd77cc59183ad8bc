/** A query through any client, to the bytes of its result. */
import type { Client } from '../../shared/wire/client.ts';
import type { QueryRequest, RunProgress, RunSummary } from '../../shared/wire/query-request.ts';

export interface Ran {
  readonly summary: RunSummary;
  /** The files of the result, one after another. */
  readonly bytes: Buffer;
}

/** Throws the diagnostics of a query that was rejected. */
export async function runQuery(
  client: Client,
  request: QueryRequest,
  onProgress: (progress: RunProgress) => void = () => undefined,
  signal: AbortSignal = new AbortController().signal,
): Promise<Ran> {
  const reply = await client.query(request, onProgress, signal);
  if (reply.status === 'rejected') {
    throw new Error(reply.diagnostics.map((each) => each.formatted).join('\n'));
  }
  const blocks: Uint8Array[] = [];
  for (const key of reply.summary.files) {
    for await (const block of client.readResult(key)) blocks.push(block);
  }
  return { summary: reply.summary, bytes: Buffer.concat(blocks) };
}
