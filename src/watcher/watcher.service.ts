import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { exposureOf } from '../docker/engine-reach.js';
import { GatewayRegistry, type EngineFollower, type KnownEngine } from '../docker/gateway-registry.js';
import { EngineJournals } from '../events/engine-journal.js';
import { EventBus } from '../events/event-bus.js';
import { CommandTraces } from '../inventory/command-traces.js';
import type { EnginePicture } from '../inventory/engine-picture.js';
import type { EngineSnapshot } from '../inventory/engine-snapshot.js';
import { Inventory } from '../inventory/inventory.js';
import { Refresher } from '../inventory/refresher.js';
import { EngineWatcher, type WatcherParts } from './engine-watcher.js';
import { SwarmFollower } from './swarm-follower.js';
import { WatchTimings } from './watch-timings.js';

/** One watcher for each engine, for as long as the service runs and there is the engine. */
@Injectable()
export class WatcherService implements EngineFollower, OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(WatcherService.name);
  private readonly watchers = new Map<string, EngineWatcher>();
  private readonly parts: WatcherParts;
  private readonly swarms: SwarmFollower;
  private isStarted = false;

  constructor(
    private readonly gateways: GatewayRegistry,
    private readonly inventory: Inventory,
    refresher: Refresher,
    private readonly bus: EventBus,
    timings: WatchTimings,
    private readonly journals: EngineJournals,
    traces: CommandTraces,
  ) {
    const twinOf = (engine: string): string | undefined => inventory.twinOf(engine);
    const ousts = (engine: string, twin: string): boolean => this.ousts(engine, twin);
    const snapshotOf = (engine: string): EngineSnapshot => inventory.sight(engine);
    this.swarms = new SwarmFollower(inventory, refresher, timings);
    this.parts = { refresher, bus, journals, timings, twinOf, ousts, traces, snapshotOf, swarms: this.swarms };
    gateways.follow(this);
  }

  onApplicationBootstrap(): void {
    this.isStarted = true;
    for (const [engine, watcher] of this.watchers) this.begin(watcher, this.inventory.picture(engine));
  }

  async onApplicationShutdown(): Promise<void> {
    this.swarms.stop();
    await Promise.all([...this.watchers.values()].map((watcher) => watcher.stop()));
    await this.journals.closed();
    await Promise.all(this.gateways.all().map(({ gateway }) => gateway.close()));
  }

  added(engine: KnownEngine): void {
    this.watch(engine, this.inventory.add(engine.gateway.engine, engine.reach));
  }

  async replaced(before: KnownEngine, now: KnownEngine): Promise<void> {
    const picture = this.inventory.picture(now.gateway.engine);
    this.say(picture, 'It is going to be reached in another way.');
    await this.leave(before);
    picture.reach = now.reach;
    picture.state = 'connecting';
    picture.problem = null;
    this.watch(now, picture);
  }

  async removed(engine: KnownEngine): Promise<void> {
    const { engine: name } = engine.gateway;
    this.say(this.inventory.picture(name), 'It was removed.');
    await this.leave(engine);
    this.inventory.remove(name);
    this.bus.emit('picture-changed', name);
  }

  /** The order in which engines became known is the same in all processes: they all keep the same one of two names. */
  private ousts(engine: string, twin: string): boolean {
    const names = this.gateways.all().map(({ gateway }) => gateway.engine);
    if (names.indexOf(engine) > names.indexOf(twin)) return false;
    this.watchers.get(twin)?.again();
    return true;
  }

  private watch({ gateway }: KnownEngine, picture: EnginePicture): void {
    const watcher = new EngineWatcher(gateway, picture, this.parts);
    this.watchers.set(gateway.engine, watcher);
    if (this.isStarted) this.begin(watcher, picture);
  }

  private begin(watcher: EngineWatcher, { engine, reach }: EnginePicture): void {
    const exposure = exposureOf(reach);
    if (exposure !== undefined) this.logger.warn(`Engine ${engine}: ${exposure}`);
    watcher.start();
  }

  /** Whoever waits for the engine need not do so any longer. */
  private say(picture: EnginePicture, problem: string): void {
    picture.state = 'unreachable';
    picture.problem = problem;
    this.bus.emit('picture-changed', picture.engine);
  }

  private async leave({ gateway }: KnownEngine): Promise<void> {
    const stopped = this.watchers.get(gateway.engine)?.stop();
    this.watchers.delete(gateway.engine);
    // What an engine that hangs was asked for would be waited for.
    await gateway.close();
    await stopped;
    await this.journals.closed(gateway.engine);
  }
}
