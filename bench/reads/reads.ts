import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from '../../scripts/child.ts';
import type { PrivateEngine } from '../../scripts/private-engine.ts';
import { CONTAINERS, fill, NETWORKS, startEmptyEngine } from '../filled-engine.ts';
import { HttpClient } from '../http-client.ts';
import { measureLatency, measureThroughput } from './measure.ts';
import type { Places, Samples } from './measure.ts';
import { peakResidentMegabytes, residentMegabytes } from '../process-figures.ts';
import { report } from './report.ts';
import type { Memory, Results } from './report.ts';
import { authorization, Service } from '../service.ts';
import { rest, tell } from '../tell.ts';
import { versionOf } from '../conditions.ts';
import { options } from '../options.ts';
import { EXPECTED, GRAPHQL_ALL, REST_ONE, WAYS } from './ways.ts';

const LATENCY_ROUNDS = options.rounds ?? 9;
const LATENCY_ROUND_MS = 700;
const THROUGHPUT_ROUNDS = options.rounds ?? 5;
const THROUGHPUT_ROUND_MS = 3000;
/** For garbage of the start to be collected, and for the picture to come to rest. */
const REST_MS = 3000;

/** How long it takes to learn all networks with their attachments and containers, and what it costs. */
export async function measureReads(): Promise<string> {
  tell('starting a private engine');
  const engine = await startEmptyEngine();
  try {
    return report(await measureBeside(engine));
  } finally {
    await engine.stop();
  }
}

async function measureBeside(engine: PrivateEngine): Promise<Results> {
  const empty = await Service.start(engine);
  await rest(REST_MS);
  const emptyMb = residentMegabytes(empty.child.pid);
  await empty.child.stop();

  tell(`making ${NETWORKS} networks and ${CONTAINERS} containers, which takes a minute or two`);
  await fill(engine);
  const service = await Service.start(engine);
  await rest(REST_MS);
  const loadedMb = residentMegabytes(service.child.pid);
  const bytes = await checkAnswers(engine, service);
  const plain = await startPlainServer(engine, service);
  const places = placesOf(engine, service, plain, await plain.port());

  const samples = await takeSamples(places);
  const afterLoadMb = residentMegabytes(service.child.pid);
  await rest(REST_MS);
  const memory: Memory = {
    emptyMb,
    loadedMb,
    afterLoadMb,
    restedMb: residentMegabytes(service.child.pid),
    peakMb: peakResidentMegabytes(service.child.pid),
  };
  await plain.stop();
  await service.child.stop();
  const starts = { empty: empty.start, filled: service.start };
  return { samples, bytes, memory, starts, engineVersion: await versionOf(engine) };
}

/** Every way must tell the same: as many networks, attachments and containers as there are. */
async function checkAnswers(engine: PrivateEngine, service: Service): Promise<Map<string, number>> {
  const clients = { service: service.client(8), engine: engineClient(engine) };
  const bytes = new Map<string, number>();
  for (const way of WAYS) {
    if (way.server === 'plain') continue;
    const answers = await way.ask(clients[way.server]);
    const counts = way.count(answers);
    if (JSON.stringify(counts) !== JSON.stringify(EXPECTED)) {
      throw new Error(`${way.name} told ${JSON.stringify(counts)}, there is ${JSON.stringify(EXPECTED)}`);
    }
    bytes.set(way.name, answers.reduce((sum, { length }) => sum + length, 0));
  }
  clients.service.close();
  clients.engine.close();
  return bytes;
}

async function startPlainServer(engine: PrivateEngine, service: Service): Promise<Child> {
  const folder = join(engine.dir, 'plain');
  mkdirSync(folder);
  const client = service.client(1);
  const [rest] = await REST_ONE.ask(client);
  const [graphql] = await GRAPHQL_ALL.ask(client);
  client.close();
  writeFileSync(join(folder, 'rest'), rest ?? '');
  writeFileSync(join(folder, 'graphql'), graphql ?? '');
  const server = join(import.meta.dirname, 'plain-server.ts');
  return new Child([server, folder, 'rest', 'graphql'], join(folder, 'log'));
}

function placesOf(engine: PrivateEngine, service: Service, plain: Child, plainPort: number): Places {
  return {
    service: { target: { host: '127.0.0.1', port: service.port }, headers: authorization(), pid: service.child.pid },
    engine: { target: { socketPath: engine.socketPath }, headers: { host: 'docker' }, pid: engine.pid },
    plain: { target: { host: '127.0.0.1', port: plainPort }, headers: {}, pid: plain.pid },
  };
}

/** All ways take turns, so that whatever else the machine does meanwhile hits them alike. */
async function takeSamples(places: Places): Promise<Map<string, Samples>> {
  const samples = new Map(WAYS.map(({ name }) => [name, noSamples()]));
  for (let round = 0; round < LATENCY_ROUNDS; round += 1) {
    tell(`one client: round ${round + 1} of ${LATENCY_ROUNDS}`);
    for (const way of inOrderOf(round)) await measureLatency(way, places, samplesOf(samples, way.name), LATENCY_ROUND_MS);
  }
  for (let round = 0; round < THROUGHPUT_ROUNDS; round += 1) {
    tell(`under load: round ${round + 1} of ${THROUGHPUT_ROUNDS}`);
    for (const way of inOrderOf(round)) {
      await measureThroughput(way, places, samplesOf(samples, way.name), THROUGHPUT_ROUND_MS);
    }
  }
  return samples;
}

function noSamples(): Samples {
  return { latenciesMs: [], cpuMs: [], picturesPerSecond: [] };
}

function samplesOf(samples: ReadonlyMap<string, Samples>, name: string): Samples {
  const found = samples.get(name);
  if (found === undefined) throw new Error(`nothing was measured of ${name}`);
  return found;
}

/** Forth in even rounds, back in odd ones: nobody always comes after the same neighbour. */
function inOrderOf(round: number): typeof WAYS {
  return round % 2 === 0 ? WAYS : WAYS.toReversed();
}

function engineClient({ socketPath }: PrivateEngine): HttpClient {
  return new HttpClient({ socketPath }, 8, { host: 'docker' });
}
