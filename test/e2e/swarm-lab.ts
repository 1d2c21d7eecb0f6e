import { expect } from 'vitest';
import { eventually } from '../support/eventually.js';
import { Lan } from '../support/lan.js';
import { startPrivateEngine, type PrivateEngine } from '../support/private-engine.js';
import { startApp, type StartedApp } from '../support/start-app.js';
import { untilConnected } from './service.js';

/** A task's way into being takes seconds, and several tests share the machine. */
export const PATIENT = { timeoutMs: 60_000, intervalMs: 100 };

/** The service in front of engines whose hosts reach each other. */
export interface SwarmLab {
  readonly app: StartedApp;
  readonly lan: Lan;
  readonly engines: readonly PrivateEngine[];
  engine(name: string): PrivateEngine;
  stop(): Promise<void>;
}

/** `unknown` are engines on the same network between hosts that the service is not told of. */
export async function startSwarmLab(names: readonly string[], unknown: readonly string[] = []): Promise<SwarmLab> {
  const all = [...names, ...unknown];
  const engines = await Promise.all(all.map((name, index) => startPrivateEngine({ name, addressPool: `base=10.${200 + index}.0.0/16,size=24` })));
  const lan = Lan.between(engines);
  const known = engines.slice(0, names.length);
  const app = await startApp({ engines: known.map(({ name, endpoint }) => ({ name, endpoint })) });
  await untilConnected(app, names);
  return {
    app,
    lan,
    engines,
    engine: (name) => {
      const engine = engines.find((each) => each.name === name);
      if (engine === undefined) throw new Error(`no engine ${name}`);
      return engine;
    },
    stop: async () => {
      await app.close();
      await Promise.all(engines.map((each) => each.stop()));
      lan.stop();
    },
  };
}

/** Makes a swarm as people do by hand: the first engine leads, the others work. */
export async function swarmByHand({ lan }: Pick<SwarmLab, 'lan'>, [first, ...others]: readonly PrivateEngine[]): Promise<void> {
  if (first === undefined) return;
  await first.docker('swarm', 'init', '--advertise-addr', lan.addressOf(first));
  const token = await first.docker('swarm', 'join-token', '--quiet', 'worker');
  for (const other of others) await other.docker('swarm', 'join', '--token', token, `${lan.addressOf(first)}:2377`);
}

export async function untilPinged(engine: PrivateEngine, from: string, to: string): Promise<string> {
  return eventually(async () => {
    const answer = await engine.docker('exec', from, 'ping', '-c', '1', '-W', '1', to);
    expect(answer).toContain('1 packets received');
    return answer;
  }, PATIENT);
}
