import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { GatewayRegistry } from '../docker/gateway-registry.js';
import { DomainError } from '../errors/domain.error.js';
import { EventBus } from '../events/event-bus.js';
import { CommandSession } from './command-session.js';
import { CommandTraces } from './command-traces.js';
import { Inventory } from './inventory.js';
import { ObjectLocks, standInTheWay, type LockRequest } from './object-locks.js';
import { Refresher } from './refresher.js';

const SETTLE_FIRST_MS = 200;
const SETTLE_MOST_MS = 5_000;

/** A command's hold on an engine. */
interface Hold {
  readonly session: CommandSession;
  readonly locks: readonly LockRequest[];
  /** The engine is looked after still, and reached in the same way. */
  readonly isCurrent: () => boolean;
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
  /** Those that keep their locks until their engine has told what became of a command. */
  private readonly unsettled = new Set<Hold>();
  /** What is to be called when locks are kept so: others may wait for them. */
  private readonly waiting = new Set<() => void>();

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
    const hold = this.open(engine, locks);
    const answer = Promise.withResolvers<T>();
    const waiting = this.waitWhileConnected(engine, locks);
    const held = this.locks
      .hold(locks, () => this.work(hold, work, answer), waiting.signal)
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
    const hold = this.open(engine, locks);
    hold.session.owe(() => work(hold.session));
    this.watch(this.locks.hold(locks, () => this.settle(hold)));
    return true;
  }

  private open(engine: string, locks: readonly LockRequest[]): Hold {
    const gateway = this.gateways.get(engine);
    return {
      locks,
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
    hold: Hold,
    work: (session: CommandSession) => Promise<T>,
    answer: PromiseWithResolvers<T>,
  ): Promise<void> {
    const { session } = hold;
    try {
      this.requireConnected(session.engine);
      answer.resolve(await work(session));
    } catch (failure) {
      const error = session.explain(failure);
      answer.reject(error);
      const isUnknown = error instanceof DomainError && error.extras.outcome === 'unknown';
      if (isUnknown || session.isUnsettled) await this.settle(hold);
    }
  }

  /**
   * Nobody waits for the locks of an engine that is gone: whoever holds them may do so until it is back. What is a
   * swarm's, another engine of it may hold.
   */
  private waitWhileConnected(engine: string, locks: readonly LockRequest[]): { readonly signal: AbortSignal; readonly end: () => void } {
    const lost = new AbortController();
    const look = (): void => {
      const holders = [...this.unsettled].filter((hold) => standInTheWay(hold.locks, locks)).map(({ session }) => session.engine);
      const gone = [engine, ...holders].find((name) => this.inventory.has(name) && this.inventory.picture(name).state !== 'connected');
      if (gone !== undefined) lost.abort(this.unreachable(gone));
    };
    this.bus.on('picture-changed', look);
    this.waiting.add(look);
    look();
    const end = (): void => {
      this.bus.off('picture-changed', look);
      this.waiting.delete(look);
    };
    return { signal: lost.signal, end };
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

  private async settle(hold: Hold): Promise<void> {
    this.unsettled.add(hold);
    for (const look of this.waiting) look();
    try {
      await this.untilSettled(hold);
    } finally {
      this.unsettled.delete(hold);
    }
  }

  private async untilSettled({ session, isCurrent }: Hold): Promise<void> {
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
