import { DomainError } from '../errors/domain.error.js';
import type { RememberedEvents } from './docker.gateway.js';
import { DockerEventsReader, ENDED_BY_ENGINE, isFollowed } from './docker-events.reader.js';
import type { EngineClient } from './engine-client.js';
import { isObject, textAt } from './engine-json.js';
import type { EngineEvent } from './observed.js';

const NANOS_PER_MS = 1_000_000n;
const SYSTEM_TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

/** As `since` and `until` want it: a number of nanoseconds would be read as seconds (engine-facts 2.4). */
function toSeconds(nanos: bigint): string {
  const digits = nanos.toString().padStart(10, '0');
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

/** The engine's clock in nanoseconds; our own where it does not tell. */
function systemTimeNano(text: string | null): bigint {
  const [, second, fraction = '', zone] = SYSTEM_TIME.exec(text ?? '') ?? [];
  const ms = second === undefined ? NaN : Date.parse(`${second}${zone}`);
  if (Number.isNaN(ms)) return BigInt(Date.now()) * NANOS_PER_MS;
  return BigInt(ms) * NANOS_PER_MS + BigInt(fraction.padEnd(9, '0'));
}

/** Engines number events before they keep them, so that neighbours may have changed places. */
const DISORDER_NANO = 2_000_000_000n;

/**
 * Whether nothing since then is missing from all that an engine remembers: its memory has no holes, so it is enough that
 * it holds something from before; but not where its clock was set back, for then times tell no order.
 */
function reachesBack(all: readonly EngineEvent[], since: bigint): boolean {
  let newest = 0n;
  for (const { timeNano } of all) {
    const time = BigInt(timeNano);
    if (time < newest - DISORDER_NANO) return false;
    if (time > newest) newest = time;
  }
  const [oldest] = all;
  return oldest !== undefined && BigInt(oldest.timeNano) < since;
}

/**
 * What the engine still remembers of what is followed, from `sinceNano` on. All of its memory is read: the events that
 * are not followed tell how far back it reaches.
 */
export async function readRemembered(
  client: EngineClient,
  sinceNano: string,
  timeoutMs: number,
): Promise<RememberedEvents> {
  const info = await client.readObject({ operation: 'events.remembered', path: '/info', timeoutMs }, isObject);
  const until = systemTimeNano(textAt(info, 'SystemTime'));
  const given = BigInt(sinceNano);
  // A bound behind the engine's present is refused: its clock may have been set back.
  const since = given < until ? given : until;
  const response = await client.stream({
    operation: 'events.remembered',
    method: 'GET',
    path: '/events',
    query: { since: toSeconds(0n), until: toSeconds(until) },
    timeoutMs,
  });
  const reader = new DockerEventsReader(response);
  const timer = setTimeout(() => reader.close(), timeoutMs);
  const all: EngineEvent[] = [];
  try {
    for await (const event of reader) all.push(event);
  } finally {
    clearTimeout(timer);
  }
  if (reader.endReason === ENDED_BY_ENGINE) {
    const events = all.filter((event) => isFollowed(event) && BigInt(event.timeNano) >= since);
    return { events, isComplete: given < until && reachesBack(all, since) };
  }
  const detail = `Engine ${client.engine} did not tell to the end what it remembers: ${reader.endReason ?? ''}.`;
  throw new DomainError('ENGINE_ERROR', detail, { engine: client.engine });
}
