import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { busyboxImageArchive } from './busybox-image.ts';
import { answersPing } from './find-engine.mjs';
import { cgroupOf, namespaceOf, ownRunFolder, run, SYSTEM_PATH, wipeServer } from './lab.ts';
import { freezeProcess, killAll } from './processes.ts';

export interface PrivateEngineOptions {
  /** Part of the folder's name, for people who look at the lab. */
  readonly name?: string;
  /** As `dockerd --default-address-pool` takes it: `base=10.0.0.0/8,size=24`. The engine's own pools allow 30 networks. */
  readonly addressPool?: string;
  /** More `dockerd` options, such as `--live-restore`. */
  readonly daemonArgs?: readonly string[];
  /** It also listens on loopback, over TCP, in the machine's own network: plain, unless `daemonArgs` ask for TLS. */
  readonly overTcp?: boolean;
  /** The lab folder to live in; tests of the lab itself have their own. */
  readonly labRoot?: string;
}

const START_TIMEOUT_MS = 60_000;
/** As systemd hands sockets over (sd_listen_fds): the first is the descriptor 3, and meant for this process alone. */
const SOCKET_ACTIVATION = ['sh', '-c', 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"', 'sh'];
const execute = promisify(execFile);
const engines = new Set<PrivateEngine>();
let enginesStarted = 0;

export async function startPrivateEngine(options: PrivateEngineOptions = {}): Promise<PrivateEngine> {
  const runFolder = ownRunFolder(options.labRoot);
  enginesStarted += 1;
  const engine = new PrivateEngine(join(runFolder, `${enginesStarted}-${options.name ?? 'engine'}`), options);
  engines.add(engine);
  try {
    await engine.start();
    await engine.docker('load', '--quiet', '--input', busyboxImageArchive(runFolder));
  } catch (error) {
    engine.wipe();
    throw error;
  }
  return engine;
}

/** Ends all engines that this process has started, whatever one of them may do. */
export function stopPrivateEngines(): void {
  const failures: unknown[] = [];
  for (const engine of engines) {
    try {
      engine.wipe();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'some private engines could not be ended');
}

/**
 * A real Docker Engine of one's own: own network namespace, socket and data; gone without a trace after stop().
 * Engines before 25 keep their id in the machine's /etc/docker, so private engines may share `/info.ID` (fact 19).
 */
export class PrivateEngine {
  readonly name: string;
  readonly dir: string;
  readonly socketPath: string;
  /** Where the service is to reach it: at its own socket, or at a proxy's in front of it. */
  servedAt: string;
  readonly netns: string;
  readonly logPath: string;
  readonly #options: PrivateEngineOptions;
  #daemon: ChildProcess | undefined;
  #tcpPort = 0;
  #isInMachineNetwork = false;

  constructor(dir: string, options: PrivateEngineOptions) {
    this.dir = dir;
    this.name = options.name ?? basename(dir);
    this.socketPath = join(dir, 'docker.sock');
    this.servedAt = this.socketPath;
    this.netns = namespaceOf(dir);
    this.logPath = join(dir, 'dockerd.log');
    this.#options = options;
    for (const folder of ['cli', 'tmp']) mkdirSync(join(dir, folder), { recursive: true });
    writeFileSync(join(dir, 'daemon.json'), '{}');
    run('ip', ['netns', 'add', this.netns]);
    run('nsenter', [`--net=/run/netns/${this.netns}`, 'ip', 'link', 'set', 'lo', 'up']);
  }

  /** For the service, as `FAIRLEAD_ENGINES` takes it. */
  get endpoint(): string {
    return `unix://${this.servedAt}`;
  }

  get pid(): number {
    if (this.#daemon?.pid === undefined) throw new Error(`engine ${this.name} is not running`);
    return this.#daemon.pid;
  }

  /** Of an engine that listens over TCP. */
  get tcpEndpoint(): string {
    return `tcp://127.0.0.1:${this.#tcpPort}`;
  }

  /** Starts the daemon on the folder's data: a new engine, or the old one again after kill(). */
  async start(): Promise<void> {
    this.#forgetCrashedDaemon();
    const log = openSync(this.logPath, 'a');
    const listener = this.#options.overTcp === true ? await this.#listen() : undefined;
    const activation = listener === undefined ? [] : SOCKET_ACTIVATION;
    const [command = '', ...args] = [...this.#namespacePrefix(), ...activation, 'dockerd', ...this.#daemonArgs()];
    // detached: Ctrl-C on the terminal is for us; we end the engine in our own order.
    // TMPDIR: a containerd that its dockerd finds slow writes its stacks there.
    // GOGC: it runs itself for each step in a container's namespace, and would spend a third of that on clearing memory.
    const env = { PATH: SYSTEM_PATH, TMPDIR: join(this.dir, 'tmp'), GOGC: '400' };
    const handed = listener === undefined ? [] : [fdOf(listener)];
    const daemon = spawn(command, args, { detached: true, stdio: ['ignore', log, log, ...handed], env });
    closeSync(log);
    listener?.close();
    daemon.unref();
    this.#daemon = daemon;
    await this.#untilReady(daemon);
  }

  /** Sends the signal to the daemon and waits for its end. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const daemon = this.#daemon;
    if (daemon === undefined) return;
    if (daemon.exitCode === null && daemon.signalCode === null) {
      daemon.ref();
      const ended = new Promise((resolve) => daemon.once('exit', resolve));
      daemon.kill(signal);
      daemon.kill('SIGCONT');
      await ended;
    }
    this.#daemon = undefined;
  }

  async restart({ signal = 'SIGTERM' }: { signal?: NodeJS.Signals } = {}): Promise<void> {
    await this.kill(signal);
    await this.start();
  }

  /** For image builds that need the internet: while the action runs, the daemon is in the machine's network, and leaves it be. */
  async inMachineNetwork(action: () => Promise<void>): Promise<void> {
    this.#isInMachineNetwork = true;
    await this.restart();
    await action();
    this.#isInMachineNetwork = false;
    await this.restart();
  }

  /** The engine hangs from here on: connections stay open, nothing answers. */
  freeze(): void {
    freezeProcess(this.pid);
  }

  thaw(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  /** Everything in it is thrown away, so nothing is asked to end in its own time: containers would take 10 s each. */
  async stop(): Promise<void> {
    await this.kill('SIGKILL');
    this.wipe();
  }

  wipe(): void {
    engines.delete(this);
    wipeServer(this.dir);
  }

  /** Debian's own docker command-line client, so that tests change the engine as people do. */
  async docker(...args: string[]): Promise<string> {
    const environment = { PATH: SYSTEM_PATH, HOME: this.dir, DOCKER_CONFIG: join(this.dir, 'cli'), DOCKER_BUILDKIT: '0' };
    return execFully('/usr/bin/docker', ['--host', `unix://${this.socketPath}`, ...args], environment);
  }

  /** Runs a command in the engine's network namespace, where its published ports listen. */
  async exec(command: string, ...args: string[]): Promise<string> {
    const [program = command, ...rest] = [...this.#namespacePrefix(), command, ...args];
    return execFully(program, rest, { PATH: SYSTEM_PATH });
  }

  log(): string {
    return existsSync(this.logPath) ? readFileSync(this.logPath, 'utf8') : '';
  }

  /**
   * dockerd takes containerd for running when a process of the noted pid exists, and a zombie counts: it then waits
   * 15 s and gives up. A killed dockerd takes its containerd along (parent-death signal), so none may be left.
   */
  #forgetCrashedDaemon(): void {
    const note = join(this.dir, 'exec/containerd/containerd.pid');
    if (existsSync(note)) {
      const containerd = Number(readFileSync(note, 'utf8'));
      killAll((process) => process.pid === containerd && process.commandLine.includes(this.dir));
      rmSync(note);
    }
    rmSync(join(this.dir, 'docker.pid'), { force: true });
  }

  /** A socket stays in the network in which it was made, whoever it is handed to. */
  async #listen(): Promise<Server> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(this.#tcpPort, '127.0.0.1', resolve));
    this.#tcpPort = (server.address() as AddressInfo).port;
    return server;
  }

  #namespacePrefix(): string[] {
    // Not `ip netns exec`: it remounts /sys, and dockerd fails with "Devices cgroup isn't mounted" (Appendix A).
    return this.#isInMachineNetwork ? [] : ['nsenter', `--net=/run/netns/${this.netns}`];
  }

  #daemonArgs(): string[] {
    const { addressPool, daemonArgs = [], overTcp = false } = this.#options;
    return [
      '--host', `unix://${this.socketPath}`, ...(overTcp ? ['--host', 'fd://'] : []), '--data-root', `${this.dir}/data`, '--exec-root', `${this.dir}/exec`,
      '--pidfile', `${this.dir}/docker.pid`, '--config-file', `${this.dir}/daemon.json`,
      // A slice name would be wanted from a systemd driver; plain paths work on every Debian.
      '--exec-opt', 'native.cgroupdriver=cgroupfs', '--cgroup-parent', cgroupOf(this.dir),
      ...(addressPool === undefined ? [] : ['--default-address-pool', addressPool]),
      ...(this.#isInMachineNetwork
        ? ['--bridge=none', '--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false']
        : []),
      ...daemonArgs,
    ];
  }

  async #untilReady(daemon: ChildProcess): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await answersPing({ socketPath: this.socketPath }))) {
      const hasEnded = daemon.exitCode !== null || daemon.signalCode !== null;
      if (hasEnded || Date.now() > deadline) {
        const fact = hasEnded ? 'ended while it started' : `did not answer within ${START_TIMEOUT_MS} ms`;
        throw new Error(`dockerd ${fact}:\n${this.log().split('\n').slice(-15).join('\n')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Node has no other way to hand over a socket that listens. */
function fdOf(server: Server): number {
  return (server as unknown as { readonly _handle: { readonly fd: number } })._handle.fd;
}

async function execFully(command: string, args: string[], env: Record<string, string>): Promise<string> {
  try {
    const { stdout } = await execute(command, args, { env, maxBuffer: 64 * 1024 * 1024 });
    return stdout.trim();
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new Error(stderr === undefined || stderr.trim() === '' ? message : stderr.trim(), { cause: error });
  }
}
