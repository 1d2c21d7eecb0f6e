import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { SubscriptionServer } from '../graphql/subscription-server.js';
import { Inventory } from '../inventory/inventory.js';
import { ENGINE_STATES } from '../resources/engine.js';

/** What the service counts and measures, in a registry of its own. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  readonly httpDuration = new Histogram({
    name: 'fairlead_http_request_duration_seconds',
    help: 'Time to answer HTTP requests.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [this.registry],
  });

  readonly graphqlOperations = new Counter({
    name: 'fairlead_graphql_operations_total',
    help: 'GraphQL operations over HTTP.',
    labelNames: ['type', 'outcome'] as const,
    registers: [this.registry],
  });

  constructor(inventory: Inventory, subscriptions: SubscriptionServer) {
    collectDefaultMetrics({ register: this.registry });
    this.gaugeSockets(subscriptions);
    this.gaugeEngines(inventory);
    this.gaugeObjects(inventory);
  }

  private gaugeSockets(subscriptions: SubscriptionServer): void {
    new Gauge({
      name: 'fairlead_websockets_open',
      help: 'Open WebSockets.',
      registers: [this.registry],
      collect() {
        this.set(subscriptions.openSockets);
      },
    });
  }

  private gaugeEngines(inventory: Inventory): void {
    new Gauge({
      name: 'fairlead_engine_state',
      help: '1 for the state that the engine is in.',
      labelNames: ['engine', 'state'] as const,
      registers: [this.registry],
      collect() {
        this.reset();
        for (const { name, state } of inventory.freshness()) {
          for (const one of ENGINE_STATES) this.set({ engine: name, state: one }, one === state ? 1 : 0);
        }
      },
    });
    new Gauge({
      name: 'fairlead_engine_synced_timestamp_seconds',
      help: 'When the picture of the engine was last known to be true.',
      labelNames: ['engine'] as const,
      registers: [this.registry],
      collect() {
        this.reset();
        for (const { name, syncedAt } of inventory.freshness()) {
          if (syncedAt !== null) this.set({ engine: name }, Date.parse(syncedAt) / 1000);
        }
      },
    });
  }

  private gaugeObjects(inventory: Inventory): void {
    new Gauge({
      name: 'fairlead_inventory_objects',
      help: 'Objects in the picture.',
      labelNames: ['engine', 'kind'] as const,
      registers: [this.registry],
      collect() {
        this.reset();
        for (const { name, counts } of inventory.engines()) {
          this.set({ engine: name, kind: 'network' }, counts.networks);
          this.set({ engine: name, kind: 'container' }, counts.containers);
          this.set({ engine: name, kind: 'attachment' }, counts.attachments);
        }
      },
    });
  }
}
