import type { JsonObject } from './engine-json.js';

/** A full look at an engine takes about so long; what is forgotten for another reason is forgotten before. */
const KEPT_MS = 5_000;

interface Lookup {
  readonly network: Promise<JsonObject | undefined>;
  readonly begunMs: number;
}

/**
 * The networks that an engine knows by names, each asked for once in a look, however many objects name it. What a name means
 * can change only while no container is on the network, and whoever puts one there raises an event: nothing from before an
 * event, or from before a command of ours, is kept.
 */
export class NetworkLookups {
  private readonly lookups = new Map<string, Lookup>();

  constructor(private readonly ask: (name: string, timeoutMs: number) => Promise<JsonObject | undefined>) {}

  find(name: string, timeoutMs: number): Promise<JsonObject | undefined> {
    const kept = this.lookups.get(name);
    if (kept !== undefined && performance.now() - kept.begunMs < KEPT_MS) return kept.network;
    const lookup = { network: this.ask(name, timeoutMs), begunMs: performance.now() };
    this.lookups.set(name, lookup);
    const forget = (): void => {
      if (this.lookups.get(name) === lookup) this.lookups.delete(name);
    };
    // Whoever asked hears of a failure, and what is not there yet may be at the next moment.
    lookup.network.then((network) => network ?? forget(), forget);
    return lookup.network;
  }

  forget(): void {
    this.lookups.clear();
  }
}
