import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AuditRecord } from './audit-record.js';

export const JSON_LINES = 'application/x-ndjson';

export interface LinesOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** Aborted when the client's key is no longer good. */
  readonly ended: AbortSignal;
  /** How long the client may leave unread what was sent to it. */
  readonly stallMs: number;
}

/** A record on each line, no faster than the client reads. Where it ends early the connection breaks: half is not taken for all. */
export async function sendLines(
  response: ServerResponse,
  portions: AsyncIterable<readonly AuditRecord[]>,
  { headers, ended, stallMs }: LinesOptions,
): Promise<void> {
  if (response.destroyed) return;
  response.writeHead(200, { ...headers, 'content-type': JSON_LINES, 'cache-control': 'no-store' });
  response.setTimeout(stallMs, () => response.destroy());
  const lines = Readable.from(linesOf(portions), { objectMode: true, highWaterMark: 1 });
  try {
    await pipeline(lines, response, { signal: ended });
  } catch (error) {
    // The client left, was too slow, or may no longer read this.
    if (!response.destroyed) response.destroy();
    if (isFault(error)) throw error;
  }
}

async function* linesOf(portions: AsyncIterable<readonly AuditRecord[]>): AsyncGenerator<string> {
  for await (const records of portions) yield records.map((record) => `${JSON.stringify(record)}\n`).join('');
}

const OF_ENDED_CONNECTIONS: readonly string[] = ['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_UNABLE_TO_PIPE', 'ECONNRESET', 'EPIPE'];

function isFault(error: unknown): boolean {
  const { name = '', code = '' } = (error ?? {}) as { name?: string; code?: string };
  return name !== 'AbortError' && !OF_ENDED_CONNECTIONS.includes(code);
}
