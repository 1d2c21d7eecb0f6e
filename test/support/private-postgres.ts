import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { ownRunFolder, run, SYSTEM_PATH, wipeServer } from '../../scripts/lab.ts';
import { freezeProcess, killAll, listProcesses, signal as send } from '../../scripts/processes.ts';
import type { Process } from '../../scripts/processes.ts';
import { endAfterFile } from './forgotten.ts';
import { findFreePort } from './free-port.ts';

export interface PrivatePostgresOptions {
  /** Part of the folder's name, for people who look at the lab. */
  readonly name?: string;
  /** More settings, as in postgresql.conf: `{ max_connections: '20' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The lab folder to live in; tests of the lab itself have their own. */
  readonly labRoot?: string;
  /** It serves the files after this one, too, and ends with the process. */
  readonly outlivesFile?: boolean;
}

export type PostgresSignal = 'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGKILL';

const START_TIMEOUT_MS = 30_000;
const DEBIAN_VERSIONS = '/usr/lib/postgresql';
/** `NAMEDATALEN - 1`: PostgreSQL cuts longer names off. */
const LONGEST_CLUSTER_NAME = 63;
let serversStarted = 0;
/** By the folder of its run: what initdb makes takes it a second of work, and a copy of it a moment. */
const templates = new Map<string, Promise<void>>();

/** A real PostgreSQL of one's own, Debian's newest, on a port and data of its own. Who may reach the port is trusted. */
export async function startPrivatePostgres(options: PrivatePostgresOptions = {}): Promise<PrivatePostgres> {
  const runFolder = ownRunFolder(options.labRoot);
  letPostgresThrough(runFolder);
  serversStarted += 1;
  const dir = join(runFolder, `pg${serversStarted}-${options.name ?? 'test'}`);
  const server = new PrivatePostgres(dir, await findFreePort(), options);
  try {
    await server.initialise();
    await server.start();
    await server.createDatabase('fairlead');
  } catch (error) {
    server.wipe();
    throw error;
  }
  return server;
}

/** PostgreSQL refuses to run as root, and its user must get to its data; nobody else gets into the run's folder. */
function letPostgresThrough(runFolder: string): void {
  chmodSync(dirname(runFolder), 0o711);
  chownSync(runFolder, 0, Number(run('id', ['--group', 'postgres'])));
  chmodSync(runFolder, 0o710);
}

export class PrivatePostgres {
  readonly dir: string;
  readonly port: number;
  readonly logPath: string;
  /** Of the database `fairlead`; its user of the same name owns everything. */
  readonly url: string;
  readonly #binaries = newestBinaries();
  readonly #settings: Readonly<Record<string, string>>;
  readonly #isEnded: () => void;
  #postmaster: ChildProcess | undefined;

