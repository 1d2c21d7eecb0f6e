import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from '../../scripts/child.ts';
import { ownRunFolder } from '../../scripts/lab.ts';
import { HttpClient } from '../http-client.ts';
import { API_KEY, authorization } from '../service.ts';
import type { Written } from './writing-service.ts';

/** How much is to be written: for so long, or so many events. */
export type Amount = { readonly seconds: number } | { readonly events: number };

/** The process of `writing-service.ts`. */
export class Writer {
  /** Where the service answers. */
  readonly port: number;
  readonly #child: Child;
  readonly #control: HttpClient;

  private constructor(child: Child, port: number, control: HttpClient) {
    this.#child = child;
    this.port = port;
    this.#control = control;
  }

  /** `databaseUrl` may name a place in the folder that it is given. */
  static async start(
    name: string,
    databaseUrl: (folder: string) => string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<Writer> {
    const folder = join(ownRunFolder(), `writing-${name}`);
    mkdirSync(folder);
    const variables = {
      PATH: process.env.PATH ?? '',
      FAIRLEAD_API_KEY: API_KEY,
      FAIRLEAD_RATE_LIMIT_PER_KEY: 'off',
      FAIRLEAD_ENGINES: '[]',
      FAIRLEAD_DATABASE_URL: databaseUrl(folder),
      FAIRLEAD_LOG_LEVEL: 'warn',
      ...env,
    };
    const args = ['--enable-source-maps', `--diagnostic-dir=${folder}/`, join(import.meta.dirname, 'writing-service.ts')];
    const child = new Child(args, join(folder, 'log'), { env: variables, cwd: folder });
    const portOf = async (what: string): Promise<number> =>
      Number(await child.until(() => new RegExp(`^${what} http://127.0.0.1:(\\d+)$`, 'm').exec(child.output())?.[1]));
    const port = await portOf('served at');
    return new Writer(child, port, new HttpClient({ host: '127.0.0.1', port: await portOf('written by') }, 1));
  }

  client(): HttpClient {
    return new HttpClient({ host: '127.0.0.1', port: this.port }, 1, authorization());
  }

  /** Resolves when everything is committed. */
  async write(amount: Amount, atOnce: number): Promise<Written> {
    const query = new URLSearchParams(Object.entries({ ...amount, atOnce }).map(([name, value]) => [name, String(value)]));
    return JSON.parse(String(await this.#control.get(`/?${query.toString()}`))) as Written;
  }

  async stop(): Promise<void> {
    this.#control.close();
    await this.#child.stop();
  }
}
