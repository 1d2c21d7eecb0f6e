import { isDeepStrictEqual } from 'node:util';
import type { ObservedContainer, ObservedEngine, ObservedNetwork } from '../docker/observed.js';
import type { ObservedSwarm } from '../docker/swarm.observed.js';
import type { EngineReach, EngineState } from '../resources/engine.js';
import { buildSnapshot, type EngineSnapshot } from './engine-snapshot.js';

/** Why a manager cannot be asked for its swarm or told to change it, though it answers. */
export interface SwarmTrouble {
  /** In the engine's words where it had some. */
  readonly problem: string;
  /** When what is shown of the swarm was last told by it (RFC 3339). */
  readonly staleSince: string | null;
}

export interface PictureStamp {
  readonly picture: object;
  readonly held: EngineSnapshot | undefined;
  readonly revision: number;
  readonly told: ObservedSwarm | null;
  readonly trouble: SwarmTrouble | null;
  readonly state: EngineState;
  readonly nodeId: string | undefined;
}

/** What was last seen of one engine. Written by the refresher and the watcher only. */
export class EnginePicture {
  state: EngineState = 'connecting';
  /** When the picture was last known to be true. */
  syncedAt: Date | null = null;
  /** Why the engine cannot be reached. */
  problem: string | null = null;
  observed: ObservedEngine | null = null;

  private told: ObservedSwarm | null = null;
  private toldAt: Date | null = null;
  private trouble: SwarmTrouble | null = null;
  private revision = 0;
  /** Networks of its swarm that it does not show itself, by what the others show. */
  private beyond: readonly ObservedNetwork[] = [];
  private built: EngineSnapshot | undefined;
  private held: EngineSnapshot | undefined;
  /** By the engine's own ids. */
  private readonly networks = new Map<string, ObservedNetwork>();
  private readonly containers = new Map<string, ObservedContainer>();

  constructor(
    readonly engine: string,
    /** The way to it, which may change. */
    public reach: EngineReach,
  ) {}

  /** Notes what an inspection showed; undefined where nothing was there. True when that is news. */
  setNetwork(id: string, seen: ObservedNetwork | undefined): boolean {
    const createdAt = this.networks.get(id)?.createdAt;
    // An engine that begins to take part in a network of a swarm tells since when it does.
    const isOlder = seen?.scope === 'swarm' && createdAt !== undefined && createdAt < seen.createdAt;
    return this.set(this.networks, id, isOlder ? { ...seen, createdAt } : seen);
  }

  setContainer(id: string, seen: ObservedContainer | undefined): boolean {
    return this.set(this.containers, id, seen);
  }

  /** What a manager told of its swarm; null where the engine is none. True when that is news. */
  setSwarm(seen: ObservedSwarm | null): boolean {
    const isBack = this.trouble !== null;
    this.trouble = null;
    this.toldAt = seen === null ? null : new Date();
    if (isDeepStrictEqual(this.told, seen)) return isBack;
    this.told = seen;
    this.revision += 1;
    this.built = undefined;
    return true;
  }

  /** The manager answers, but not for its swarm: what it told last stays. True when that is news. */
  loseSwarm(problem: string): boolean {
    if (this.trouble?.problem === problem) return false;
    this.trouble = { problem, staleSince: this.swarmToldAt };
    return true;
  }

  get swarmTrouble(): SwarmTrouble | null {
    return this.trouble;
  }

  /** When this manager last told of its swarm. */
  get swarmToldAt(): string | null {
    return this.toldAt?.toISOString() ?? null;
  }

  /** The swarm, as this manager tells it. */
  get swarm(): ObservedSwarm | null {
    return this.told;
  }

  /** The networks of its swarm that it shows. */
  swarmNetworks(): readonly ObservedNetwork[] {
    return [...this.networks.values()].filter(({ scope }) => scope === 'swarm');
  }

  networkIds(): readonly string[] {
    return [...this.networks.keys()];
  }

  containerIds(): readonly string[] {
    return [...this.containers.keys()];
  }

  observedNetwork(id: string): ObservedNetwork | undefined {
    return this.networks.get(id);
  }

  observedContainer(id: string): ObservedContainer | undefined {
    return this.containers.get(id);
  }

  /** Goes on showing what is shown now, while the engine is looked at as a whole, until the answer is called. */
  hold(): () => void {
    const held = this.snapshot();
    this.held = held;
    return () => {
      if (this.held === held) this.held = undefined;
    };
  }

  /** `beyond` are the networks of its swarm that other engines show. */
  snapshot(beyond = this.beyond): EngineSnapshot {
    if (this.held !== undefined) return this.held;
    if (beyond.length !== this.beyond.length || beyond.some((network, index) => network !== this.beyond[index])) {
      this.beyond = beyond;
      this.revision += 1;
      this.built = undefined;
    }
    this.built ??= buildSnapshot({
      engine: this.engine,
      revision: this.revision,
      networks: this.networks,
      containers: this.containers,
      beyond: this.beyond,
    });
    return this.built;
  }

  /** Marks everything that what is shown of it depends on. */
  stamp(): PictureStamp {
    const { held, revision, told, trouble, state } = this;
    return { picture: this, held, revision, told, trouble, state, nodeId: this.observed?.membership?.nodeId };
  }

  /** Whether nothing has changed since; asked for each object that an answer leads to. */
  isAt(stamp: PictureStamp | undefined): boolean {
    return (
      stamp?.picture === this &&
      stamp.held === this.held &&
      stamp.revision === this.revision &&
      stamp.told === this.told &&
      stamp.trouble === this.trouble &&
      stamp.state === this.state &&
      stamp.nodeId === this.observed?.membership?.nodeId
    );
  }

  /** Drops everything: what was seen belongs to an engine that is followed under another name. */
  forget(): void {
    this.networks.clear();
    this.containers.clear();
    this.told = null;
    this.trouble = null;
    this.revision += 1;
    this.built = undefined;
    this.syncedAt = null;
  }

  private set<T>(objects: Map<string, T>, id: string, seen: T | undefined): boolean {
    const before = objects.get(id);
    if (isDeepStrictEqual(before, seen)) return false;
    if (seen === undefined) objects.delete(id);
    else objects.set(id, seen);
    this.revision += 1;
    this.built = undefined;
    return true;
  }
}
