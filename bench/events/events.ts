import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { PrivateEngine } from '../../scripts/private-engine.ts';
import { versionOf } from '../conditions.ts';
import { CONTAINERS, fill, NETWORKS, startEmptyEngine } from '../filled-engine.ts';
import { options } from '../options.ts';
import { Service } from '../service.ts';
import { tell } from '../tell.ts';
import { measureDeliveries } from './deliveries.ts';
import { measureEngineRate, type EngineRate } from './engine-rate.ts';
import { sampleLatencies, type LatencySample } from './latency.ts';
import { report } from './report.ts';
import { sustainOnPostgres, sustainOnSqlite } from './sustained.ts';

const ROUNDS = options.rounds ?? 50;
const RATE_SECONDS = options.rounds ?? 5;
const SUSTAINED_SECONDS = options.rounds ?? 10;
const DELIVERED_EVENTS = (options.rounds ?? 20) * 100;
/** Where nothing waits for a disk. */
const MEMORY_FOLDER = '/dev/shm';

export interface EngineResults {
  /** With nothing else on the engine. */
  readonly empty: readonly LatencySample[];
  /** The same, its database in memory. */
  readonly inMemory: readonly LatencySample[];
  /** Beside 200 networks and 50 running containers. */
  readonly filled: readonly LatencySample[];
  readonly rate: EngineRate;
  readonly engineVersion: string;
}

/** How soon those who follow know, and how much the log takes. */
export async function measureEvents(): Promise<string> {
  tell('starting a private engine');
  const engine = await startEmptyEngine();
  let onEngine: EngineResults;
  try {
    onEngine = await measureOn(engine);
  } finally {
    await engine.stop();
  }
  const sustained = [...(await sustainOnSqlite(SUSTAINED_SECONDS)), ...(await sustainOnPostgres(SUSTAINED_SECONDS))];
  const delivered = await measureDeliveries(DELIVERED_EVENTS);
  return report({ ...onEngine, sustained, delivered });
}

async function measureOn(engine: PrivateEngine): Promise<EngineResults> {
  const empty = await withService(engine, {}, (service) => sampleLatencies(engine, service, ROUNDS));
  const folder = join(MEMORY_FOLDER, `fairlead-bench-${process.pid}`);
  mkdirSync(folder);
  const inMemory = await withService(engine, { FAIRLEAD_DATABASE_URL: `sqlite:${join(folder, 'fairlead.db')}` }, (service) =>
    sampleLatencies(engine, service, ROUNDS),
  ).finally(() => rmSync(folder, { recursive: true }));
  const rate = await withService(engine, {}, (service) => measureEngineRate(engine, service, RATE_SECONDS));
  tell(`making ${NETWORKS} networks and ${CONTAINERS} containers, which takes a minute or two`);
  await fill(engine);
  const filled = await withService(engine, {}, (service) => sampleLatencies(engine, service, ROUNDS));
  return { empty, inMemory, filled, rate, engineVersion: await versionOf(engine) };
}

async function withService<T>(
  engine: PrivateEngine,
  env: Readonly<Record<string, string>>,
  measure: (service: Service) => Promise<T>,
): Promise<T> {
  const service = await Service.start(engine, env);
  try {
    return await measure(service);
  } finally {
    await service.child.stop();
  }
}
