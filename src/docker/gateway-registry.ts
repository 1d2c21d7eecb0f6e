import { DomainError } from '../errors/domain.error.js';
import type { EngineReach } from '../resources/engine.js';
import type { DockerGateway } from './docker.gateway.js';

/** An engine that the service looks after: the way to it, and what is shown of that way. */
export interface KnownEngine {
  readonly gateway: DockerGateway;
  readonly reach: EngineReach;
}

/** Whoever keeps something for each engine. What is left behind may still be in use until it is done with it. */
export interface EngineFollower {
  added(engine: KnownEngine): void;
  /** The same engine, by another way. */
  replaced(before: KnownEngine, now: KnownEngine): Promise<void>;
  removed(engine: KnownEngine): Promise<void>;
}

/** The gateways of all engines that there are now, by the engines' names. Changes are made one at a time by one room. */
export class GatewayRegistry {
  private readonly engines: Map<string, KnownEngine>;
  private readonly followers: EngineFollower[] = [];

  constructor(engines: readonly KnownEngine[]) {
    this.engines = new Map(engines.map((engine) => [engine.gateway.engine, engine]));
  }

  all(): readonly KnownEngine[] {
    return [...this.engines.values()];
  }

  find(engine: string): KnownEngine | undefined {
    return this.engines.get(engine);
  }

  get(engine: string): DockerGateway {
    const known = this.engines.get(engine);
    if (known === undefined) throw new DomainError('ENGINE_NOT_FOUND', `There is no engine "${engine}".`);
    return known.gateway;
  }

  /** Tells of each engine that there is, and of all that changes from now on. */
  follow(follower: EngineFollower): void {
    this.followers.push(follower);
    for (const engine of this.all()) follower.added(engine);
  }

  /** Resolves when nobody uses the way before any more, where there was one. */
  async put(engine: KnownEngine): Promise<void> {
    const name = engine.gateway.engine;
    const before = this.engines.get(name);
    this.engines.set(name, engine);
    if (before !== undefined) {
      await Promise.all(this.followers.map((follower) => follower.replaced(before, engine)));
      return;
    }
    try {
      for (const follower of this.followers) follower.added(engine);
    } catch (error) {
      // Whoever tries again is told of it as of a new one.
      this.engines.delete(name);
      throw error;
    }
  }

  /** Resolves when nobody uses it any more. */
  async remove(name: string): Promise<void> {
    const engine = this.engines.get(name);
    if (engine === undefined) return;
    this.engines.delete(name);
    try {
      await Promise.all(this.followers.map((follower) => follower.removed(engine)));
    } catch (error) {
      // Whoever tries again is to find it.
      if (!this.engines.has(name)) this.engines.set(name, engine);
      throw error;
    }
  }
}
