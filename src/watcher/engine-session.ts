import { setTimeout as delay } from 'node:timers/promises';
import type { DockerGateway, EngineEventStream, RememberedEvents } from '../docker/docker.gateway.js';
import type { EngineEvent } from '../docker/observed.js';
import type { EnginePicture } from '../inventory/engine-picture.js';
import type { Refresher } from '../inventory/refresher.js';
import { TASK_LABEL } from '../resources/task-labels.js';
import type { WatchTimings } from './watch-timings.js';

/** What a session hands to the watcher that runs it. */
export interface SessionListener {
  /** From when on the engine is to be asked what it remembers; undefined for not at all. */
  readonly resumeNano: string | undefined;
  /**
   * The whole picture is true now, and was taken after these events, which the engine remembered or sent meanwhile; later
   * ones have been buffered since before, so that some may come twice. They are all there were where that is known.
   */
  pictured(remembered: RememberedEvents): void;
  /** All events from before this time of the engine have come and been followed up. */
  heard(until: Date): void;
  /** These events have been followed up: what they touched was inspected after them. */
  followed(events: readonly EngineEvent[]): void;
  /** These events have come, but what they touched could not be looked at any more. */
  leftUnseen(events: readonly EngineEvent[]): void;
  /** Called before events are told, while what they touched is looked at: what led to them can be found out meanwhile. */
  anticipate(): Promise<void>;
  /** Some time has passed: what has no explanation, and cannot be explained by these events to come, may be told. */
  ticked(pending: readonly EngineEvent[]): void;
  /** Something has happened that concerns the swarm that the engine is in. */
  swarmStirred(): void;
}

const NOTHING: RememberedEvents = { events: [], isComplete: false };

/** While events pour in there is always one more; what comes after these rounds is followed up like any other. */
const MOST_CATCH_UP_ROUNDS = 5;

/** One unbroken time of following an engine: open the stream, take the picture, follow, until something breaks. */
export class EngineSession {
  private readonly queue: EngineEvent[] = [];
  /** Taken from the queue, and not followed up yet. */
  private inHand: EngineEvent[] = [];
  private wake = Promise.withResolvers<void>();
  private failure: { readonly reason: unknown } | undefined;
  private reviewDue = false;
  private tickDue = false;
  private reviews = 0;
  private lastPing: Date | null = null;

  constructor(
    private readonly gateway: DockerGateway,
    private readonly refresher: Refresher,
    private readonly picture: EnginePicture,
    private readonly timings: WatchTimings,
    private readonly listener: SessionListener,
  ) {}

  /** Never returns normally: throws why the session ended. */
  async run(signal: AbortSignal): Promise<never> {
    await this.refresher.engine(this.gateway.engine);
    const stream = await this.gateway.openEvents();
    const timers = new AbortController();
    const ended = AbortSignal.any([signal, timers.signal]);
    const abort = (): void => this.fail(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      // An abort that came while the engine was being reached was heard by nobody.
      signal.throwIfAborted();
      void this.read(stream);
      const { resumeNano } = this.listener;
      const remembered = resumeNano === undefined ? NOTHING : await this.gateway.rememberedEvents(resumeNano);
      await this.refresher.all(this.gateway.engine);
      const meanwhile = await this.catchUp();
      this.picture.syncedAt = new Date();
      this.listener.pictured({ ...remembered, events: [...remembered.events, ...meanwhile] });
      void this.every(this.timings.pingMs, ended, () => this.ping());
      void this.every(this.timings.reviewMs, ended, () => this.callForReview());
      void this.every(this.timings.graceMs / 3, ended, () => this.callForTick());
      return await this.follow();
    } catch (error) {
      this.listener.leftUnseen([...this.inHand, ...this.queue]);
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
      timers.abort();
      stream.close();
    }
  }

  /** Looks again at what changed while the picture was taken, so that the steps are told and not what differs. */
  private async catchUp(): Promise<readonly EngineEvent[]> {
    for (let round = 0; round < MOST_CATCH_UP_ROUNDS && this.queue.length > 0; round += 1) {
      const batch = this.queue.splice(0);
      this.inHand.push(...batch);
      await this.lookAt(batch);
    }
    return this.inHand.splice(0);
  }

  private async follow(): Promise<never> {
    for (;;) {
      await this.wake.promise;
      this.wake = Promise.withResolvers();
      if (this.queue.length > 0) await this.followUp();
      if (this.failure !== undefined && this.queue.length === 0) throw this.failure.reason;
      if (this.reviewDue) await this.review();
      if (this.tickDue) this.listener.ticked(this.queue);
      this.tickDue = false;
    }
  }

