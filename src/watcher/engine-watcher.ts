import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { DockerGateway } from '../docker/docker.gateway.js';
import type { EngineEvent } from '../docker/observed.js';
import { DomainError } from '../errors/domain.error.js';
import type { EventBus } from '../events/event-bus.js';
import type { ObservedChange } from '../events/event.js';
import type { EnginePicture } from '../inventory/engine-picture.js';
import type { Refresher } from '../inventory/refresher.js';
import { BackOff } from './back-off.js';
import { EngineSession, type SessionListener } from './engine-session.js';
import { engineChange } from './narration.js';
import { Teller } from './teller.js';
import type { WatchTimings } from './watch-timings.js';

/** Keeps the picture of one engine true for as long as the service runs, and tells what happens on it. */
export class EngineWatcher implements SessionListener {
  private readonly logger = new Logger(EngineWatcher.name);
  private readonly stopping = new AbortController();
  private readonly teller: Teller;
  private running: Promise<void> = Promise.resolve();
  /** Why sight of the engine was lost; undefined before the first sight and while it lasts. */
  private lost: string | undefined;
  private begun = false;
  private lastEventTime: string | null = null;

  constructor(
    private readonly gateway: DockerGateway,
    private readonly picture: EnginePicture,
    private readonly refresher: Refresher,
    private readonly bus: EventBus,
    private readonly timings: WatchTimings,
    private readonly twinOf: (engine: string) => string | undefined = () => undefined,
  ) {
    this.teller = new Teller(timings.graceMs);
  }

  start(): void {
    this.running = this.keepFollowing();
  }

  async stop(): Promise<void> {
    this.stopping.abort(new Error('The service is stopping.'));
    await this.running;
  }

  pictured(): void {
    const { engine } = this.gateway;
    const twin = this.twinOf(engine);
    if (twin !== undefined) {
      this.picture.forget();
      throw new Error(`It is the engine that is called ${twin} already. Take one of the two out of FAIRLEAD_ENGINES.`);
    }
    this.setState('connected', null);
    const changes: ObservedChange[] = [engineChange('engine.connected', engine, 'engine')];
    if (this.begun) changes.push(...this.tellGap());
    else this.teller.adopt(this.picture.snapshot());
    this.begun = true;
    this.lost = undefined;
    this.tell(changes);
    this.logger.log(`Following engine ${engine}, API ${this.picture.observed?.apiVersion}`);
  }

  followed(events: readonly EngineEvent[], { stateExact }: { readonly stateExact: boolean }): void {
    this.lastEventTime = events.at(-1)?.time ?? this.lastEventTime;
    this.tell(this.teller.tellEvents(events, this.picture.snapshot(), stateExact));
  }

  ticked(): void {
    this.tell(this.teller.tellUnexplained(this.picture.snapshot(), performance.now()));
  }

  private async keepFollowing(): Promise<void> {
    const backOff = new BackOff(this.timings.backOff);
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const began = performance.now();
      try {
        const session = new EngineSession(this.gateway, this.refresher, this.picture, this.timings, this);
        await session.run(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.lose(error);
      }
      await delay(backOff.nextMs(performance.now() - began), undefined, { signal }).catch(() => undefined);
    }
  }

  private lose(error: unknown): void {
    const { engine } = this.gateway;
    const reason = error instanceof DomainError ? error.detail : error instanceof Error ? error.message : String(error);
    const { state } = this.picture;
    this.setState('unreachable', reason);
    if (state === 'unreachable') {
      this.logger.debug(`Engine ${engine} is still out of reach: ${reason}`);
      return;
    }
    this.logger.warn(`Engine ${engine} is out of reach: ${reason}`);
    if (state !== 'connected') return;
    this.lost = reason;
    this.tell([engineChange('engine.disconnected', engine, 'engine')]);
  }

  /** What happened out of sight, found by comparing, between a frame that says so. */
  private tellGap(): ObservedChange[] {
    const { engine } = this.gateway;
    const gapId = randomUUID();
    const gap = { gapId, reason: this.lost ?? 'The event stream was interrupted.', from: this.lastEventTime };
    return [
      engineChange('engine.gap', engine, 'resync', gap),
      ...this.teller.tellAllDifferences(this.picture.snapshot()),
      engineChange('engine.resynced', engine, 'resync', { gapId, reason: null, from: null }),
    ];
  }

  private setState(state: EnginePicture['state'], problem: string | null): void {
    this.picture.state = state;
    this.picture.problem = problem;
    this.bus.emit('picture-changed', this.gateway.engine);
  }

  private tell(changes: readonly ObservedChange[]): void {
    if (changes.length > 0) this.bus.emit('changes', changes);
  }
}
