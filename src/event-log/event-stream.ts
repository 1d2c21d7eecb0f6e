import type { ServerResponse } from 'node:http';
import { DomainError } from '../errors/domain.error.js';
import type { FairleadEvent } from '../events/event.js';
import { toCloudEvent } from './cloud-event.js';

const HEARTBEAT_MS = 15_000;
/** How soon a client that lost the stream may come back. */
const RETRY_MS = 1_000;
/** How long a client may leave unread what was sent to it. */
export const MOST_STALL_MS = 30_000;

const frames = new WeakMap<FairleadEvent, string>();

/** Written once, however many follow. */
function frame(event: FairleadEvent): string {
  const made = frames.get(event);
  if (made !== undefined) return made;
  const text = `id: ${event.cursor}\nevent: ${event.type}\ndata: ${JSON.stringify(toCloudEvent(event))}\n\n`;
  frames.set(event, text);
  return text;
}

/** The client does not read: nothing can be told to it any more on this connection. */
class Stalled extends Error {}

/** Writes no faster than the client reads; what it has not read stays in the log, not in memory for it. */
async function write(response: ServerResponse, text: string, signal: AbortSignal, stallMs: number): Promise<void> {
  if (response.write(text)) return;
  await new Promise<void>((resolve, reject) => {
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      response.off('drain', drained);
      signal.removeEventListener('abort', left);
      settle();
    };
    const drained = (): void => end(resolve);
    const left = (): void => end(resolve);
    const timer = setTimeout(() => end(() => reject(new Stalled())), stallMs);
    response.on('drain', drained);
    signal.addEventListener('abort', left);
  });
}

export interface StreamOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly open: (signal: AbortSignal) => Promise<AsyncIterable<FairleadEvent>>;
  /** Called when the stream is certain to begin. */
  readonly begin: () => void;
  readonly stallMs?: number;
}

/** Server-sent events, until the client leaves or the events end. */
export async function streamEvents(
  response: ServerResponse,
  { headers, open, begin, stallMs = MOST_STALL_MS }: StreamOptions,
): Promise<void> {
  const leaving = new AbortController();
  const { signal } = leaving;
  response.on('close', () => leaving.abort()).on('error', () => leaving.abort());
  // A cursor that cannot be resumed from is still answered as any other error.
  const events = await open(signal);
  begin();
  response.writeHead(200, { ...headers, 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(`retry: ${RETRY_MS}\n: follows\n\n`);
  const heartbeat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(': alive\n\n');
  }, HEARTBEAT_MS);
  try {
    for await (const event of events) await write(response, frame(event), signal, stallMs);
    response.write('event: end\ndata: {"reason":"The service is shutting down. Resume from your last id."}\n\n');
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof Stalled) {
      response.destroy();
      return;
    }
    if (!(error instanceof DomainError)) throw error;
    // The reader fell behind what is kept: it is told, and does not come back with the same id for ever.
    response.write(`event: error\ndata: ${JSON.stringify({ code: error.code, detail: error.detail, ...error.extras })}\n\n`);
  } finally {
    clearInterval(heartbeat);
    response.end();
  }
}