  /** Reads as fast as the engine sends: a slow reader loses events and slows the engine (engine-facts 0.7). */
  private async read(stream: EngineEventStream): Promise<void> {
    try {
      for await (const event of stream) {
        this.queue.push(event);
        this.wake.resolve();
      }
      this.fail(new Error(`The event stream ended: ${stream.endReason ?? 'no reason was given'}.`));
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(reason: unknown): void {
    this.failure ??= { reason };
    this.wake.resolve();
  }

  private async followUp(): Promise<void> {
    this.inHand = this.queue.splice(0);
    await this.lookAt(this.inHand);
    this.picture.syncedAt = new Date();
    this.listener.followed(this.inHand.splice(0));
  }

  /** An event is a hint: what it touched is inspected, and the picture says what that showed. */
  private async lookAt(events: readonly EngineEvent[]): Promise<void> {
    const anticipating = this.listener.anticipate();
    const networks = new Set<string>();
    const containers = new Set<string>();
    let lookAtAll = false;
    let lookAtSwarm = false;
    for (const event of events) {
      if (TASK_LABEL.serviceId in event.attributes) this.listener.swarmStirred();
      if (event.action === 'prune') lookAtAll = true;
      else if (event.type === 'network') {
        networks.add(event.actorId);
        const container = event.attributes['container'];
        if (container !== undefined) containers.add(container);
      } else if (event.type === 'container') containers.add(event.actorId);
      else if (event.type === 'service' || event.type === 'node') lookAtSwarm = true;
      else if (event.type === 'daemon') await this.refresher.engine(this.gateway.engine);
    }
    if (lookAtAll) await this.refresher.all(this.gateway.engine);
    else await this.refresher.many(this.gateway.engine, { networks, containers });
    if (lookAtSwarm) {
      // Of an engine that has just made a swarm nobody knows yet that it is a manager.
      await (this.picture.swarm === null ? this.refresher.engine(this.gateway.engine) : this.refresher.swarm(this.gateway.engine));
      this.listener.swarmStirred();
    }
    await anticipating;
  }

  private async ping(): Promise<void> {
    try {
      const engineTime = await this.gateway.ping();
      if (this.queue.length > 0 || this.inHand.length > 0) return;
      this.picture.syncedAt = new Date();
      // What was under way then has had one interval to come.
      if (this.lastPing !== null) this.listener.heard(this.lastPing);
      this.lastPing = engineTime;
    } catch (error) {
      this.fail(error);
    }
  }

  private callForReview(): void {
    this.reviewDue = true;
    this.wake.resolve();
  }

  private callForTick(): void {
    this.tickDue = true;
    this.wake.resolve();
  }

  /** Finds by cheap listings what raised no event; now and then everything is looked at. */
  private async review(): Promise<void> {
    this.reviewDue = false;
    this.reviews += 1;
    const { engine } = this.gateway;
    await this.listener.anticipate();
    // Joining a swarm and activating a plugin raise no event that is followed here.
    await this.refresher.engine(engine);
    if (this.reviews % this.timings.reviewsPerFullLook === 0) return this.refresher.all(engine);
    const [networkIds, listed] = await Promise.all([this.refresher.networkIds(engine), this.gateway.listContainers()]);
    const containers = listed.filter(({ id, state, health, networkNames }) => {
      const known = this.picture.observedContainer(id);
      if (known?.state !== state || (health !== undefined && health !== known.health)) return true;
      const names = known.endpoints.map(({ networkName }) => networkName);
      return names.length !== networkNames.length || names.some((name) => !networkNames.includes(name));
    });
    const here = new Set(listed.map(({ id }) => id));
    await this.refresher.many(engine, {
      networks: symmetricDifference(new Set(networkIds), new Set(this.picture.networkIds())),
      containers: [...containers.map(({ id }) => id), ...this.picture.containerIds().filter((id) => !here.has(id))],
    });
  }

  private async every(intervalMs: number, signal: AbortSignal, action: () => void | Promise<void>): Promise<void> {
    while (!signal.aborted) {
      // The only thing that can go wrong with waiting is being told to stop.
      await delay(intervalMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) await action();
    }
  }
}

function symmetricDifference(a: ReadonlySet<string>, b: ReadonlySet<string>): string[] {
  return [...[...a].filter((item) => !b.has(item)), ...[...b].filter((item) => !a.has(item))];
}
