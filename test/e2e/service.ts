import { Agent } from 'node:http';
import { expect } from 'vitest';
import { eventually } from '../support/eventually.js';
import { startPrivateEngine, type PrivateEngine, type PrivateEngineOptions } from '../support/private-engine.js';
import { startApp, type StartedApp, type StartOptions } from '../support/start-app.js';
import { askEngine } from './storm.js';

/** The service in front of private engines. */
export interface Service {
  readonly app: StartedApp;
  readonly engine: PrivateEngine;
  readonly engines: readonly PrivateEngine[];
  stop(): Promise<void>;
}

/** Starts one private engine for each name and the service in front of them, and waits until it has seen them all. */
export async function startService(
  names: readonly string[] = ['local'],
  { pools, ...options }: StartOptions & { readonly pools?: PrivateEngineOptions['addressPool'] } = {},
): Promise<Service> {
  const engines = await Promise.all(names.map((name) => startPrivateEngine({ name, addressPool: pools })));
  const [engine] = engines as [PrivateEngine];
  const app = await startApp({ engines: engines.map(({ name, endpoint }) => ({ name, endpoint })), ...options });
  await untilConnected(app, names);
  return {
    app,
    engine,
    engines,
    stop: async () => {
      await app.close();
      await Promise.all(engines.map((each) => each.stop()));
    },
  };
}

/** A second service in front of an engine that is there already. */
export async function serve({ name, endpoint }: PrivateEngine, options: StartOptions = {}): Promise<StartedApp> {
  const app = await startApp({ engines: [{ name, endpoint }], ...options });
  await untilConnected(app, [name]);
  return app;
}

export async function untilConnected(app: StartedApp, names: readonly string[] = ['local']): Promise<void> {
  await eventually(
    async () => {
      for (const name of names) {
        const answer = await app.http.get(`/v1/engines/${name}`);
        expect(answer.body).toMatchObject({ state: 'connected' });
      }
    },
    { timeoutMs: 30_000 },
  );
}

/** What the docker command-line client shows of a network or a container. */
export async function inspect(engine: PrivateEngine, kind: 'network' | 'container', ref: string): Promise<Inspected> {
  const [shown] = JSON.parse(await engine.docker(kind, 'inspect', ref)) as [Inspected];
  return shown;
}

/** As much of the engine's own JSON as tests look at. */
export interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly [field: string]: unknown;
}

/** All that the engine shows, for telling whether anything was changed. */
export async function everything(engine: PrivateEngine): Promise<string> {
  const [networks, containers] = (await Promise.all([shown(engine, '/networks'), shown(engine, '/containers/json?all=1')])) as [Inspected[], Inspected[]];
  const paths = [...networks.map(({ Id }) => `/networks/${Id}`), ...containers.map(({ Id }) => `/containers/${Id}/json`)];
  return JSON.stringify(await Promise.all(paths.sort().map((path) => shown(engine, path))), null, 2);
}

/** The names of all that the engine itself says is there. */
export async function standing(engine: PrivateEngine): Promise<{ containers: string[]; networks: string[] }> {
  const [containers, networks] = await Promise.all([shown(engine, '/containers/json?all=1'), shown(engine, '/networks')]);
  return {
    containers: (containers as { Names: [string] }[]).map(({ Names: [name] }) => name.slice(1)).sort(),
    networks: (networks as Inspected[]).map(({ Name }) => Name).sort(),
  };
}

/** Asked over the engine's socket: a client's process for each look would take most of a test's time. */
async function shown(engine: PrivateEngine, path: string): Promise<unknown> {
  return JSON.parse(await askEngine(engine, new Agent(), { method: 'GET', path }));
}
