import { DomainError } from '../errors/domain.error.js';
import type { RememberedEvents } from './docker.gateway.js';
import { DockerEventsReader, ENDED_BY_ENGINE, isFollowed } from './docker-events.reader.js';
import type { EngineClient } from './engine-client.js';
import { isObject, textAt } from './engine-json.js';
import type { EngineEvent } from './observed.js';

const NANOS_PER_MS = 1_000_000n;
const NANOS_PER_SECOND = 1_000_000_000n;
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

/** As far as may be asked for where nothing has been taken in yet: what is asked for again later is known by it. */
const RECENT_NANO = 10_000_000_000n;

interface Wanted {
  readonly since: bigint;
  readonly until: bigint;
  readonly timeoutMs: number;
}

/** Times tell no order where the engine's clock was set back. */
function isInOrder(events: readonly EngineEvent[]): boolean {
  let newest = 0n;
  for (const { timeNano } of events) {
    const time = BigInt(timeNano);
    if (time < newest - DISORDER_NANO) return false;
    if (time > newest) newest = time;
  }
  return true;
}

function isBefore(event: EngineEvent | undefined, since: bigint): boolean {
  return event !== undefined && BigInt(event.timeNano) < since;
}

/**
 * What the engine still remembers of what is followed, from `sinceNano` on. An engine's memory has no holes: where it holds
 * something from before, of whatever kind, nothing since then is missing.
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
  const read = client.remembersLong ? readRecent : readAll;
  const { events, reachesBack } = await read(client, { since, until, timeoutMs });
  const wanted = events.filter((event) => isFollowed(event) && BigInt(event.timeNano) >= since);
  return { events: wanted, isComplete: given < until && reachesBack && isInOrder(events) };
}

interface Read {
  readonly events: readonly EngineEvent[];
  /** It also remembers something from before. */
  readonly reachesBack: boolean;
}

/** The whole of a short memory. */
async function readAll(client: EngineClient, { since, until, timeoutMs }: Wanted): Promise<Read> {
  const events = await toTheEnd(client, { since: 0n, until, timeoutMs });
  return { events, reachesBack: isBefore(events[0], since) };
}

/** Of a memory that may be as long as the machine's journal: what is wanted, and then the oldest event alone. */
async function readRecent(client: EngineClient, { since, until, timeoutMs }: Wanted): Promise<Read> {
  const from = since === 0n ? until - RECENT_NANO : since;
  // Nobody promises that it reads fractions exactly; what is too early is left out afterwards.
  const second = from - (from % NANOS_PER_SECOND);
  try {
    const events = await toTheEnd(client, { since: second, until, timeoutMs });
    const [oldest] = await toTheEnd(client, { since: 0n, until, timeoutMs }, true);
    return { events, reachesBack: isBefore(oldest, since) };
  } catch (error) {
    // An engine that takes too long to look for it is followed all the same: what is missing is told as a gap.
    if (error instanceof DomainError && error.kind === 'timeout') return { events: [], reachesBack: false };
    throw error;
  }
}

/** Fails with `ENGINE_TIMEOUT` where it does not end in time; at the latest at the first one where that will do. */
async function toTheEnd(client: EngineClient, wanted: Wanted, isFirstEnough = false): Promise<EngineEvent[]> {
  const reader = await openMemory(client, wanted);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    reader.close();
  }, wanted.timeoutMs);
  const all: EngineEvent[] = [];
  try {
    for await (const event of reader) {
      all.push(event);
      if (isFirstEnough) return all;
    }
  } finally {
    clearTimeout(timer);
  }
  if (reader.endReason === ENDED_BY_ENGINE) return all;
  const detail = `Engine ${client.engine} did not tell to the end what it remembers: ${reader.endReason ?? ''}.`;
  throw new DomainError(isLate ? 'ENGINE_TIMEOUT' : 'ENGINE_ERROR', detail, { engine: client.engine });
}

async function openMemory(client: EngineClient, { since, until, timeoutMs }: Wanted): Promise<DockerEventsReader> {
  const query = { since: toSeconds(since), until: toSeconds(until) };
  return new DockerEventsReader(
    await client.stream({ operation: 'events.remembered', method: 'GET', path: '/events', query, timeoutMs }),
  );
}
