import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { listeningAddress, serviceArguments } from '../../scripts/built-service.ts';
import { Child } from '../../scripts/child.ts';
import { ownRunFolder, SYSTEM_PATH, wipeServer } from '../../scripts/lab.ts';
import { eventually } from './eventually.ts';
import { endAfterFile } from './forgotten.ts';

export interface ServiceProcessOptions {
  /** Private engines, or whatever else has a name and an endpoint. */
  readonly engines: readonly { readonly name: string; readonly endpoint: string }[];
  /** Where SQLite's file is kept; else a folder that goes when the process is stopped. */
  readonly dataFolder?: string;
  /** In place of SQLite. */
  readonly databaseUrl?: string;
  /** 0, which is the default, is another one at each start: clients that are to come back want `await findFreePort()`. */
  readonly port?: number;
  /** More of the service's variables, or other values for those that are set here. */
  readonly env?: Readonly<Record<string, string>>;
  /** The lab folder to live in; tests of the lab itself have their own. */
  readonly labRoot?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed, where it is JSON of any kind; else the text. */
  readonly body: ReturnType<typeof JSON.parse>;
}

const KEY = 'key-of-a-service-process-in-tests';
let processesStarted = 0;

/** The built service in a process of its own, which may be killed and frozen; answers when it listens. */
export async function startServiceProcess(options: ServiceProcessOptions): Promise<ServiceProcess> {
  processesStarted += 1;
  const service = new ServiceProcess(join(ownRunFolder(options.labRoot), `service${processesStarted}`), options);
  try {
    await service.start();
  } catch (error) {
    service.wipe();
    throw error;
  }
  return service;
}

export class ServiceProcess {
  readonly dir: string;
  readonly key: string;
  readonly #options: ServiceProcessOptions;
  readonly #isEnded: () => void;
  readonly #lives: Child[] = [];
  #url = '';

  constructor(dir: string, options: ServiceProcessOptions) {
    this.dir = dir;
    this.key = options.env?.FAIRLEAD_API_KEY ?? KEY;
    this.#options = options;
    mkdirSync(dir, { mode: 0o700 });
    this.#isEnded = endAfterFile(() => this.wipe());
  }

  /** `http://127.0.0.1:<port>` of the latest start. */
  get url(): string {
    return this.#url;
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** As FAIRLEAD_DATABASE_URL has it. */
  get databaseUrl(): string {
    const { dataFolder = join(this.dir, 'data'), databaseUrl } = this.#options;
    return databaseUrl ?? `sqlite:${join(dataFolder, 'fairlead.db')}`;
  }

  /** Starts the service on its data: for the first time, or again after kill(). */
  async start(): Promise<void> {
    if (this.#lives.at(-1)?.isRunning) throw new Error('the service is running');
    // The option names the folder, for the guardian of the run to know the process by.
    const args = serviceArguments(`--diagnostic-dir=${this.dir}/`);
    const child = new Child(args, join(this.dir, `log${this.#lives.length}`), { cwd: this.dir, env: this.#environment() });
    this.#lives.push(child);
    this.#url = await child.until(() => listeningAddress(child.output()));
  }

  /** Waits until the picture of every engine is complete. */
  async untilConnected(): Promise<void> {
    for (const { name } of this.#options.engines) {
      await eventually(async () => {
        const { status, body } = await this.get(`/v1/engines/${name}`);
        if (body.state !== 'connected') throw new Error(`engine ${name}: ${status} ${JSON.stringify(body)}`);
      }, { timeoutMs: 30_000 });
    }
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.send('GET', path, undefined, headers);
  }

  /** A request with the key; `body` is sent as JSON. */
  async send(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    const isJson = /[/+]json\b/.test(answer.headers.get('content-type') ?? '');
    return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
  }

  /** Everything that it has printed and logged since the first start. */
  output(): string {
    return this.#lives.map((child) => child.output()).join('');
  }

  /** Sends the signal and waits for the end; answers the exit code, null when the signal itself ended it. */
  kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    return this.#child.stop(signal);
  }

  /** It hangs from here on: connections stay open, nothing answers, and what it holds in the database it holds. */
  freeze(): void {
    this.#child.freeze();
  }

  thaw(): void {
    this.#child.thaw();
  }

  async restart({ signal = 'SIGTERM' }: { signal?: NodeJS.Signals } = {}): Promise<void> {
    await this.kill(signal);
    await this.start();
  }

  /** Lets it end in its own order, and removes what it has written, but for a data folder of the caller's. */
  async stop(): Promise<number | null> {
    const code = await this.kill('SIGTERM');
    this.wipe();
    return code;
  }

  wipe(): void {
    this.#isEnded();
    wipeServer(this.dir);
  }

  get #child(): Child {
    const child = this.#lives.at(-1);
    if (child === undefined) throw new Error('the service was never started');
    return child;
  }

  #environment(): Record<string, string> {
    const { engines, port = 0, env } = this.#options;
    return {
      PATH: SYSTEM_PATH,
      // A start takes a fifth less, and a run makes many of them.
      NODE_COMPILE_CACHE: join(import.meta.dirname, '../../node_modules/.cache/compiled'),
      FAIRLEAD_ENGINES: JSON.stringify(engines.map(({ name, endpoint }) => ({ name, endpoint }))),
      FAIRLEAD_PORT: String(port),
      FAIRLEAD_API_KEY: this.key,
      FAIRLEAD_DATABASE_URL: this.databaseUrl,
      // Tests ask as fast as they can.
      FAIRLEAD_RATE_LIMIT_PER_KEY: 'off',
      FAIRLEAD_RATE_LIMIT_PER_ADDRESS: 'off',
      ...env,
    };
  }
}
