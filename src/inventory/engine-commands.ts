import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import type { DockerGateway } from '../docker/docker.gateway.js';
import { GatewayRegistry } from '../docker/gateway-registry.js';
import { DomainError } from '../errors/domain.error.js';
import { Inventory } from './inventory.js';
import { ObjectLocks, type LockRequest } from './object-locks.js';
import { Refresher } from './refresher.js';

const SETTLE_FIRST_MS = 200;
const SETTLE_MOST_MS = 5_000;

/** One command's hold on an engine: the gateway, and the means to look again at what it touches. */
export class CommandSession {
  /** Things half-made that could not be taken away yet because the engine went away. */
  readonly debts: (() => Promise<void>)[] = [];
  private readonly touched = { networks: new Set<string>(), containers: new Set<string>() };

  constructor(
    readonly engine: string,
    readonly gateway: DockerGateway,
    private readonly refresher: Refresher,
  ) {}

  /** Names what is about to be changed: it is looked at again should it stay unknown what the engine did. */
  touch({ networks = [], containers = [] }: { networks?: readonly string[]; containers?: readonly string[] }): void {
    for (const id of networks) this.touched.networks.add(id);
    for (const id of containers) this.touched.containers.add(id);
  }

  /** Takes away what a failed command has made; while the engine is away it stays owed, and the locks are kept. */
  async takeAway(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof DomainError) || !['unavailable', 'timeout'].includes(error.kind)) throw error;
      this.debts.push(work);
    }
  }

  /** Inspects a network, by the engine's id, so that what is read next is true. */
  async refreshNetwork(id: string): Promise<void> {
    this.touch({ networks: [id] });
    await this.refresher.network(this.engine, id);
  }

  async refreshContainer(id: string): Promise<void> {
    this.touch({ containers: [id] });
    await this.refresher.container(this.engine, id);
  }

  /** Asks the engine what it is now: its role in a swarm can have changed without a word. */
  refreshEngine(): Promise<void> {
    return this.refresher.engine(this.engine);
  }

  /** Looks at everything anew: for what left no id behind. */
  refreshAll(): Promise<void> {
    return this.refresher.all(this.engine);
  }

  /** Looks again at all that was touched; at everything where the command left no id behind. */
  refreshTouched(): Promise<void> {
    const { networks, containers } = this.touched;
    if (networks.size + containers.size === 0) return this.refreshAll();
    return this.refresher.many(this.engine, this.touched);
  }
}

/**
 * The one way to change something on an engine: refuses at once while the engine is away, holds the locks of what is
 * touched, and where the outcome stays unknown keeps them until the objects have been inspected again.
 */
@Injectable()
export class EngineCommands implements BeforeApplicationShutdown {
  private readonly logger = new Logger(EngineCommands.name);
  private readonly underWay = new Set<Promise<void>>();
  private readonly stopping = new AbortController();

  constructor(
    private readonly gateways: GatewayRegistry,
    private readonly inventory: Inventory,
    private readonly locks: ObjectLocks,
    private readonly refresher: Refresher,
  ) {}

  run<T>(
    engine: string,
    locks: readonly LockRequest[],
    work: (session: CommandSession) => Promise<T>,
  ): Promise<T> {
    this.requireConnected(engine);
    const session = new CommandSession(engine, this.gateways.get(engine), this.refresher);
    const answer = Promise.withResolvers<T>();
    const begin = this.locks.hold(locks, async () => {
      try {
        this.requireConnected(engine);
        answer.resolve(await work(session));
      } catch (error) {
        answer.reject(error);
        const isUnknown = error instanceof DomainError && error.extras.outcome === 'unknown';
        if (isUnknown || session.debts.length > 0) await this.settle(session);
      }
    });
    const held = begin.catch((error: unknown) => answer.reject(error));
    this.underWay.add(held);
    void held.finally(() => this.underWay.delete(held));
    return answer.promise;
  }

  /** Commands that have begun are finished, whatever asked for them may have gone. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await Promise.allSettled(this.underWay);
  }

  private requireConnected(engine: string): void {
    const { state, problem } = this.inventory.picture(engine);
    if (state === 'connected') return;
    throw new DomainError(
      'ENGINE_UNREACHABLE',
      `Engine ${engine} is ${state}; nothing was changed. ${problem ?? 'Its first picture is still being taken.'}`,
      { engine },
    );
  }

  private async settle(session: CommandSession): Promise<void> {
    let waitMs = SETTLE_FIRST_MS;
    while (!this.stopping.signal.aborted) {
      try {
        for (let debt = session.debts[0]; debt !== undefined; debt = session.debts[0]) {
          await debt();
          session.debts.shift();
        }
        await session.refreshTouched();
        return;
      } catch (error) {
        this.logger.warn(`Engine ${session.engine} has not told yet what became of a command: ${String(error)}`);
      }
      await delay(waitMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      waitMs = Math.min(waitMs * 2, SETTLE_MOST_MS);
    }
    this.logger.error(`Stopping before engine ${session.engine} has told what became of a command: look at it by hand`);
  }
}
