import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { ownRunFolder, SYSTEM_PATH, wipeServer } from '../../scripts/lab.ts';
import { endAfterFile } from './forgotten.ts';
import { findFreePort } from './free-port.ts';

export interface PrivateSshdOptions {
  /** More lines of sshd_config. */
  readonly config?: readonly string[];
}

const START_TIMEOUT_MS = 30_000;
/** Where sshd drops its privileges to; Debian's service makes it when it starts. */
const PRIVILEGE_SEPARATION = '/run/sshd';
let serversStarted = 0;

/** A real sshd of one's own on loopback, which lets root in by keys of its own only. */
export async function startPrivateSshd(options: PrivateSshdOptions = {}): Promise<PrivateSshd> {
  serversStarted += 1;
  const sshd = new PrivateSshd(join(ownRunFolder(), `sshd${serversStarted}`), await findFreePort(), options);
  try {
    await sshd.start();
  } catch (error) {
    sshd.wipe();
    throw error;
  }
  return sshd;
}

export class PrivateSshd {
  /** The private key that is let in. */
  readonly key: string;
  readonly #isEnded: () => void;
  #daemon: ChildProcess | undefined;

  constructor(
    readonly dir: string,
    readonly port: number,
    { config = [] }: PrivateSshdOptions,
  ) {
    mkdirSync(dir, { mode: 0o700 });
    this.#isEnded = endAfterFile(() => this.wipe());
    this.makeKey('host');
    this.makeKey('client');
    this.key = readFileSync(join(dir, 'client'), 'utf8');
    this.letIn(this.publicKey('client'));
    writeFileSync(join(dir, 'sshd_config'), [
      ...[`Port ${port}`, 'ListenAddress 127.0.0.1', `HostKey ${dir}/host`, `PidFile ${dir}/sshd.pid`],
      ...[`AuthorizedKeysFile ${dir}/authorized_keys`, 'StrictModes no', 'PermitRootLogin yes', 'UsePAM no'],
      ...['KbdInteractiveAuthentication no', 'LogLevel VERBOSE', ...config, ''],
    ].join('\n'));
  }

  get hostKey(): string {
    return this.publicKey('host');
  }

  /** The engine behind this socket, through this sshd. */
  endpoint(socketPath: string, user = 'root'): string {
    return `ssh://${user}@127.0.0.1:${this.port}${socketPath}`;
  }

  /** What an engine is reached with. */
  get ssh(): { hostKeys: string[]; privateKey: string } {
    return { hostKeys: [this.hostKey], privateKey: this.key };
  }

  /** A new pair of keys in its folder. */
  makeKey(name: string, passphrase = '', type = 'ed25519'): string {
    for (const file of [name, `${name}.pub`]) rmSync(join(this.dir, file), { force: true });
    execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', name, '-f', join(this.dir, name)]);
    return readFileSync(join(this.dir, name), 'utf8');
  }

  publicKey(name: string): string {
    return readFileSync(join(this.dir, `${name}.pub`), 'utf8').trim();
  }

  /** As a line of authorized_keys has it, options before the key included. */
  letIn(line: string): void {
    appendFileSync(join(this.dir, 'authorized_keys'), `${line}\n`, { mode: 0o600 });
  }

  async start(): Promise<void> {
    mkdirSync(PRIVILEGE_SEPARATION, { recursive: true, mode: 0o755 });
    const log = openSync(join(this.dir, 'log'), 'a');
    // A session bears no name of ours and would outlive its sshd: in a namespace of processes all end together.
    const args = ['--pid', '--mount-proc', '--fork', '--kill-child', '/usr/sbin/sshd', '-D', '-e', '-f', `${this.dir}/sshd_config`];
    this.#daemon = spawn('unshare', args, { detached: true, stdio: ['ignore', log, log], env: { PATH: SYSTEM_PATH } });
    closeSync(log);
    this.#daemon.unref();
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await this.#answers())) {
      if (this.#daemon.exitCode !== null || Date.now() > deadline) throw new Error(`sshd did not come up:\n${this.log()}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  log(): string {
    const path = join(this.dir, 'log');
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  /** With its connections; start() brings it back on its port. */
  async kill(): Promise<void> {
    const daemon = this.#daemon;
    if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return;
    daemon.ref();
    const ended = new Promise((resolve) => daemon.once('exit', resolve));
    daemon.kill('SIGKILL');
    await ended;
  }

  async stop(): Promise<void> {
    this.wipe();
  }

  wipe(): void {
    this.#daemon?.kill('SIGKILL');
    this.#isEnded();
    wipeServer(this.dir);
  }

  #answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = createConnection(this.port, '127.0.0.1');
      socket.once('data', () => socket.destroy());
      socket.once('error', () => undefined);
      socket.once('close', () => resolve(socket.bytesRead > 0));
    });
  }
}
