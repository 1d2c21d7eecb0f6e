import { Injectable, Logger } from '@nestjs/common';
import { GatewayRegistry } from '../docker/gateway-registry.js';
import type { ObservedSwarm } from '../docker/swarm.observed.js';
import { DomainError } from '../errors/domain.error.js';
import { EventBus } from '../events/event-bus.js';
import type { EnginePicture } from './engine-picture.js';
import { Inventory } from './inventory.js';

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
  async engine(engine: string): Promise<void> {
    const picture = this.inventory.picture(engine);
    const before = picture.observed?.membership?.nodeId;
    picture.observed = await this.gateways.get(engine).connect();
    await this.swarm(engine);
    this.noted(engine, before !== picture.observed.membership?.nodeId);
  }

  /** Asks a manager what its swarm is now. */
  swarm(engine: string): Promise<void> {
    return this.turn(`${engine}/swarm`, async () => {
      const picture = this.inventory.picture(engine);
      const isManager = picture.observed?.swarmRole === 'manager';
      const seen = isManager ? await this.lookAtSwarm(engine) : null;
      this.noted(engine, picture.setSwarm(seen));
    });
  }

  /** A manager without a majority, or one that has just left, tells nothing; what it last told stays until it does. */
  private async lookAtSwarm(engine: string): Promise<ObservedSwarm | null> {
    try {
      return await this.gateways.get(engine).swarm.inspect();
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      if (error.code === 'NOT_SWARM_MANAGER') return null;
      if (error.kind === 'timeout') await this.gateways.get(engine).ping();
      else if (error.kind !== 'engine-error') throw error;
      this.logger.warn(`Engine ${engine} does not tell of its swarm: ${error.detail}`);
      return this.inventory.picture(engine).swarm;
    }
  }

  /** Inspects a network, by the engine's id, and notes what it is now or that it is gone. */
  network(engine: string, id: string): Promise<void> {
    return this.turn(`${engine}/network/${id}`, async () => {
      const seen = await this.gateways.get(engine).inspectNetwork(id);
      this.noted(engine, this.inventory.picture(engine).setNetwork(id, seen));
    });
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
    const [networkIds, containers] = await Promise.all([gateway.listNetworkIds(), gateway.listContainers()]);
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
    // An inspection waits for the object's own lock, which a hanging plugin holds without limit (engine-facts 6.4).
    if (error.kind === 'timeout') await this.gateways.get(engine).ping();
    else if (error.kind !== 'engine-error') throw error;
    this.logger.warn(`Engine ${engine} could not describe one of its objects: ${error.detail}`);
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
