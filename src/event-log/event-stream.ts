import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { DomainError } from '../errors/domain.error.js';
import type { FairleadEvent } from '../events/event.js';
import { toCloudEvent } from './cloud-event.js';

const HEARTBEAT_MS = 15_000;
/** How soon a client that lost the stream may come back. */
const RETRY_MS = 1_000;

function frame(event: FairleadEvent): string {
  return `id: ${event.cursor}\nevent: ${event.type}\ndata: ${JSON.stringify(toCloudEvent(event))}\n\n`;
}

/** Writes no faster than the client reads; what it has not read stays in the log, not in memory for it. */
async function write(response: ServerResponse, text: string, signal: AbortSignal): Promise<void> {
  if (!response.write(text)) await once(response, 'drain', { signal });
}

/** Server-sent events, until the client leaves or the events end. */
export async function streamEvents(
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
  open: (signal: AbortSignal) => AsyncIterable<FairleadEvent>,
  begin: () => void,
): Promise<void> {
  const leaving = new AbortController();
  const { signal } = leaving;
  // A cursor that cannot be resumed from is still answered as any other error.
  const events = open(signal);
  begin();
  response.on('close', () => leaving.abort()).on('error', () => leaving.abort());
  response.writeHead(200, { ...headers, 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(`retry: ${RETRY_MS}\n: follows\n\n`);
  const heartbeat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(': alive\n\n');
  }, HEARTBEAT_MS);
  try {
    for await (const event of events) await write(response, frame(event), signal);
    response.write('event: end\ndata: {"reason":"The service is shutting down. Resume from your last id."}\n\n');
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof DomainError)) throw error;
    // The reader fell behind what is kept: it is told, and does not come back with the same id for ever.
    response.write(`event: error\ndata: ${JSON.stringify({ code: error.code, detail: error.detail, ...error.extras })}\n\n`);
  } finally {
    clearInterval(heartbeat);
    response.end();
  }
}
