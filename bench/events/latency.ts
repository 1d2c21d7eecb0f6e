import type { PrivateEngine } from '../../scripts/private-engine.ts';
import { HttpClient } from '../http-client.ts';
import type { Service } from '../service.ts';
import { rest, tell } from '../tell.ts';
import { actionsOf, idIn, makeSubjects, type Action, type Subjects } from './actions.ts';
import type { Sighting } from './sightings.ts';
import {
  watchByDockerEvents, watchBySse, watchBySubscription, watchEngineStream, type Watcher,
} from './watchers.ts';

export const VIEWS = ['docker events', 'SSE', 'GraphQL subscription', "engine's stream"] as const;
export type View = (typeof VIEWS)[number];

/** When a watcher knew of one action. */
export interface Seen {
  /** Since the request to the engine was sent. */
  readonly sinceRequestMs: number;
  /** Since the engine says that it happened. */
  readonly sinceEventMs: number;
  /** From the engine's event until the service took it down, inspected and understood. */
  readonly untilRecordedMs?: number;
}

export interface LatencySample {
  readonly action: string;
  /** Until whoever asked for it was answered. */
  readonly answeredMs: number;
  readonly seen: Readonly<Record<View, Seen>>;
}

/** What else the engine says of an action is over by then, so that no action stands in the way of the next. */
const REST_MS = 60;

/** Every action of each round, one at a time, seen by all watchers at once. */
export async function sampleLatencies(engine: PrivateEngine, service: Service, rounds: number): Promise<LatencySample[]> {
  const client = new HttpClient({ socketPath: engine.socketPath }, 1);
  const watchers: Record<View, Watcher> = {
    'docker events': await watchByDockerEvents(engine),
    SSE: await watchBySse(service),
    'GraphQL subscription': await watchBySubscription(service),
    "engine's stream": await watchEngineStream(engine),
  };
  try {
    await untilAllWatch(client, Object.values(watchers));
    const subjects = await makeSubjects(client);
    // The first round warms everything up.
    await sampleRound(client, watchers, subjects);
    const samples: LatencySample[] = [];
    for (let round = 0; round < rounds; round += 1) {
      if (round % 10 === 0) tell(`from action to subscriber: round ${round + 1} of ${rounds}`);
      samples.push(...(await sampleRound(client, watchers, subjects)));
    }
    for (const id of Object.values(subjects)) await client.send({ method: 'DELETE', path: `/containers/${id}?force=true` });
    return samples;
  } finally {
    for (const { stop } of Object.values(watchers)) stop();
    client.close();
  }
}

/** `docker events` does not tell when it has begun. */
async function untilAllWatch(client: HttpClient, watchers: readonly Watcher[]): Promise<void> {
  while (!watchers.every(({ sightings }) => sightings.count > 0)) {
    const created = await client.post('/networks/create', { Name: 'is-anybody-there', CheckDuplicate: true });
    await client.send({ method: 'DELETE', path: `/networks/${idIn(created)}` });
    await rest(REST_MS);
  }
}

async function sampleRound(
  client: HttpClient,
  watchers: Readonly<Record<View, Watcher>>,
  subjects: Subjects,
): Promise<LatencySample[]> {
  const samples: LatencySample[] = [];
  let network = '';
  for (const actionOn of actionsOf(subjects)) {
    await rest(REST_MS);
    const action = actionOn(network);
    const { sample, answer } = await sampleOne(client, watchers, action);
    samples.push(sample);
    if (action.name === 'network create') network = idIn(answer);
  }
  return samples;
}

async function sampleOne(
  client: HttpClient,
  watchers: Readonly<Record<View, Watcher>>,
  action: Action,
): Promise<{ sample: LatencySample; answer: Buffer }> {
  for (const { sightings } of Object.values(watchers)) sightings.forget();
  const wallMs = wallClock();
  const sentMs = performance.now();
  const answer = await client.send(action.call);
  const answeredMs = performance.now() - sentMs;
  const { ofEngine, ofService } = action.expected(answer);
  const seenBy = async (view: View): Promise<[View, Seen]> => {
    const key = view === 'SSE' || view === 'GraphQL subscription' ? ofService : ofEngine;
    return [view, toSeen(await watchers[view].sightings.of(key), sentMs, wallMs)];
  };
  const seen = Object.fromEntries(await Promise.all(VIEWS.map(seenBy))) as Record<View, Seen>;
  return { sample: { action: action.name, answeredMs, seen }, answer };
}

function toSeen({ atMs, engineMs, recordedMs }: Sighting, sentMs: number, wallMs: number): Seen {
  return {
    sinceRequestMs: atMs - sentMs,
    sinceEventMs: atMs + wallMs - engineMs,
    // Recorded in whole milliseconds, cut off: half of one is missing on average.
    untilRecordedMs: recordedMs === undefined ? undefined : recordedMs + 0.5 - engineMs,
  };
}

/** What to add to `performance.now()` for milliseconds since 1970: read as `Date` ticks, for it counts whole ones only. */
function wallClock(): number {
  const before = Date.now();
  let now = before;
  while (now === before) now = Date.now();
  return now - performance.now();
}
