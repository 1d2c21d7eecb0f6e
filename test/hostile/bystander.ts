import { Worker } from 'node:worker_threads';
import { expect } from 'vitest';

/** One request of somebody who means no harm. */
interface Wait {
  readonly ms: number;
  readonly status: number;
}

/** What nobody notices, however much longer than usual it is: on a busy machine the figures are uncertain by as much. */
const UNNOTICED_MS = { median: 20, slow: 100 } as const;
const LEAST_REQUESTS = 25;
const REST_MS = 200;
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
   * by the median, and by the slowest twentieth.
   */
  async expectUnharmed(attack: () => Promise<unknown>, { attackMs = 400 } = {}): Promise<void> {
    for (let round = 1; ; round += 1) {
      const rest = await this.#during(REST_MS, () => new Promise((resolve) => setTimeout(resolve, 20)));
      const attacked = await this.#during(attackMs, attack);
      expect(attacked.filter(({ status }) => status !== 200)).toEqual([]);
      const [usual, seen] = [figures(rest), figures(attacked)];
      const isUnharmed = (['median', 'slow'] as const).every((figure) => seen[figure] <= Math.max(2 * usual[figure], usual[figure] + UNNOTICED_MS[figure]));
      if (isUnharmed) return;
      if (round === ROUNDS) expect.fail(`at rest ${JSON.stringify(usual)}, under attack ${JSON.stringify(seen)} milliseconds`);
    }
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  async #during(ms: number, work: () => Promise<unknown>): Promise<readonly Wait[]> {
    this.#waits = [];
    const endAt = performance.now() + ms;
    while (performance.now() < endAt || this.#waits.length < LEAST_REQUESTS) await work();
    return this.#waits;
  }
}

function figures(waits: readonly Wait[]): { readonly median: number; readonly slow: number } {
  const sorted = waits.map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (part: number): number => Math.round((sorted[Math.floor(sorted.length * part)] ?? Infinity) * 10) / 10;
  return { median: at(0.5), slow: at(0.95) };
}
