import type { ServerResponse } from 'node:http';
import { Logger } from '@nestjs/common';
import { DomainError } from '../errors/domain.error.js';
import type { FairleadEvent } from '../events/event.js';
import type { StreamLimits } from '../http/stream-limits.js';
import { toCloudEvent } from './cloud-event.js';

/** How soon a client that lost the stream may come back. */
const RETRY_MS = 1_000;

const SHUTTING_DOWN = 'event: end\ndata: {"reason":"The service is shutting down. Resume from your last id."}\n\n';
const NO_LONGER_VALID = 'event: error\ndata: {"code":"UNAUTHENTICATED","detail":"The API key or token is no longer valid."}\n\n';

const logger = new Logger('EventStream');
const frames = new WeakMap<FairleadEvent, string>();

/** Written once, however many follow. */
function frame(event: FairleadEvent): string {
  const made = frames.get(event);
  if (made !== undefined) return made;
  const text = `id: ${event.cursor}\nevent: ${event.type}\ndata: ${JSON.stringify(toCloudEvent(event))}\n\n`;
  frames.set(event, text);
  return text;
}

/** The client does not read. */
class Stalled extends Error {}

/** Told to a client that reads on after all; what it left unread was little, and ends with the connection. */
function dropSlow(response: ServerResponse, patienceMs: number): void {
  logger.warn('A stream was dropped: what was sent was not read in time.');
  const detail = 'What was sent was not read in time. Connect again and resume from your last id.';
  response.end(`event: error\ndata: ${JSON.stringify({ code: 'TOO_SLOW', detail })}\n\n`);
  const timer = setTimeout(() => response.destroy(), patienceMs);
  response.once('close', () => clearTimeout(timer));
}

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
  readonly headers: Readonly<Record<string, string | number | string[] | undefined>>;
  /** Aborted when the client's key or token is no longer good. */
  readonly ended: AbortSignal;
  readonly open: (signal: AbortSignal) => Promise<AsyncIterable<FairleadEvent>>;
  /** Called when the stream is certain to begin. */
  readonly begin: () => void;
  readonly limits: StreamLimits;
  /** Makes room for one more of the caller's streams, and answers how to give it back. */
  readonly enter: () => () => void;
}

/** Server-sent events, until the client leaves or the events end. */
export async function streamEvents(
  response: ServerResponse,
  options: StreamOptions,
): Promise<void> {
  // Of one that is closed nothing tells any more that it was.
  if (response.destroyed) return;
  const leave = options.enter();
  try {
    await stream(response, options);
  } finally {
    leave();
  }
}

async function stream(response: ServerResponse, { headers, open, begin, limits, ended }: StreamOptions): Promise<void> {
  const leaving = new AbortController();
  const signal = AbortSignal.any([leaving.signal, ended]);
  response.on('close', () => leaving.abort()).on('error', () => leaving.abort());
  // A cursor that cannot be resumed from is still answered as any other error.
  const events = await open(signal);
  begin();
  response.writeHead(200, { ...headers, 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(`retry: ${RETRY_MS}\n: follows\n\n`);
  const heartbeat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(': alive\n\n');
  }, limits.heartbeatMs);
  try {
    for await (const event of events) await write(response, frame(event), signal, limits.stallMs);
    response.write(ended.aborted ? NO_LONGER_VALID : SHUTTING_DOWN);
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof Stalled) {
      dropSlow(response, limits.stallMs);
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
