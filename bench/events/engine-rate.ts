import type { PrivateEngine } from '../../scripts/private-engine.ts';
import { HttpClient } from '../http-client.ts';
import type { Service } from '../service.ts';
import { tell } from '../tell.ts';
import { idIn, makeSubjects } from './actions.ts';
import { watchBySse, watchEngineStream } from './watchers.ts';

/** Clients that change the engine without a pause, each a network of its own. */
const CLIENTS = 4;

export interface EngineRate {
  /** Events that the engine sent in a second, as fast as it was able to make changes. */
  readonly engineEventsPerSecond: number;
  /** What the service told of them. */
  readonly toldPerSecond: number;
  /** From the last answer of the engine until the service had told all of it. */
  readonly behindMs: number;
}

/** Makes networks, attaches a container, takes it off and removes them, as fast as the engine can. */
export async function measureEngineRate(engine: PrivateEngine, service: Service, seconds: number): Promise<EngineRate> {
  tell(`changes as fast as the engine makes them for ${seconds} s`);
  const client = new HttpClient({ socketPath: engine.socketPath }, CLIENTS);
  const { running, toggled } = await makeSubjects(client);
  const [sse, stream] = [await watchBySse(service), await watchEngineStream(engine)];
  const begin = performance.now();
  const change = async (number: number): Promise<string> => {
    let last = '';
    while (performance.now() - begin < seconds * 1000) {
      last = idIn(await client.post('/networks/create', { Name: `rate-${number}`, CheckDuplicate: true }));
      await client.post(`/networks/${last}/connect`, { Container: running });
      await client.post(`/networks/${last}/disconnect`, { Container: running });
      await client.send({ method: 'DELETE', path: `/networks/${last}` });
    }
    return last;
  };
  try {
    const last = await Promise.all(Array.from({ length: CLIENTS }, (_, number) => change(number)));
    const changedMs = performance.now() - begin;
    for (const id of last) await sse.sightings.of(`network.removed ${id}`);
    const toldMs = performance.now() - begin;
    return {
      engineEventsPerSecond: (stream.sightings.count * 1000) / changedMs,
      toldPerSecond: (sse.sightings.count * 1000) / toldMs,
      behindMs: toldMs - changedMs,
    };
  } finally {
    sse.stop();
    stream.stop();
    for (const id of [running, toggled]) await client.send({ method: 'DELETE', path: `/containers/${id}?force=true` });
    client.close();
  }
}
