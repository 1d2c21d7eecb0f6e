import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { serviceArguments } from '../scripts/built-service.ts';
import { Child } from '../scripts/child.ts';
import type { PrivateEngine } from '../scripts/private-engine.ts';
import { HttpClient } from './http-client.ts';
import { options } from './options.ts';

export const API_KEY = 'key-of-the-benchmark-only';

export interface ServiceStart {
  /** From the start of the process until it answers requests. */
  readonly listeningMs: number;
  /** From the start of the process until its picture of the engine is complete. */
  readonly connectedMs: number;
}

/** The built service, as `npm start` runs it, with a port, a key and a data folder of its own. */
export class Service {
  readonly child: Child;
  readonly port: number;
  readonly start: ServiceStart;

  private constructor(child: Child, port: number, start: ServiceStart) {
    this.child = child;
    this.port = port;
    this.start = start;
  }

  /** `env`: more of the service's variables, or other values for those that are set here. */
  static async start(engine: PrivateEngine, env: Readonly<Record<string, string>> = {}): Promise<Service> {
    const folder = join(engine.dir, 'service');
    mkdirSync(folder, { recursive: true });
    const begin = performance.now();
    const args = serviceArguments(`--diagnostic-dir=${folder}`, ...profiling());
    const variables = {
      PATH: process.env.PATH ?? '',
      DOCKER_HOST: engine.endpoint,
      FAIRLEAD_PORT: '0',
      FAIRLEAD_API_KEY: API_KEY,
      FAIRLEAD_RATE_LIMIT_PER_KEY: 'off',
      FAIRLEAD_DATABASE_URL: `sqlite:${join(folder, 'fairlead.db')}`,
      ...env,
    };
    const child = new Child(args, join(folder, 'log'), { env: variables });
    const port = await child.port();
    const listeningMs = performance.now() - begin;
    const client = new HttpClient({ host: '127.0.0.1', port }, 1, authorization());
    await child.until(async () => ((await isConnected(client)) ? true : undefined));
    client.close();
    return new Service(child, port, { listeningMs, connectedMs: performance.now() - begin });
  }

  client(connections: number): HttpClient {
    return new HttpClient({ host: '127.0.0.1', port: this.port }, connections, authorization());
  }
}

export function authorization(): Record<string, string> {
  return { authorization: `Bearer ${API_KEY}` };
}

/** Written when the service ends in order. */
function profiling(): string[] {
  const { profileFolder } = options;
  return profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`];
}

async function isConnected(client: HttpClient): Promise<boolean> {
  const answer = await client.get('/v1/engines/local');
  return (JSON.parse(answer.toString('utf8')) as { state: string }).state === 'connected';
}