  constructor(dir: string, port: number, { settings = {}, outlivesFile = false }: PrivatePostgresOptions) {
    this.dir = dir;
    this.port = port;
    this.logPath = join(dir, 'postgres.log');
    this.url = this.#urlOf('fairlead');
    this.#settings = {
      listen_addresses: '127.0.0.1',
      port: String(port),
      unix_socket_directories: '',
      shared_buffers: '16MB',
      // Of a killed server /dev/shm would keep the segments.
      dynamic_shared_memory_type: 'mmap',
      ...settings,
      // Shown in the title of every process of the server: by it the sweep finds them.
      cluster_name: `${dir}/`,
    };
    if (dir.length >= LONGEST_CLUSTER_NAME) throw new Error(`${dir} is too long to name PostgreSQL's processes by`);
    this.#isEnded = outlivesFile ? () => undefined : endAfterFile(() => this.wipe());
  }

  /** Of the postmaster. */
  get pid(): number {
    if (this.#postmaster?.pid === undefined) throw new Error(`PostgreSQL in ${this.dir} is not running`);
    return this.#postmaster.pid;
  }

  async initialise(): Promise<void> {
    const template = join(dirname(this.dir), 'pg-template');
    if (!templates.has(template)) templates.set(template, this.#makeTemplate(template));
    await templates.get(template);
    makeFolderOfPostgres(this.dir);
    run('cp', ['--archive', template, join(this.dir, 'data')]);
  }

  async #makeTemplate(folder: string): Promise<void> {
    makeFolderOfPostgres(folder);
    const options = ['--auth=trust', '--username=fairlead', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'];
    const [command, args] = this.#asPostgres('initdb', ['--pgdata', folder, ...options]);
    await promisify(execFile)(command, args, { cwd: '/', env: { PATH: SYSTEM_PATH } });
  }

  /** Starts the server on the folder's data: a new one, or the old one again after kill(). */
  async start(): Promise<void> {
    if (this.#postmaster !== undefined && isRunning(this.#postmaster)) throw new Error(`PostgreSQL in ${this.dir} is running`);
    // What a killed postmaster left at work must not write when the next one has started.
    this.#killProcesses();
    const log = openSync(this.logPath, 'a');
    const settings = Object.entries(this.#settings).flatMap(([setting, value]) => ['-c', `${setting}=${value}`]);
    const [command, args] = this.#asPostgres('postgres', ['-D', join(this.dir, 'data'), ...settings]);
    // detached: Ctrl-C on the terminal is for us; we end the server in our own order.
    // An IPC namespace of its own: System V shared memory would outlast a killed server.
    const postmaster = spawn('unshare', ['--ipc', command, ...args], {
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log],
      env: { PATH: SYSTEM_PATH },
    });
    closeSync(log);
    postmaster.unref();
    this.#postmaster = postmaster;
    await this.#untilReady(postmaster);
  }

  /**
   * Sends the signal to the server and waits for its end. SIGTERM waits for clients to go by themselves, SIGINT rolls
   * back what they are at, SIGQUIT ends without a checkpoint; SIGKILL is for all processes of the server, as a crash is.
   */
  async kill(signal: PostgresSignal = 'SIGKILL'): Promise<void> {
    const postmaster = this.#postmaster;
    if (postmaster === undefined) return;
    if (isRunning(postmaster)) {
      postmaster.ref();
      const ended = once(postmaster, 'exit');
      postmaster.kill(signal);
      if (signal === 'SIGKILL') this.#killProcesses();
      else this.thaw();
      await ended;
    }
    this.#postmaster = undefined;
  }

  async restart({ signal = 'SIGINT' }: { signal?: PostgresSignal } = {}): Promise<void> {
    await this.kill(signal);
    await this.start();
  }

  /** The server hangs from here on: connections stay open, nothing answers. */
  freeze(): void {
    // The postmaster first, so that no process starts meanwhile.
    freezeProcess(this.pid);
    for (const { pid } of this.#processes()) freezeProcess(pid);
  }

  thaw(): void {
    for (const { pid } of this.#processes()) send(pid, 'SIGCONT');
  }

  /** Answers the URL of the new database. */
  async createDatabase(name: string): Promise<string> {
    await this.#ask(`CREATE DATABASE ${JSON.stringify(name)}`);
    return this.#urlOf(name);
  }

  /** Everything in it is thrown away, so it is not asked to end in its own time. */
  async stop(): Promise<void> {
    await this.kill('SIGKILL');
    this.wipe();
  }

  wipe(): void {
    this.#isEnded();
    wipeServer(this.dir);
  }

  log(): string {
    return existsSync(this.logPath) ? readFileSync(this.logPath, 'utf8') : '';
  }

  #urlOf(database: string): string {
    return `postgres://fairlead@127.0.0.1:${this.port}/${encodeURIComponent(database)}`;
  }

  /** setpriv becomes the program in place, so that signals for the one reach the other. */
  #asPostgres(program: string, args: readonly string[]): [string, string[]] {
    const identity = ['--reuid', 'postgres', '--regid', 'postgres', '--clear-groups', '--'];
    return ['setpriv', [...identity, join(this.#binaries, program), ...args]];
  }

  #processes(): Process[] {
    return listProcesses().filter((process) => process.commandLine.includes(`${this.dir}/`));
  }

  #killProcesses(): void {
    killAll((process) => process.commandLine.includes(`${this.dir}/`));
  }

  async #ask(query: string): Promise<void> {
    const client = new Client({ connectionString: this.#urlOf('postgres') });
    // A server that ends meanwhile tells the connection, too: the query's own failure says it all.
    client.on('error', () => undefined);
    await client.connect();
    try {
      await client.query(query);
    } finally {
      await client.end();
    }
  }

  async #untilReady(postmaster: ChildProcess): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    for (;;) {
      try {
        await this.#ask('SELECT 1');
        return;
      } catch (error) {
        if (isRunning(postmaster) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
        else throw new Error(`PostgreSQL did not start:\n${this.log().slice(-2000)}`, { cause: error });
      }
    }
  }
}

function makeFolderOfPostgres(folder: string): void {
  mkdirSync(folder, { mode: 0o700 });
  const [user, group] = ['--user', '--group'].map((id) => Number(run('id', [id, 'postgres'])));
  chownSync(folder, user!, group!);
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** Of the newest version that Debian has installed. */
function newestBinaries(): string {
  const versions = existsSync(DEBIAN_VERSIONS) ? readdirSync(DEBIAN_VERSIONS) : [];
  const folders = versions
    .sort((one, other) => Number(other) - Number(one))
    .map((version) => join(DEBIAN_VERSIONS, version, 'bin'))
    .filter((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
  if (folders[0] === undefined) throw new Error(`no PostgreSQL server in ${DEBIAN_VERSIONS}: install Debian's postgresql`);
  return folders[0];
}
