import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { busyboxImageArchive } from '../../scripts/busybox-image.ts';
import { answersPing } from '../../scripts/find-engine.mjs';
import { namespaceOf, ownRunFolder, run, SYSTEM_PATH, wipeServer } from '../../scripts/lab.ts';
import { endAfterFile } from './forgotten.ts';
import { isBehindProxy, putBehindProxy } from './socket-proxy.ts';

const START_TIMEOUT_MS = 60_000;
const execute = promisify(execFile);
let podmansStarted = 0;

/** Debian's Podman as a service of one's own, behind the socket that speaks Docker's API, with the image that engines get. */
export async function startPrivatePodman(): Promise<PrivatePodman> {
  const runFolder = ownRunFolder();
  podmansStarted += 1;
  const podman = new PrivatePodman(join(runFolder, `podman${podmansStarted}`));
  try {
    await podman.start();
    await podman.docker('load', '--quiet', '--input', busyboxImageArchive(runFolder));
    if (isBehindProxy()) await putBehindProxy(podman);
  } catch (error) {
    podman.wipe();
    throw error;
  }
  return podman;
}

/** In a network namespace of its own, and in a mount namespace: Podman's own mounts go with its last process. */
export class PrivatePodman {
  readonly name: string;
  readonly dir: string;
  readonly socketPath: string;
  /** Where the service is to reach it: at its own socket, or at a proxy's in front of it. */
  servedAt: string;
  readonly netns: string;
  readonly logPath: string;
  readonly #isEnded: () => void;
  #service: ChildProcess | undefined;

  constructor(dir: string) {
    this.dir = dir;
    this.name = basename(dir);
    this.socketPath = join(dir, 'podman.sock');
    this.servedAt = this.socketPath;
    this.netns = namespaceOf(dir);
    this.logPath = join(dir, 'podman.log');
    for (const folder of ['cli', 'tmp']) mkdirSync(join(dir, folder), { recursive: true });
    writeFileSync(join(dir, 'containers.conf'), configurationOf(dir));
    run('ip', ['netns', 'add', this.netns]);
    run('nsenter', [`--net=/run/netns/${this.netns}`, 'ip', 'link', 'set', 'lo', 'up']);
    this.#isEnded = endAfterFile(() => this.wipe());
  }

  /** For the service, as `FAIRLEAD_ENGINES` takes it. */
  get endpoint(): string {
    return `unix://${this.servedAt}`;
  }

  async start(): Promise<void> {
    const log = openSync(this.logPath, 'a');
    // /run holds the network namespaces of containers, whatever is configured. A place for running state has to have a
    // short path.
    const inOwnRun = 'mount -t tmpfs tmpfs /run && exec "$@"';
    const podman = ['podman', '--root', `${this.dir}/root`, '--runroot', '/run/storage', '--storage-driver', 'vfs'];
    const service = spawn(
      'nsenter',
      [
        ...[`--net=/run/netns/${this.netns}`, 'unshare', '--mount', '--propagation', 'private', 'sh', '-c', inOwnRun, 'sh'],
        ...[...podman, 'system', 'service', '--time=0', `unix://${this.socketPath}`],
      ],
      {
        detached: true,
        stdio: ['ignore', log, log],
        env: { PATH: SYSTEM_PATH, HOME: this.dir, TMPDIR: join(this.dir, 'tmp'), CONTAINERS_CONF: join(this.dir, 'containers.conf') },
      },
    );
    closeSync(log);
    service.unref();
    this.#service = service;
    await this.#untilReady(service);
  }

  async stop(): Promise<void> {
    const service = this.#service;
    if (service?.exitCode === null && service.signalCode === null) {
      service.ref();
      const ended = once(service, 'exit');
      service.kill('SIGKILL');
      await ended;
    }
    this.wipe();
  }

  wipe(): void {
    this.#isEnded();
    wipeServer(this.dir);
  }

  /** Docker's own command-line client: whatever it does goes through the same socket. */
  async docker(...args: string[]): Promise<string> {
    const env = { PATH: SYSTEM_PATH, HOME: this.dir, DOCKER_CONFIG: join(this.dir, 'cli') };
    const { stdout } = await execute('/usr/bin/docker', ['--host', `unix://${this.socketPath}`, ...args], { env });
    return stdout.trim();
  }

  /** Runs a command in its network namespace. */
  async exec(command: string, ...args: string[]): Promise<string> {
    const { stdout } = await execute('nsenter', [`--net=/run/netns/${this.netns}`, command, ...args], { env: { PATH: SYSTEM_PATH } });
    return stdout.trim();
  }

  /** Makes its log of events longer by so many from long ago, as that of a Podman that has run for months. */
  rememberMore(count: number): void {
    const path = join(this.dir, 'events.log');
    const event = { ID: 'a'.repeat(64), Image: 'old', Name: 'old', Status: 'start', Time: '2026-01-01T00:00:00Z', Type: 'container', Attributes: {} };
    writeFileSync(path, `${JSON.stringify(event)}\n`.repeat(count) + readFileSync(path, 'utf8'));
  }

  log(): string {
    return existsSync(this.logPath) ? readFileSync(this.logPath, 'utf8') : '';
  }

  async #untilReady(service: ChildProcess): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await answersPing({ socketPath: this.socketPath }))) {
      const hasEnded = service.exitCode !== null || service.signalCode !== null;
      if (hasEnded || Date.now() > deadline) throw new Error(`podman did not start:\n${this.log().slice(-2000)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Nothing of it is shared with a Podman of the machine: not even the locks, which otherwise lie in shared memory. */
function configurationOf(dir: string): string {
  return `
[containers]
# Podman asks for more than a container of its own may be allowed to ask for.
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
events_logfile_path = "${dir}/events.log"
lock_type = "file"
runtime = "runc"
static_dir = "${dir}/static"
tmp_dir = "/run/libpod"
volume_path = "${dir}/volumes"
[network]
network_backend = "netavark"
network_config_dir = "${dir}/networks"
`;
}
