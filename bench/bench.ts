import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { Child } from '../scripts/child.ts';
import type { PrivateEngine } from '../scripts/private-engine.ts';
import { CONTAINERS, fill, NETWORKS, startEmptyEngine } from './filled-engine.ts';
import { HttpClient } from './http-client.ts';
import { measureLatency, measureThroughput } from './measure.ts';
import type { Places, Samples } from './measure.ts';
import { peakResidentMegabytes, residentMegabytes } from './process-figures.ts';
import { insertRecord, report } from './report.ts';
import type { Memory, Results } from './report.ts';
import { authorization, Service } from './service.ts';
import { EXPECTED, GRAPHQL_ALL, REST_ONE, WAYS } from './ways.ts';

const LATENCY_ROUNDS = 9;
const LATENCY_ROUND_MS = 700;
const THROUGHPUT_ROUNDS = 5;
const THROUGHPUT_ROUND_MS = 3000;
/** For garbage of the start to be collected, and for the picture to come to rest. */
const REST_MS = 3000;

const RECORD = join(import.meta.dirname, '../docs/benchmarks.md');

// Leaving by exit lets the engine's and the children's own exit handlers end them.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));

const loadBefore = loadavg()[0] ?? 0;
tell('starting a private engine');
const engine = await startEmptyEngine();
try {
  await run();
} finally {
  await engine.stop();
}

async function run(): Promise<void> {
  const empty = await Service.start(engine);
  await rest();
  const emptyMb = residentMegabytes(empty.child.pid);
  await empty.child.stop();

  tell(`making ${NETWORKS} networks and ${CONTAINERS} containers, which takes a minute or two`);
  await fill(engine);
  const service = await Service.start(engine);
  await rest();
  const loadedMb = residentMegabytes(service.child.pid);
  const bytes = await checkAnswers(service);
  const plain = await startPlainServer(service);
  const places = placesOf(service, plain, await plain.port());

  const samples = await takeSamples(places);
  const afterLoadMb = residentMegabytes(service.child.pid);
  await rest();
  const memory: Memory = {
    emptyMb,
    loadedMb,
    afterLoadMb,
    restedMb: residentMegabytes(service.child.pid),
    peakMb: peakResidentMegabytes(service.child.pid),
  };
  await tellResults({
    samples, bytes, memory, starts: { empty: empty.start, filled: service.start }, loadBefore,
    engineVersion: await engine.docker('version', '--format', '{{.Server.Version}} (API {{.Server.APIVersion}})'),
  });
  await plain.stop();
  await service.child.stop();
}

async function tellResults(results: Results): Promise<void> {
  const text = report(results);
  process.stdout.write(`\n${text}`);
  if (!process.argv.includes('--record')) return;
  writeFileSync(RECORD, insertRecord(readFileSync(RECORD, 'utf8'), text));
  tell('recorded in docs/benchmarks.md');
}

/** Every way must tell the same: as many networks, attachments and containers as there are. */
async function checkAnswers(service: Service): Promise<Map<string, number>> {
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

async function startPlainServer(service: Service): Promise<Child> {
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

function placesOf(service: Service, plain: Child, plainPort: number): Places {
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

function rest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, REST_MS));
}

function tell(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}
