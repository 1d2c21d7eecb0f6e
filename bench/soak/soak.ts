import type { PrivateEngine } from '../../scripts/private-engine.ts';
import { conditions, versionOf } from '../conditions.ts';
import { CONTAINERS, fill, NETWORKS, startEmptyEngine } from '../filled-engine.ts';
import { markdownTable, round } from '../figures.ts';
import { ALLOW_RECEIVER, Receiver } from '../events/receiver.ts';
import { options } from '../options.ts';
import { peakResidentMegabytes } from '../process-figures.ts';
import { Service } from '../service.ts';
import { tell } from '../tell.ts';
import { keepChanging } from './changes.ts';
import { courseOf, sampleMemory, type MemorySample } from './memory.ts';
import { keepReading, keepVisiting, type Visits } from './visitors.ts';

const EVENTS_PER_SECOND = 20;
const FOLLOWERS = 50;
/** So few that the log drops old events for most of the time. */
const EVENTS_KEPT = 2_000;
/** Share of the time that is given to compilers and caches. */
const WARM_UP = 0.2;

interface Soaked {
  readonly samples: readonly MemorySample[];
  readonly visits: Visits;
  /** Events of the log when it ended, dropped ones included; and those that were still kept. */
  readonly told: number;
  readonly kept: number;
  /** To the webhook. */
  readonly delivered: number;
  readonly peakMb: number;
  readonly engineVersion: string;
}

/** What the service holds in memory while it has something to do for a long time. */
export async function measureSoak(): Promise<string> {
  tell('starting a private engine');
  const engine = await startEmptyEngine();
  try {
    tell(`making ${NETWORKS} networks and ${CONTAINERS} containers, which takes a minute or two`);
    await fill(engine);
    return report(await soak(engine, options.soakSeconds));
  } finally {
    await engine.stop();
  }
}

async function soak(engine: PrivateEngine, seconds: number): Promise<Soaked> {
  const service = await Service.start(engine, { FAIRLEAD_EVENT_RETENTION: `1d,${EVENTS_KEPT}`, ...ALLOW_RECEIVER });
  const receiver = await hook(service);
  const visits: Visits = { opened: 0, events: 0 };
  const over = new AbortController();
  tell(`${EVENTS_PER_SECOND} events a second for ${seconds} s`);
  const busy = Promise.all([
    keepChanging(engine, EVENTS_PER_SECOND, over.signal),
    keepVisiting(service, FOLLOWERS, visits, over.signal),
    keepReading(service, over.signal),
  ]);
  const samples = await Promise.race([sampleMemory(service, seconds), busy.then(() => [])]);
  over.abort();
  await busy;
  const { last, kept } = await logOf(service);
  const peakMb = peakResidentMegabytes(service.child.pid);
  await service.child.stop();
  receiver.stop();
  return { samples, visits, told: last, kept, delivered: receiver.received, peakMb, engineVersion: await versionOf(engine) };
}

/** A webhook that everything is delivered to. */
async function hook(service: Service): Promise<Receiver> {
  const receiver = await Receiver.start();
  const client = service.client(1);
  await client.post('/v1/webhooks', { url: receiver.url(0) });
  client.close();
  return receiver;
}

async function logOf(service: Service): Promise<{ last: number; kept: number }> {
  const client = service.client(1);
  const { items, total } = JSON.parse(String(await client.get('/v1/events?limit=1'))) as { items: { cursor: string }[]; total: number };
  client.close();
  // The place of an event in the log is the second half of its cursor (src/event-log/cursor.ts).
  const first = Number.parseInt(items[0]?.cursor.slice(12) ?? '1', 36);
  return { last: first + total - 1, kept: total };
}

function report({ samples, visits, told, kept, delivered, peakMb, engineVersion }: Soaked): string {
  const seconds = samples.at(-1)?.atSeconds ?? 0;
  const warm = samples.filter(({ atSeconds }) => atSeconds >= seconds * WARM_UP);
  const row = (name: string, of: 'residentMb' | 'heapMb'): string[] => {
    const { firstMb, lastMb, slopeMbPerHour, spreadMb } = courseOf(warm, of);
    return [name, `${round(slopeMbPerHour)} MB per hour`, ...[spreadMb, firstMb, lastMb].map((value) => `${round(value)} MB`)];
  };
  const table = markdownTable(['After the warm-up', 'slope', 'most less least', 'first', 'last'], [
    row('memory (RSS)', 'residentMb'),
    row('JavaScript heap, least of each 10 s', 'heapMb'),
  ]);
  const facts = [
    `${Math.round(seconds)} s, the first ${Math.round(seconds * WARM_UP)} s of them to warm up; most memory ever ${Math.round(peakMb)} MB`,
    `${told} events told (${round(told / seconds)} per second), ${kept} still kept at the end; ${delivered} delivered to a webhook`,
    `${FOLLOWERS} followers, who came ${visits.opened} times and received ${visits.events} events; history read twice a second over each face`,
  ];
  return `${table}\n\n${conditions(engineVersion, ...facts)}\n`;
}
