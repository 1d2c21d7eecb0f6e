import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { abortable, waitUnlessAborted } from '../events/abortable.js';
import { EventBus } from '../events/event-bus.js';
import { asSeenBy, currentSight } from '../sight/current-sight.js';
import type { EngineSnapshot } from './engine-snapshot.js';
import { Inventory } from './inventory.js';
import { resourceTag } from './resource-tag.js';
import { VisibleInventory } from './visible-inventory.js';

/** One state of a resource, with everything that counts as a change of it. */
export interface Look<T> {
  readonly resource: T;
  /** Parts that are the very same for all who look at the same picture: what of them is known is not worked out again for each. */
  readonly watched: readonly object[];
}

/** Streams of a resource's states, one for each change; a slow reader skips states and always gets the newest. */
@Injectable()
export class ResourceFollower implements BeforeApplicationShutdown {
  private readonly stopping = new AbortController();

  constructor(
    private readonly inventory: Inventory,
    private readonly visible: VisibleInventory,
    private readonly bus: EventBus,
  ) {}

  /** Each new state from now on; ends when the resource or its engine is gone, or the service stops. */
  follow<T>(engine: string, look: (snapshot: EngineSnapshot) => Look<T> | undefined): AsyncGenerator<T, void> {
    const sight = currentSight();
    // What is asked for later is asked by whoever asks now.
    const lookNow = (): Look<T> | undefined =>
      asSeenBy(sight, () => (this.visible.has(engine) ? look(this.visible.sight(engine)) : undefined));
    const first = tagOf(lookNow());
    return abortable((signal) => this.states(engine, lookNow, first, signal), this.stopping.signal);
  }

  beforeApplicationShutdown(): void {
    this.stopping.abort();
  }

  private async *states<T>(
    engine: string,
    look: () => Look<T> | undefined,
    first: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<T, void> {
    let arrival = Promise.withResolvers<void>();
    const onChange = (changed: string): void => {
      // What is a swarm's changes on any of its engines.
      if (changed === engine || this.inventory.swarmOf(engine)?.group.engines.includes(changed)) arrival.resolve();
    };
    this.bus.on('picture-changed', onChange);
    try {
      for (let seen = first; !signal.aborted; ) {
        const now = look();
        if (now === undefined) return;
        const tag = tagOf(now);
        if (tag !== seen) yield now.resource;
        seen = tag;
        await waitUnlessAborted(arrival.promise, signal);
        arrival = Promise.withResolvers();
      }
    } finally {
      this.bus.off('picture-changed', onChange);
    }
  }
}

function tagOf(look: Look<unknown> | undefined): string | undefined {
  return look?.watched.map((part) => resourceTag(part)).join();
}
