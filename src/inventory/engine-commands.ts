import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { GatewayRegistry } from '../docker/gateway-registry.js';
import { DomainError } from '../errors/domain.error.js';
import { EventBus } from '../events/event-bus.js';
import { CommandSession } from './command-session.js';
import { CommandTraces } from './command-traces.js';
import { Inventory } from './inventory.js';
import { ObjectLocks, type LockRequest } from './object-locks.js';
import { Refresher } from './refresher.js';

const SETTLE_FIRST_MS = 200;
const SETTLE_MOST_MS = 5_000;

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
    private readonly bus: EventBus,
    private readonly traces: CommandTraces,
  ) {}

  run<T>(
    engine: string,
    locks: readonly LockRequest[],
    work: (session: CommandSession) => Promise<T>,
  ): Promise<T> {
    this.requireConnected(engine);
    const { session, isCurrent } = this.open(engine);
    const answer = Promise.withResolvers<T>();
    const waiting = this.waitWhileConnected(engine);
    const held = this.locks
      .hold(locks, () => this.work(session, work, answer, isCurrent), waiting.signal)
      .catch((error: unknown) => answer.reject(waiting.signal.aborted ? waiting.signal.reason : error))
      .finally(waiting.end);
    this.watch(held);
    return answer.promise;
  }

  /**
   * Has something done on an engine that cannot be asked now, as soon as it can; what is locked is kept from others until
   * then. False where the engine is no longer looked after: then nobody will.
   */
  owe(engine: string, locks: readonly LockRequest[], work: (session: CommandSession) => Promise<void>): boolean {
    if (this.gateways.find(engine) === undefined) return false;
    const { session, isCurrent } = this.open(engine);
    session.owe(() => work(session));
    this.watch(this.locks.hold(locks, () => this.settle(session, isCurrent)));
    return true;
  }

  private open(engine: string): { readonly session: CommandSession; readonly isCurrent: () => boolean } {
    const gateway = this.gateways.get(engine);
    return {
      session: new CommandSession(engine, this.traces.traced(gateway), this.refresher),
      isCurrent: () => this.gateways.find(engine)?.gateway === gateway,
    };
  }

  private watch(held: Promise<void>): void {
    this.underWay.add(held);
    void held.finally(() => this.underWay.delete(held));
  }

  /** Commands that have begun are finished, whatever asked for them may have gone. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await Promise.allSettled(this.underWay);
  }

  /** Runs a command under its locks, and keeps them until what it left open is settled. */
  private async work<T>(
    session: CommandSession,
    work: (session: CommandSession) => Promise<T>,
    answer: PromiseWithResolvers<T>,
    isCurrent: () => boolean,
  ): Promise<void> {
    try {
      this.requireConnected(session.engine);
      answer.resolve(await work(session));
    } catch (failure) {
      const error = session.explain(failure);
      answer.reject(error);
      const isUnknown = error instanceof DomainError && error.extras.outcome === 'unknown';
      if (isUnknown || session.isUnsettled) await this.settle(session, isCurrent);
    }
  }

  /** Nobody waits for the locks of an engine that is gone: whoever holds them may do so until it is back. */
  private waitWhileConnected(engine: string): { readonly signal: AbortSignal; readonly end: () => void } {
    const lost = new AbortController();
    const onChange = (changed: string): void => {
      if (changed !== engine || this.inventory.picture(engine).state === 'connected') return;
      lost.abort(this.unreachable(engine));
    };
    this.bus.on('picture-changed', onChange);
    return { signal: lost.signal, end: () => void this.bus.off('picture-changed', onChange) };
  }

  /** Fails with `ENGINE_UNREACHABLE` unless the engine can be told to do something now. */
  requireConnected(engine: string): void {
    if (this.inventory.picture(engine).state !== 'connected') throw this.unreachable(engine);
  }

  /** Fails with `ENGINE_UNREACHABLE` where the engine is a manager that can neither tell of its swarm nor change it now. */
  requireControl(engine: string): void {
    const trouble = this.inventory.picture(engine).swarmTrouble;
    if (trouble === null) return;
    throw new DomainError(
      'ENGINE_UNREACHABLE',
      `The swarm of engine ${engine} can neither be asked nor changed now; nothing was changed. ` +
        'More than half of its managers must reach each other: bring them back first.',
      { engine, engineMessage: trouble.problem },
    );
  }

  private unreachable(engine: string): DomainError {
    const { state, problem } = this.inventory.picture(engine);
    return new DomainError(
      'ENGINE_UNREACHABLE',
      `Engine ${engine} is ${state}; nothing was changed. ${problem ?? 'Its first picture is still being taken.'}`,
      { engine },
    );
  }

  private async settle(session: CommandSession, isCurrent: () => boolean): Promise<void> {
    let waitMs = SETTLE_FIRST_MS;
    while (!this.stopping.signal.aborted && isCurrent()) {
      try {
        await session.payDebts();
        await session.refreshTouched();
        return;
      } catch (error) {
        this.logger.warn(`Engine ${session.engine} has not told yet what became of a command: ${String(error)}`);
      }
      await delay(waitMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      waitMs = Math.min(waitMs * 2, SETTLE_MOST_MS);
    }
    const why = isCurrent() ? 'Stopping' : 'It was removed, or is reached in another way,';
    this.logger.error(`${why} before engine ${session.engine} has told what became of a command: look at it by hand`);
  }
}
