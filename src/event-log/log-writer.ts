import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database, type Writer } from '../database/database.js';
import { FOUND_BY, type ObservedChange } from '../events/event.js';
import { labelText } from './event-filter.js';
import { EventLogRepository } from './event-log.repository.js';
import type { LogCompanion } from './log-companion.js';

/** Writes events, and with each what other rooms keep with it. */
@Injectable()
export class LogWriter {
  private readonly companions: LogCompanion[] = [];

  constructor(
    private readonly database: Database,
    private readonly repository: EventLogRepository,
  ) {}

  accompany(companion: LogCompanion): void {
    this.companions.push(companion);
  }

  async write(changes: readonly ObservedChange[], within?: (transaction: Writer) => Promise<void>): Promise<void> {
    const recordedAt = new Date().toISOString();
    const events = changes.map((change) => ({
      event: { id: randomUUID(), ...change, recordedAt },
      labels: labelText(change[FOUND_BY] ?? []),
    }));
    await this.database.write(async (transaction) => {
      const logged = await this.repository.append(transaction, events);
      for (const companion of this.companions) await companion.record(transaction, logged);
      await within?.(transaction);
    });
    for (const companion of this.companions) companion.recorded();
  }
}
