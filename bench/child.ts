import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

const START_TIMEOUT_MS = 60_000;

/**
 * A server in a process of its own. Its arguments name the engine's folder: the guardian of that folder ends every
 * such process, however the benchmark itself ended.
 */
export class Child {
  readonly #process: ChildProcess;
  readonly #logPath: string;

  constructor(args: readonly string[], logPath: string, env: Record<string, string> = {}) {
    this.#logPath = logPath;
    const log = openSync(logPath, 'w', 0o600);
    // A group of its own: Ctrl-C reaches the benchmark only, which ends what it started in its own order.
    this.#process = spawn(process.execPath, args, { detached: true, stdio: ['ignore', log, log], env });
    closeSync(log);
    process.on('exit', () => this.#process.kill('SIGKILL'));
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error('the process could not be started');
    return this.#process.pid;
  }

  /** The port of the first `http://…` that it prints. */
  async port(): Promise<number> {
    const port = await this.until(() => /http:\/\/[\d.]+:(\d+)/.exec(readFileSync(this.#logPath, 'utf8'))?.[1]);
    return Number(port);
  }

  async until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (this.#process.exitCode === null && this.#process.signalCode === null && Date.now() < deadline) {
      const seen = await look();
      if (seen !== undefined) return seen;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`it did not come up; its log ends with:\n${readFileSync(this.#logPath, 'utf8').slice(-2000)}`);
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGTERM');
    await ended;
  }
}
