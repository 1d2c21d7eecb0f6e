import { DomainError } from '../errors/domain.error.js';
import { DockerEventsReader, ENDED_BY_ENGINE, EVENT_FILTERS } from './docker-events.reader.js';
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

/** What the engine still remembers: the newest 256 events of any kind since its start, those from `sinceNano` on. */
export async function readRemembered(
  client: EngineClient,
  sinceNano: string,
  timeoutMs: number,
): Promise<readonly EngineEvent[]> {
  const info = await client.readObject({ operation: 'events.remembered', path: '/info', timeoutMs }, isObject);
  const until = systemTimeNano(textAt(info, 'SystemTime'));
  const given = BigInt(sinceNano);
  // A bound behind the engine's present is refused: its clock may have been set back.
  const since = given < until ? given : until;
  const response = await client.stream({
    operation: 'events.remembered',
    method: 'GET',
    path: '/events',
    query: { filters: JSON.stringify(EVENT_FILTERS), since: toSeconds(since), until: toSeconds(until) },
    timeoutMs,
  });
  const reader = new DockerEventsReader(response);
  const timer = setTimeout(() => reader.close(), timeoutMs);
  const events: EngineEvent[] = [];
  try {
    for await (const event of reader) events.push(event);
  } finally {
    clearTimeout(timer);
  }
  if (reader.endReason === ENDED_BY_ENGINE) return events;
  const detail = `Engine ${client.engine} did not tell to the end what it remembers: ${reader.endReason ?? ''}.`;
  throw new DomainError('ENGINE_ERROR', detail, { engine: client.engine });
}
