import { constants, getPriority, setPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { expect } from 'vitest';

/** One request of somebody who means no harm. */
interface Wait {
  readonly ms: number;
  readonly status: number;
}

/**
 * What the slowest twentieth may wait longer in a moment of it: until its key has spent what it has, an attack takes that long, and on a busy
 * machine the figures are uncertain by as much.
 */
const MOMENT_MS = 100;
const LEAST_REQUESTS = 25;
/** Others are at work on the machine: a round may meet with them. A defect meets every round. */
const ROUNDS = 4;

/** Somebody who asks the service now and then, and minds how long it takes. */
export class Bystander {
  readonly #worker: Worker;
  #waits: Wait[] = [];

  constructor(service: { readonly url: string; readonly key: string }) {
    this.#worker = new Worker(new URL('./bystander.worker.ts', import.meta.url), { workerData: { url: service.url, key: service.key } });
    this.#worker.on('message', (wait: Wait) => this.#waits.push(wait));
  }

  /**
   * Does the same thing to the service over and over, and expects that the bystander is answered, and waits no more than twice as long as without:
   * by the median, and, but for a moment, by the slowest twentieth.
   */
  async expectUnharmed(attack: () => Promise<unknown>): Promise<void> {
    await this.#expect(attack, { restMs: 200, attackMs: 400, allowedMs: MOMENT_MS });
  }

  /** The same for so long that a moment does not count. */
  async expectUnharmedFor(attackMs: number, attack: () => Promise<unknown>): Promise<void> {
    await this.#expect(attack, { restMs: 2_000, attackMs, allowedMs: 0 });
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  async #expect(attack: () => Promise<unknown>, { restMs, attackMs, allowedMs }: { restMs: number; attackMs: number; allowedMs: number }): Promise<void> {
    for (let round = 1; ; round += 1) {
      const rest = await this.#during(restMs, () => new Promise((resolve) => setTimeout(resolve, 20)));
      const attacked = await behind(() => this.#during(attackMs, attack));
      expect(attacked.filter(({ status }) => status !== 200)).toEqual([]);
      const [usual, seen] = [figures(rest), figures(attacked)];
      if (seen.median <= 2 * usual.median && seen.slow <= Math.max(2 * usual.slow, usual.slow + allowedMs)) return;
      if (round === ROUNDS) expect.fail(`at rest ${JSON.stringify(usual)}, under attack ${JSON.stringify(seen)} milliseconds`);
    }
  }

  async #during(ms: number, work: () => Promise<unknown>): Promise<readonly Wait[]> {
    this.#waits = [];
    const endAt = performance.now() + ms;
    while (performance.now() < endAt || this.#waits.length < LEAST_REQUESTS) await work();
    return this.#waits;
  }
}

/** Attackers have machines of their own: what these do on this one is to take no time from the service and the bystander. */
async function behind<T>(attack: () => Promise<T>): Promise<T> {
  const usual = getPriority(process.pid);
  setPriority(process.pid, constants.priority.PRIORITY_LOW);
  try {
    return await attack();
  } finally {
    setPriority(process.pid, usual);
  }
}

function figures(waits: readonly Wait[]): { readonly median: number; readonly slow: number } {
  const sorted = waits.map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (part: number): number => Math.round((sorted[Math.floor(sorted.length * part)] ?? Infinity) * 10) / 10;
  return { median: at(0.5), slow: at(0.95) };
}
