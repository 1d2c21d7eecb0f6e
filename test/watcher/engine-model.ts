import type { EngineEvent, ObservedContainer, ObservedNetwork } from '../../src/docker/observed.js';
import type { ObservedChange } from '../../src/events/event.js';
import { EnginePicture } from '../../src/inventory/engine-picture.js';
import { Teller } from '../../src/watcher/teller.js';
import { A_REACH } from '../builders/a-reach.js';

export const GRACE_MS = 1_000;

/** A change in one line: `container.started web`, with its origin where that is not the engine. */
export function line({ type, subject, origin }: ObservedChange): string {
  return `${type} ${subject.name}${origin === 'engine' ? '' : ` (${origin})`}`;
}

/** A teller with a picture that a test paints. */
export class ToldEngine {
  readonly picture = new EnginePicture('local', A_REACH);
  private readonly teller = new Teller(GRACE_MS);

  /** What was there when following began. */
  constructor(networks: readonly ObservedNetwork[] = [], containers: readonly ObservedContainer[] = []) {
    this.see({ networks, containers });
    this.teller.adopt(this.picture.snapshot());
  }

  /** What an inspection shows now. */
  see({ networks = [], containers = [] }: { networks?: readonly ObservedNetwork[]; containers?: readonly ObservedContainer[] }): this {
    for (const network of networks) this.picture.setNetwork(network.id, network);
    for (const container of containers) this.picture.setContainer(container.id, container);
    return this;
  }

  /** What an inspection shows to be gone. */
  miss({ networks = [], containers = [] }: { networks?: readonly ObservedNetwork[]; containers?: readonly ObservedContainer[] }): this {
    for (const { id } of networks) this.picture.setNetwork(id, undefined);
    for (const { id } of containers) this.picture.setContainer(id, undefined);
    return this;
  }

  changesOf(...events: readonly EngineEvent[]): ObservedChange[] {
    return this.teller.tellEvents(events, this.picture.snapshot());
  }

  hear(...events: readonly EngineEvent[]): string[] {
    return this.changesOf(...events).map(line);
  }

  /** What is told of differences when this much time has passed since the beginning. */
  unexplainedAt(ms: number, pending: readonly EngineEvent[] = []): ObservedChange[] {
    return this.teller.tellUnexplained(this.picture.snapshot(), ms, pending);
  }

  at(ms: number): string[] {
    return this.unexplainedAt(ms).map(line);
  }

  /** What is told after a time out of sight. */
  afterGap(): string[] {
    return this.teller.tellAllDifferences(this.picture.snapshot()).map(line);
  }
}
