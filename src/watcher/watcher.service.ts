import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { GatewayRegistry } from '../docker/gateway-registry.js';
import { EngineJournals } from '../events/engine-journal.js';
import { EventBus } from '../events/event-bus.js';
import { CommandTraces } from '../inventory/command-traces.js';
import type { EngineSnapshot } from '../inventory/engine-snapshot.js';
import { Inventory } from '../inventory/inventory.js';
import { Refresher } from '../inventory/refresher.js';
import { SwarmFollower } from './swarm-follower.js';
import { EngineWatcher } from './engine-watcher.js';
import { WatchTimings } from './watch-timings.js';

/** One watcher for each engine, from the start of the service to its end. */
@Injectable()
export class WatcherService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly watchers: EngineWatcher[];
  private readonly swarms: SwarmFollower;

  constructor(
    private readonly gateways: GatewayRegistry,
    inventory: Inventory,
    refresher: Refresher,
    bus: EventBus,
    timings: WatchTimings,
    private readonly journals: EngineJournals,
    traces: CommandTraces,
  ) {
    const twinOf = (engine: string): string | undefined => inventory.twinOf(engine);
    const snapshotOf = (engine: string): EngineSnapshot => inventory.snapshot(engine);
    this.swarms = new SwarmFollower(inventory, refresher, timings);
    const parts = { refresher, bus, journals, timings, twinOf, traces, snapshotOf, swarms: this.swarms };
    this.watchers = gateways.all().map((gateway) => new EngineWatcher(gateway, inventory.add(gateway.engine), parts));
  }

  onApplicationBootstrap(): void {
    for (const watcher of this.watchers) watcher.start();
  }

  async onApplicationShutdown(): Promise<void> {
    this.swarms.stop();
    await Promise.all(this.watchers.map((watcher) => watcher.stop()));
    await this.journals.closed();
    await Promise.all(this.gateways.all().map((gateway) => gateway.close()));
  }
}
