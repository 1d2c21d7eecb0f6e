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
  /** Looked at again before the locks are given up, should it stay unknown what the engine did. */
  readonly touched: { readonly networks: Set<string>; readonly containers: Set<string> } = {
    networks: new Set(),
    containers: new Set(),
  };

  constructor(
    readonly engine: string,
    readonly gateway: DockerGateway,
    private readonly refresher: Refresher,
  ) {}

  /** Inspects a network, by the engine's id, so that what is read next is true. */
  async refreshNetwork(id: string): Promise<void> {
    this.touched.networks.add(id);
    await this.refresher.network(this.engine, id);
  }

  async refreshContainer(id: string): Promise<void> {
    this.touched.containers.add(id);
    await this.refresher.container(this.engine, id);
  }

  refreshTouched(): Promise<void> {
    return this.refresher.many(this.engine, this.touched);
  }

  /** Looks at everything again: for what left no id behind. */
  refreshAll(): Promise<void> {
    return this.refresher.all(this.engine);
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
        if (error instanceof DomainError && error.extras.outcome === 'unknown') await this.settle(session);
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
        if (session.touched.networks.size + session.touched.containers.size === 0) await session.refreshAll();
        else await session.refreshTouched();
        return;
      } catch (error) {
        this.logger.warn(`Engine ${session.engine} has not told yet what became of a command: ${String(error)}`);
      }
      await delay(waitMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      waitMs = Math.min(waitMs * 2, SETTLE_MOST_MS);
    }
  }
}
