import type { Readable } from 'node:stream';
import type { EngineEventStream } from './docker.gateway.js';
import { isObject, objectAt, textAt, textMapAt } from './engine-json.js';
import type { EngineEvent } from './observed.js';
import { fromPodmanEvent } from './podman/podman-event.mapper.js';

const NEWLINE = 0x0a;
/** Begins each record of application/json-seq (RFC 7464). */
const RECORD_SEPARATOR = '\u001e';
const TIME_NANO = /"timeNano"\s*:\s*(\d+)/g;
/** Up to the year 2286. */
const SENSIBLE_NANOS = /^\d{1,19}$/;
const NANOS_PER_SECOND = 1_000_000_000n;

export interface ReaderLimits {
  /** Events waiting to be taken; beyond it the stream ends, since waiting would slow the engine (engine-facts 0.7). */
  readonly queuedEvents: number;
  readonly lineBytes: number;
}

const DEFAULT_LIMITS: ReaderLimits = { queuedEvents: 50_000, lineBytes: 4 * 1024 * 1024 };

/** Everything that can change the picture; health checks' `exec_…` events, which come in floods, are left out. */
export const EVENT_FILTERS = {
  type: ['network', 'container', 'daemon', 'service', 'node'],
  event: [
    ...['create', 'connect', 'disconnect', 'destroy', 'remove', 'update', 'prune', 'start', 'die', 'stop', 'kill'],
    ...['pause', 'unpause', 'rename', 'restart', 'reload', 'oom', 'health_status'],
    // Podman filters by its own word for "die", and then says "die".
    'died',
  ],
};

/** Whether `EVENT_FILTERS` let an event through, as the engine applies them. */
export function isFollowed({ type, action }: EngineEvent): boolean {
  return EVENT_FILTERS.type.includes(type) && EVENT_FILTERS.event.includes(action.split(':')[0] ?? '');
}

/** Why a stream ended that was ended in order. */
export const ENDED_BY_ENGINE = 'the engine ended the stream';

/** Turns the bytes of `GET /events` into events. Reads as fast as the engine sends; never makes it wait. */
export class DockerEventsReader implements EngineEventStream {
  private queue: EngineEvent[] = [];
  private partial: Buffer[] = [];
  private partialBytes = 0;
  private wake: (() => void) | undefined;
  private ended: string | null = null;
  private closed = false;

  constructor(
    private readonly source: Readable,
    private readonly limits: ReaderLimits = DEFAULT_LIMITS,
  ) {
    source.on('data', (chunk: Buffer) => this.take(chunk));
    source.on('end', () => this.end(ENDED_BY_ENGINE));
    source.on('aborted', () => this.end('the connection broke'));
    source.on('error', (error: Error) => this.end(`the connection broke: ${error.message}`));
    source.on('close', () => this.end('the connection was closed'));
  }

  get endReason(): string | null {
    return this.ended;
  }

  close(): void {
    this.closed = true;
    this.queue = [];
    this.end('closed by the service');
  }

  async *[Symbol.asyncIterator](): AsyncIterator<EngineEvent> {
    try {
      for (;;) {
        const batch = this.queue;
        this.queue = [];
        for (const event of batch) {
          if (this.closed) return;
          yield event;
        }
        if (this.queue.length > 0) continue;
        if (this.ended !== null) return;
        await new Promise<void>((resolve) => (this.wake = resolve));
      }
    } finally {
      this.close();
    }
  }

  private end(reason: string): void {
    this.ended ??= reason;
    this.partial = [];
    this.source.destroy();
    this.wakeUp();
  }

  private wakeUp(): void {
    this.wake?.();
    this.wake = undefined;
  }

  private take(chunk: Buffer): void {
    let start = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0 && this.ended === null; at = chunk.indexOf(NEWLINE, start)) {
      // Whole lines only are decoded: a character may be split between two chunks.
      this.takeLine(Buffer.concat([...this.partial, chunk.subarray(start, at)]).toString('utf8'));
      this.partial = [];
      this.partialBytes = 0;
      start = at + 1;
    }
    if (this.ended !== null || start === chunk.length) return;
    this.partial.push(chunk.subarray(start));
    this.partialBytes += chunk.length - start;
    if (this.partialBytes > this.limits.lineBytes) this.end('the engine sent a line that is too long');
  }

  private takeLine(line: string): void {
    const raw = line.replaceAll(RECORD_SEPARATOR, '').trim();
    if (raw === '') return;
    const event = parseEvent(raw);
    if (event === undefined) return this.end('the engine sent a line that is no event');
    if (this.queue.length >= this.limits.queuedEvents) return this.end('events came faster than they were taken');
    this.queue.push(event);
    this.wakeUp();
  }
}

/** Undefined where the line is no event. */
export function parseEvent(raw: string): EngineEvent | undefined {
  let json: unknown;
  try {
    json = JSON.parse(raw);
  } catch {
    return undefined;
  }
  if (!isObject(json)) return undefined;
  const type = textAt(json, 'Type');
  const action = textAt(json, 'Action');
  if (type === null || action === null) return undefined;
  const actor = objectAt(json, 'Actor');
  const timeNano = readTimeNano(raw, json['time']);
  if (!SENSIBLE_NANOS.test(timeNano)) return undefined;
  return fromPodmanEvent({
    type,
    action,
    actorId: textAt(actor, 'ID') ?? '',
    attributes: textMapAt(actor, 'Attributes'),
    scope: textAt(json, 'scope') ?? 'local',
    time: toRfc3339(timeNano),
    timeNano,
    raw,
  });
}

/** Read as text: JSON.parse would round it (engine-facts 0.5). It stands last, behind what labels may contain. */
function readTimeNano(raw: string, seconds: unknown): string {
  const found = [...raw.matchAll(TIME_NANO)].at(-1)?.[1];
  if (found !== undefined) return found;
  if (typeof seconds !== 'number') return '0';
  // JSON has no infinity, but 1e999 is read as one.
  return Number.isFinite(seconds) ? (BigInt(Math.trunc(seconds)) * NANOS_PER_SECOND).toString() : '';
}

function toRfc3339(timeNano: string): string {
  const nanos = BigInt(timeNano);
  const second = new Date(Number(nanos / NANOS_PER_SECOND) * 1000).toISOString().slice(0, 19);
  return `${second}.${String(nanos % NANOS_PER_SECOND).padStart(9, '0')}Z`;
}
