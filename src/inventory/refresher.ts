import { Injectable, Logger } from '@nestjs/common';
import { GatewayRegistry } from '../docker/gateway-registry.js';
import type { ObservedNetwork } from '../docker/observed.js';
import { DomainError } from '../errors/domain.error.js';
import { EventBus } from '../events/event-bus.js';
import type { EnginePicture } from './engine-picture.js';
import { Inventory } from './inventory.js';
import { isSwarmId } from './object-locks.js';

/** An inspection that has not begun serves everybody who asks meanwhile; one that has begun may be too old. */
interface Turn {
  readonly running: Promise<void>;
  next: Promise<void> | undefined;
}

const INSPECTIONS_AT_ONCE = 8;

/**
 * Brings the picture up to date by inspecting. One inspection of an object runs at a time, so an older answer can
 * never overwrite a newer one; what is asked for while one runs is answered by one that begins after it.
 */
@Injectable()
export class Refresher {
  private readonly logger = new Logger(Refresher.name);
  private readonly turns = new Map<string, Turn>();

  constructor(
    private readonly gateways: GatewayRegistry,
    private readonly inventory: Inventory,
    private readonly bus: EventBus,
  ) {}

  /** Asks an engine what it is: versions, drivers, role in a swarm; and what the swarm is, where it is a manager. */
  engine(engine: string): Promise<void> {
    return this.turn(`${engine}/engine`, async () => {
      const picture = this.inventory.picture(engine);
      const before = picture.observed?.membership?.nodeId;
      const seen = await this.unlessSwarmHangs(engine, () => this.gateways.get(engine).connect());
      if (seen === undefined) return;
      picture.observed = seen;
      await this.swarm(engine);
      this.noted(engine, before !== seen.membership?.nodeId);
    });
  }

  /** Asks a manager what its swarm is now. */
  swarm(engine: string): Promise<void> {
    return this.turn(`${engine}/swarm`, async () => {
      const picture = this.inventory.picture(engine);
      const isManager = picture.observed?.swarmRole === 'manager';
      this.noted(engine, isManager ? await this.lookAtSwarm(engine, picture) : picture.setSwarm(null));
    });
  }

  /** A manager without a majority, or one that has just left, tells nothing; what it last told stays until it does. */
  private async lookAtSwarm(engine: string, picture: EnginePicture): Promise<boolean> {
    try {
      return picture.setSwarm(await this.gateways.get(engine).swarm.inspect());
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      if (error.code === 'NOT_SWARM_MANAGER') return picture.setSwarm(null);
      await this.requireThere(engine, error);
      return this.loseSwarm(engine, error);
    }
  }

  /**
   * A manager that has just lost the others lets wait, for 20 s, what it is asked beside its own containers. That is the
   * swarm's trouble, and the engine is there. Answers undefined then.
   */
  private async unlessSwarmHangs<T>(engine: string, ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (error) {
      const isManager = this.inventory.picture(engine).observed?.swarmRole === 'manager';
      if (!isManager || !(error instanceof DomainError) || error.kind !== 'timeout') throw error;
      await this.requireThere(engine, error);
      this.noted(engine, this.loseSwarm(engine, error));
      return undefined;
    }
  }

  private loseSwarm(engine: string, { extras, detail }: DomainError): boolean {
    const isNews = this.inventory.picture(engine).loseSwarm(extras.engineMessage ?? detail);
    if (isNews) this.logger.warn(`Engine ${engine} does not tell of its swarm: ${detail}`);
    return isNews;
  }

  /** The networks that an engine lists; those that are known, where it does not answer for its swarm. */
  async networkIds(engine: string): Promise<readonly string[]> {
    const listed = await this.unlessSwarmHangs(engine, () => this.gateways.get(engine).listNetworkIds());
    return listed ?? this.inventory.picture(engine).networkIds();
  }

  /** Inspects a network, by the engine's id, and notes what it is now or that it is gone. */
  network(engine: string, id: string): Promise<void> {
    return this.turn(`${engine}/network/${id}`, async () => {
      const seen = await this.inspectNetwork(engine, id);
      this.noted(engine, this.inventory.picture(engine).setNetwork(id, seen));
    });
  }

