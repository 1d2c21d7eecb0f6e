/** One event as one watcher saw it. */
export interface Sighting {
  /** `performance.now()` when its bytes had arrived. */
  readonly atMs: number;
  /** The engine's clock when it happened, in milliseconds since 1970. */
  readonly engineMs: number;
  /** When the service took it down, in milliseconds since 1970; a watcher of the engine has none. */
  readonly recordedMs?: number;
}

const MOST_WAITING_MS = 20_000;

/** What a watcher has seen since the last action began: the first of each kind for each object. */
export class Sightings {
  /** Of all kinds, since the beginning. */
  count = 0;
  readonly #name: string;
  readonly #seen = new Map<string, Sighting>();
  #news = Promise.withResolvers<undefined>();

  constructor(name: string) {
    this.#name = name;
  }

  forget(): void {
    this.#seen.clear();
  }

  note(key: string, sighting: Sighting): void {
    this.count += 1;
    if (!this.#seen.has(key)) this.#seen.set(key, sighting);
    this.#news.resolve(undefined);
    this.#news = Promise.withResolvers();
  }

  async of(key: string): Promise<Sighting> {
    const late = AbortSignal.timeout(MOST_WAITING_MS);
    for (;;) {
      const seen = this.#seen.get(key);
      if (seen !== undefined) return seen;
      if (late.aborted) throw new Error(`${this.#name} did not see ${key}, but ${[...this.#seen.keys()].join(', ')}`);
      await Promise.race([this.#news.promise, new Promise((resolve) => late.addEventListener('abort', resolve, { once: true }))]);
    }
  }
}
