import { expect } from 'vitest';
import { eventually } from '../support/eventually.js';
import { startPrivateEngine, type PrivateEngine, type PrivateEngineOptions } from '../support/private-engine.js';
import { startApp, type StartedApp, type StartOptions } from '../support/start-app.js';

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

/** All that the docker client shows, for telling whether anything was changed. */
export async function everything(engine: PrivateEngine): Promise<string> {
  const networks = await engine.docker('network', 'ls', '--no-trunc', '--quiet');
  const containers = await engine.docker('ps', '--all', '--no-trunc', '--quiet');
  const shown = [networks === '' ? '' : await engine.docker('network', 'inspect', ...networks.split('\n'))];
  if (containers !== '') shown.push(await engine.docker('container', 'inspect', ...containers.split('\n')));
  return shown.join('\n');
}

/** The names of all that the engine itself says is there. */
export async function standing(engine: PrivateEngine): Promise<{ containers: string[]; networks: string[] }> {
  const [containers, networks] = await Promise.all([
    engine.docker('ps', '--all', '--format', '{{.Names}}'),
    engine.docker('network', 'ls', '--format', '{{.Name}}'),
  ]);
  return { containers: containers.split('\n').filter(Boolean).sort(), networks: networks.split('\n').sort() };
}