  private async inspectNetwork(engine: string, id: string): Promise<ObservedNetwork | undefined> {
    const gateway = this.gateways.get(engine);
    const seen = await gateway.inspectNetwork(id);
    const picture = this.inventory.picture(engine);
    if (seen !== undefined || !isSwarmId(id) || picture.observed?.swarmRole !== 'manager') return seen;
    // A manager without a majority has none of its swarm's networks but those in use on it.
    await this.swarm(engine);
    return picture.swarmTrouble === null ? gateway.inspectNetwork(id) : picture.observedNetwork(id);
  }

  container(engine: string, id: string): Promise<void> {
    return this.turn(`${engine}/container/${id}`, async () => {
      const seen = await this.gateways.get(engine).inspectContainer(id);
      this.noted(engine, this.inventory.picture(engine).setContainer(id, seen));
    });
  }

  /** Inspects everything that the engine lists and everything that the picture shows. */
  async all(engine: string): Promise<void> {
    const picture = this.inventory.picture(engine);
    // Between the old and the new there is no true picture: an engine that is back has renewed the ids of its own
    // networks. While it is followed, commands must see at once what they did.
    const show = picture.state === 'connected' ? undefined : picture.hold();
    try {
      await this.lookAtAll(engine, picture);
    } finally {
      show?.();
      this.noted(engine, true);
    }
  }

  private async lookAtAll(engine: string, picture: EnginePicture): Promise<void> {
    const gateway = this.gateways.get(engine);
    const [networkIds, containers] = await Promise.all([this.networkIds(engine), gateway.listContainers()]);
    // What is not listed any more is inspected too: only in its turn can no older answer bring it back.
    await this.many(engine, {
      networks: new Set([...networkIds, ...picture.networkIds()]),
      containers: new Set([...containers.map(({ id }) => id), ...picture.containerIds()]),
    });
  }

  /**
   * Inspects several objects, a few at a time. Fails when the engine cannot be reached; one object that the engine
   * cannot describe stays as it was last seen and does not hide the others.
   */
  async many(engine: string, ids: { networks: Iterable<string>; containers: Iterable<string> }): Promise<void> {
    const jobs = [
      ...[...ids.networks].map((id) => () => this.network(engine, id)),
      ...[...ids.containers].map((id) => () => this.container(engine, id)),
    ];
    const worker = async (): Promise<void> => {
      for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
        await job().catch((error: unknown) => this.tolerate(engine, error));
      }
    };
    await Promise.all(Array.from({ length: INSPECTIONS_AT_ONCE }, worker));
  }

  private async tolerate(engine: string, error: unknown): Promise<void> {
    if (!(error instanceof DomainError)) throw error;
    await this.requireThere(engine, error);
    this.logger.warn(`Engine ${engine} could not describe one of its objects: ${error.detail}`);
  }

  /** Fails unless this failure leaves the engine reachable: an inspection waits for locks that a hanging plugin holds (engine-facts 6.4). */
  private async requireThere(engine: string, error: DomainError): Promise<void> {
    if (error.kind === 'timeout') await this.gateways.get(engine).ping();
    else if (error.kind !== 'engine-error') throw error;
  }

  private turn(key: string, inspect: () => Promise<void>): Promise<void> {
    const turn = this.turns.get(key);
    if (turn === undefined) return this.begin(key, inspect);
    turn.next ??= turn.running.catch(() => undefined).then(() => this.begin(key, inspect));
    return turn.next;
  }

  private begin(key: string, inspect: () => Promise<void>): Promise<void> {
    const running = inspect();
    const turn: Turn = { running, next: undefined };
    this.turns.set(key, turn);
    const end = (): void => {
      if (this.turns.get(key) === turn && turn.next === undefined) this.turns.delete(key);
    };
    running.then(end, end);
    return running;
  }

  private noted(engine: string, changed: boolean): void {
    if (changed) this.bus.emit('picture-changed', engine);
  }
}
