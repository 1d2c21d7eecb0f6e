import { expect } from 'vitest';
import { eventually } from '../support/eventually.js';
import { startPrivateEngine, type PrivateEngine, type PrivateEngineOptions } from '../support/private-engine.js';
import { startApp, type StartedApp, type StartOptions } from '../support/start-app.js';

export interface ServiceLab {
  readonly engine: PrivateEngine;
  readonly app: StartedApp;
  stop(): Promise<void>;
}

/** One private engine and the service in front of it, connected. */
export async function startServiceLab(name: string, options: PrivateEngineOptions = {}): Promise<ServiceLab> {
  const engine = await startPrivateEngine({ name, addressPool: 'base=10.200.0.0/16,size=24', ...options });
  const app = await serve(engine);
  return {
    engine,
    app,
    stop: async () => {
      await app.close();
      await engine.stop();
    },
  };
}

/** The service in front of an engine that is there already, connected. */
export async function serve(engine: PrivateEngine, options: StartOptions = {}): Promise<StartedApp> {
  const app = await startApp({ engines: [{ name: 'local', endpoint: engine.endpoint }], ...options });
  await untilState(app, 'connected');
  return app;
}

export async function untilState(app: StartedApp, state: string, timeoutMs = 20_000): Promise<void> {
  await eventually(async () => expect((await app.http.get('/v1/engines/local')).body.state).toBe(state), { timeoutMs });
}

/** Everything that the engine itself says is there. */
export async function standing(engine: PrivateEngine): Promise<{ containers: string[]; networks: string[] }> {
  const [containers, networks] = await Promise.all([
    engine.docker('ps', '--all', '--format', '{{.Names}}'),
    engine.docker('network', 'ls', '--format', '{{.Name}}'),
  ]);
  return { containers: containers.split('\n').filter(Boolean).sort(), networks: networks.split('\n').sort() };
}
