import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { DockerGateway, RememberedEvents } from '../docker/docker.gateway.js';
import type { EngineEvent } from '../docker/observed.js';
import { DomainError } from '../errors/domain.error.js';
import type { EngineJournal, EngineJournals } from '../events/engine-journal.js';
import type { EventBus } from '../events/event-bus.js';
import type { CommandTraces } from '../inventory/command-traces.js';
import type { EngineSnapshot } from '../inventory/engine-snapshot.js';
import type { EnginePicture } from '../inventory/engine-picture.js';
import type { Refresher } from '../inventory/refresher.js';
import { BackOff } from './back-off.js';
import { EngineAccount } from './engine-account.js';
import { EngineSession, type SessionListener } from './engine-session.js';
import type { SwarmFollower } from './swarm-follower.js';
import type { WatchTimings } from './watch-timings.js';

/** What every watcher works with. */
export interface WatcherParts {
  readonly refresher: Refresher;
  readonly bus: EventBus;
  readonly journals: EngineJournals;
  readonly timings: WatchTimings;
  readonly traces: CommandTraces;
  readonly swarms: SwarmFollower;
  /** What is shown of an engine now. */
  readonly snapshotOf: (engine: string) => EngineSnapshot;
  /** Another name under which the same engine is followed already. */
  readonly twinOf: (engine: string) => string | undefined;
  /** Takes the engine over from a twin that was known later; false where this one was, and has to leave it. */
  readonly ousts: (engine: string, twin: string) => boolean;
}

/**
 * Keeps the picture of one engine true for as long as it is asked to, and tells what happens on it while its journal
 * is this process's.
 */
export class EngineWatcher implements SessionListener {
  private readonly logger = new Logger(EngineWatcher.name);
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  /** Aborted when the session in progress is to begin anew. */
  private turn = new AbortController();
  private account: EngineAccount | undefined;
  /** Why sight of the engine was lost; undefined before the first sight and while it lasts. */
  private lost: string | undefined;

  constructor(
    private readonly gateway: DockerGateway,
    private readonly picture: EnginePicture,
    private readonly parts: WatcherParts,
  ) {}

  start(): void {
    this.running = this.keepFollowing();
  }

  async stop(): Promise<void> {
    this.stopping.abort(new Error('The service is stopping.'));
    await this.running;
  }

  /** Looks at the engine anew, as from the beginning. */
  again(): void {
    this.turn.abort(new Error('It is looked at anew.'));
  }

  get resumeNano(): string | undefined {
    return this.account?.resumeNano;
  }

  pictured(remembered: RememberedEvents): void {
    const { engine } = this.gateway;
    const twin = this.parts.twinOf(engine);
    if (twin !== undefined && !this.parts.ousts(engine, twin)) {
      this.picture.forget();
      throw new Error(`It is the engine that is called ${twin} already. Remove one of the two, or take it out of FAIRLEAD_ENGINES.`);
    }
    this.setState('connected', null);
    this.account?.pictured(remembered, this.shown, this.lost);
    this.lost = undefined;
    this.swarmStirred();
    this.logger.log(`Following engine ${engine}, API ${this.picture.observed?.apiVersion}`);
  }

  heard(until: Date): void {
    this.account?.heard(until, this.parts.timings.silenceMs);
  }

  followed(events: readonly EngineEvent[]): void {
    this.account?.followed(events, this.shown);
  }

  leftUnseen(events: readonly EngineEvent[]): void {
    this.account?.leftUnseen(events);
  }

  async anticipate(): Promise<void> {
    if (this.account !== undefined) await this.parts.traces.takeTraces(this.gateway.engine);
  }

  ticked(pending: readonly EngineEvent[]): void {
    this.account?.ticked(this.shown, pending);
  }

  swarmStirred(): void {
    this.parts.swarms.stir(this.gateway.engine);
  }

  private get shown(): EngineSnapshot {
    return this.parts.snapshotOf(this.gateway.engine);
  }

  private async keepFollowing(): Promise<void> {
    const backOff = new BackOff(this.parts.timings.backOff);
    const { signal } = this.stopping;
    await this.parts.journals.open(this.gateway.engine, (journal) => this.take(journal), signal);
    while (!signal.aborted) {
      this.turn = new AbortController();
      const turn = this.turn.signal;
      const began = performance.now();
      try {
        const { refresher, timings } = this.parts;
        const session = new EngineSession(this.gateway, refresher, this.picture, timings, this);
        await session.run(AbortSignal.any([signal, turn]));
      } catch (error) {
        if (signal.aborted) return;
        if (turn.aborted) continue;
        this.lose(error);
      }
      const waiting = AbortSignal.any([signal, turn]);
      await delay(backOff.nextMs(performance.now() - began), undefined, { signal: waiting }).catch(() => undefined);
    }
  }

  /** From here on this process tells what happens on the engine: it looks at it anew, from where the log ends. */
  private take(journal: EngineJournal): void {
    const account = new EngineAccount(journal, {
      engine: this.gateway.engine,
      graceMs: this.parts.timings.graceMs,
      patienceMs: this.parts.timings.patienceMs,
      causeOf: (change) => this.parts.traces.causeOf(change),
    });
    this.account = account;
    journal.ended.addEventListener(
      'abort',
      () => {
        if (this.account === account) this.account = undefined;
      },
      { once: true },
    );
    if (this.picture.state === 'unreachable') account.disconnected(this.shown, performance.now());
    this.turn.abort(new Error('The journal of the engine has been taken over.'));
  }

  private lose(error: unknown): void {
    const { engine } = this.gateway;
    const reason = error instanceof DomainError ? error.detail : error instanceof Error ? error.message : String(error);
    const { state } = this.picture;
    this.setState('unreachable', reason);
    this.account?.disconnected(this.shown, performance.now());
    if (state === 'unreachable') {
      this.logger.debug(`Engine ${engine} is still out of reach: ${reason}`);
      return;
    }
    this.logger.warn(`Engine ${engine} is out of reach: ${reason}`);
    if (state === 'connected') this.lost = reason;
  }

  private setState(state: EnginePicture['state'], problem: string | null): void {
    this.picture.state = state;
    this.picture.problem = problem;
    this.parts.bus.emit('picture-changed', this.gateway.engine);
  }
}
