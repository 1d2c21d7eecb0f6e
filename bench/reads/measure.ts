import { cpuMilliseconds } from '../process-figures.ts';
import { HttpClient, type Target } from '../http-client.ts';
import { requestsPerSecond } from './load.ts';
import type { Server, Way } from './ways.ts';

export const LOAD_CONNECTIONS = 32;

export interface ServerPlace {
  readonly target: Target;
  readonly headers: Readonly<Record<string, string>>;
  /** Whose CPU time counts. */
  readonly pid: number;
}

export type Places = Readonly<Record<Server, ServerPlace>>;

export interface Samples {
  readonly latenciesMs: number[];
  /** One for each round, over all that was asked in it. */
  readonly cpuMs: number[];
  readonly picturesPerSecond: number[];
}

/** One round of one way for a single client: how long each asking took, and what the server's CPU spent on it. */
export async function measureLatency(way: Way, places: Places, samples: Samples, durationMs: number): Promise<void> {
  const { target, headers, pid } = places[way.server];
  const client = new HttpClient(target, way.connections, headers);
  try {
    await way.ask(client);
    const cpuBefore = cpuMilliseconds(pid);
    const deadline = performance.now() + durationMs;
    let asked = 0;
    do {
      const begin = performance.now();
      await way.ask(client);
      samples.latenciesMs.push(performance.now() - begin);
      asked += 1;
    } while (performance.now() < deadline);
    samples.cpuMs.push((cpuMilliseconds(pid) - cpuBefore) / asked);
  } finally {
    client.close();
  }
}

/** One round of one way under load: how often a second everything was told. */
export async function measureThroughput(way: Way, places: Places, samples: Samples, durationMs: number): Promise<void> {
  const { target, headers } = places[way.server];
  const rate = way.calls !== undefined && 'port' in target
    ? await requestsPerSecond(target.port, way.calls, headers, { connections: LOAD_CONNECTIONS, durationMs })
    : await clientsPerSecond(way, target, durationMs);
  samples.picturesPerSecond.push(rate / way.requests);
}

/**
 * The engine answers in chunks, over a socket file, and which requests follow depends on its lists: real clients. What
 * they have not finished when the time is up counts by the requests that were answered.
 */
async function clientsPerSecond(way: Way, target: Target, durationMs: number): Promise<number> {
  const clients = Array.from({ length: LOAD_CONNECTIONS / way.connections }, () => new HttpClient(target, way.connections));
  const begin = performance.now();
  let over = false;
  const loads = clients.map(async (client) => {
    while (!over) await way.ask(client);
  });
  const failed = Promise.all(loads);
  await Promise.race([failed, new Promise((resolve) => setTimeout(resolve, durationMs))]);
  const seconds = (performance.now() - begin) / 1000;
  const answered = clients.reduce((sum, client) => sum + client.answered, 0);
  over = true;
  await failed;
  for (const client of clients) client.close();
  return answered / seconds;
}
