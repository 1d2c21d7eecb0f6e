import { readdirSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { expect } from 'vitest';

/** One request of somebody who means no harm. */
interface Wait {
  readonly ms: number;
  readonly status: number;
}

interface Figures {
  readonly median: number;
  /** Of the slowest twentieth. */
  readonly slow: number;
}

/** Milliseconds that may be waited longer in a moment of it: what meets with a dear request waits for it. */
const IN_A_MOMENT: Figures = { median: 5, slow: 50 };
const IN_THE_LONG_RUN: Figures = { median: 0, slow: 5 };
const LEAST_REQUESTS = 25;
/** Others are at work on the machine: a round may meet with them. A defect meets every round. */
const ROUNDS = 4;

/** Somebody who asks the service now and then, and minds how long it takes. */
export class Bystander {
  readonly #worker: Worker;
  readonly #begin: () => Promise<void>;
  #waits: Wait[] = [];

  /** Attackers have machines of their own: what they and others do on this one takes no time from the service, which is the process with this `pid`. */
  constructor({ url, key, pid }: { readonly url: string; readonly key: string; readonly pid: number }, begin: () => Promise<void>) {
    this.#begin = begin;
    for (const thread of readdirSync(`/proc/${pid}/task`)) setPriority(Number(thread), constants.priority.PRIORITY_HIGHEST);
    this.#worker = new Worker(new URL('./bystander.worker.ts', import.meta.url), { workerData: { url, key } });
    this.#worker.on('message', (wait: Wait) => this.#waits.push(wait));
  }

  /**
   * Does the same thing to the service over and over, for a moment, and expects that the bystander is answered, and waits no more than twice as long as
   * without, or by no more than is not noticed. Each try begins with attackers who have all of their means.
   */
  async expectUnharmed(attack: () => Promise<unknown>): Promise<void> {
    await this.#expect(attack, { restMs: 200, attackMs: 400, allowed: IN_A_MOMENT });
  }

  /** The same for so long that moments do not count. */
  async expectUnharmedFor(attackMs: number, attack: () => Promise<unknown>): Promise<void> {
    await this.#expect(attack, { restMs: 5_000, attackMs, allowed: IN_THE_LONG_RUN });
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  async #expect(attack: () => Promise<unknown>, { restMs, attackMs, allowed }: { restMs: number; attackMs: number; allowed: Figures }): Promise<void> {
    for (let round = 1; ; round += 1) {
      await this.#begin();
      const rest = await this.#during(restMs, () => new Promise((resolve) => setTimeout(resolve, 20)));
      const attacked = await this.#during(attackMs, attack);
      expect(attacked.filter(({ status }) => status !== 200)).toEqual([]);
      const [usual, seen] = [figures(rest), figures(attacked)];
      if ((['median', 'slow'] as const).every((figure) => seen[figure] <= Math.max(2 * usual[figure], usual[figure] + allowed[figure]))) return;
      if (round === ROUNDS) expect.fail(`at rest ${JSON.stringify(usual)}, under attack ${JSON.stringify(seen)} milliseconds`);
    }
  }

  async #during(ms: number, work: () => Promise<unknown>): Promise<readonly Wait[]> {
    this.#waits = [];
    this.#worker.postMessage('ask');
    const endAt = performance.now() + ms;
    while (performance.now() < endAt || this.#waits.length < LEAST_REQUESTS) await work();
    this.#worker.postMessage('rest');
    return this.#waits;
  }
}

function figures(waits: readonly Wait[]): Figures {
  const sorted = waits.map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (part: number): number => Math.round((sorted[Math.floor(sorted.length * part)] ?? Infinity) * 10) / 10;
  return { median: at(0.5), slow: at(0.95) };
}
