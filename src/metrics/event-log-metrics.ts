import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { Database } from '../database/database.js';
import { LeasedJournals } from '../event-log/leased-journals.js';
import { LogTail } from '../event-log/log-tail.js';
import { Inventory } from '../inventory/inventory.js';
import { Metrics } from './metrics.js';

/** What tells whether events are being kept, and by which of several processes. */
@Injectable()
export class EventLogMetrics {
  constructor(metrics: Metrics, database: Database, tail: LogTail, journals: LeasedJournals, inventory: Inventory) {
    const gauge = (name: string, help: string, value: () => number): void => {
      new Gauge({
        name,
        help,
        registers: [metrics.registry],
        collect() {
          this.set(value());
        },
      });
    };
    gauge('fairlead_database_available', '1 while the database can be used.', () =>
      database.condition.state === 'available' ? 1 : 0,
    );
    gauge('fairlead_event_log_position', 'Number of the newest event, counted since the log began.', () => tail.last);
    gauge('fairlead_event_log_waiting', 'Entries that wait to be written to the log.', () => journals.waiting);
    new Gauge({
      name: 'fairlead_event_journal_held',
      help: '1 where this process is the one that tells what happens on the engine.',
      labelNames: ['engine'] as const,
      registers: [metrics.registry],
      collect() {
        this.reset();
        for (const { name } of inventory.freshness()) this.set({ engine: name }, journals.isToldHere(name) ? 1 : 0);
      },
    });
  }
}
