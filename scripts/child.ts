import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { freezeProcess } from './processes.ts';

const START_TIMEOUT_MS = 60_000;

export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/**
 * A server in a process of its own. Its arguments name a folder of the lab: the guardian of that folder ends every
 * such process, however the one that started it ended.
 */
export class Child {
  readonly #process: ChildProcess;
  readonly #logPath: string;

  constructor(args: readonly string[], logPath: string, { env = {}, cwd }: ChildOptions = {}) {
    this.#logPath = logPath;
    const log = openSync(logPath, 'w', 0o600);
    // A group of its own: Ctrl-C reaches whoever started it only, which ends what it started in its own order.
    this.#process = spawn(process.execPath, args, { detached: true, stdio: ['ignore', log, log], env, cwd });
    closeSync(log);
    const end = (): boolean => this.#process.kill('SIGKILL');
    process.on('exit', end);
    this.#process.once('exit', () => process.off('exit', end));
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error('the process could not be started');
    return this.#process.pid;
  }

  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** What it has printed so far. */
  output(): string {
    return readFileSync(this.#logPath, 'utf8');
  }

  /** The port of the first `http://…` that it prints. */
  async port(): Promise<number> {
    return Number(await this.until(() => /http:\/\/[\d.]+:(\d+)/.exec(this.output())?.[1]));
  }

  async until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (this.isRunning && Date.now() < deadline) {
      const seen = await look();
      if (seen !== undefined) return seen;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`it did not come up; its log ends with:\n${this.output().slice(-2000)}`);
  }

  /** It hangs from here on: connections stay open, nothing answers. */
  freeze(): void {
    freezeProcess(this.pid);
  }

  thaw(): void {
    this.#process.kill('SIGCONT');
  }

  /** Sends the signal and waits for its end; answers its exit code, null when the signal itself ended it. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.isRunning) {
      const ended = new Promise((resolve) => this.#process.once('exit', resolve));
      this.#process.kill(signal);
      this.thaw();
      await ended;
    }
    return this.#process.exitCode;
  }
}
