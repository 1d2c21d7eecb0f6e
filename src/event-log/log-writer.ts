import { Injectable } from '@nestjs/common';
import { Database, type Writer } from '../database/database.js';
import type { Checkpoint, JournalEntry, ToldRow } from '../events/engine-journal.js';
import { SEEN_BY, type ObservedChange, type SeenBy } from '../events/event.js';
import { labelText, type EventMarks, type LoggedEvent } from './event-filter.js';
import { eventIdOf } from './event-id.js';
import { EventLogRepository, type NewEvent } from './event-log.repository.js';
import { sightText } from './event-sight.js';
import { JournalRepository, type Lease } from './journal.repository.js';
import type { LogCompanion } from './log-companion.js';
import { LogTail } from './log-tail.js';

/** A journal entry whose events have their ids: written again after an uncertain end, it is known by them. */
export interface PreparedEntry {
  readonly events: readonly NewEvent[];
  readonly told: readonly ToldRow[];
  readonly checkpoint: Checkpoint | null;
  readonly begins: boolean;
}

export function prepareEntry({ changes, ...rest }: JournalEntry): PreparedEntry {
  return { ...rest, events: prepareEvents(changes) };
}

/** Two entries, the second of which tells nothing, as one. */
export function joinEntries(first: PreparedEntry, second: PreparedEntry): PreparedEntry {
  return {
    events: first.events,
    told: lastOfEach([...first.told, ...second.told]),
    checkpoint: second.checkpoint ?? first.checkpoint,
    begins: first.begins || second.begins,
  };
}

function prepareEvents(changes: readonly ObservedChange[]): NewEvent[] {
  const recordedAt = new Date().toISOString();
  return changes.map(({ [SEEN_BY]: seenBy, ...change }) => ({
    event: { id: eventIdOf(change), ...change, recordedAt },
    ...marksOf(seenBy ?? { network: null, container: null, others: null }),
  }));
}

function marksOf({ network, container, others }: SeenBy): EventMarks {
  return {
    labels: labelText([network, container].filter((labels) => labels !== null)),
    networkLabels: network && sightText(network),
    containerLabels: container && sightText(container),
    others: others && JSON.stringify(others),
  };
}

/** Writes events, with all that must be kept together with them. */
@Injectable()
export class LogWriter {
  private readonly companions: LogCompanion[] = [];

  constructor(
    private readonly database: Database,
    private readonly log: EventLogRepository,
    private readonly journals: JournalRepository,
    private readonly tail: LogTail,
  ) {}

  accompany(companion: LogCompanion): void {
    this.companions.push(companion);
  }

  /** Logs changes of the service's own, and what `within` writes, in one transaction. */
  async write(changes: readonly ObservedChange[], within?: (transaction: Writer) => Promise<void>): Promise<void> {
    const logged = await this.database.write(async (transaction) => {
      const appended = await this.append(transaction, prepareEvents(changes));
      await within?.(transaction);
      return appended;
    });
    this.tell(logged);
  }

  /** Logs what `within` finds to tell, in one transaction, during which nobody else logs anything. */
  async writeFound(within: (transaction: Writer) => Promise<readonly ObservedChange[]>): Promise<void> {
    const logged = await this.database.write(async (transaction) => {
      await this.log.append(transaction, []);
      return this.append(transaction, prepareEvents(await within(transaction)));
    });
    this.tell(logged);
  }

  /**
   * Keeps entries of an engine's journal in one transaction. Fails with `LeaseLost` once another process has the
   * engine. `again`: whether they were kept at the last attempt is not known.
   */
  async commit(lease: Lease, entries: readonly PreparedEntry[], { again }: { again: boolean }): Promise<void> {
    const events = entries.flatMap((entry) => entry.events);
    const logged = await this.database.write(async (transaction) => {
      const [first] = events;
      if (again && first !== undefined && (await this.log.hasEvent(transaction, first.event.id))) return undefined;
      const appended = await this.append(transaction, events);
      await this.journals.requireLease(transaction, lease);
      await this.journals.keepTold(transaction, lease.engine, lastOfEach(entries.flatMap(({ told }) => told)));
      const checkpoint = entries.findLast((entry) => entry.checkpoint !== null)?.checkpoint;
      if (checkpoint) await this.journals.keepCheckpoint(transaction, lease.engine, checkpoint);
      if (entries.some(({ begins }) => begins)) await this.journals.takeSnapshot(transaction, lease.engine);
      return appended;
    });
    if (logged === undefined) await this.tail.look();
    else this.tell(logged);
  }

  private async append(transaction: Writer, events: readonly NewEvent[]): Promise<LoggedEvent[]> {
    if (events.length === 0) return [];
    const logged = await this.log.append(transaction, events);
    for (const companion of this.companions) await companion.record(transaction, logged);
    return logged;
  }

  private tell(logged: readonly LoggedEvent[]): void {
    if (logged.length === 0) return;
    this.tail.committed(logged);
    for (const companion of this.companions) companion.recorded();
  }
}

function lastOfEach(rows: readonly ToldRow[]): readonly ToldRow[] {
  return [...new Map(rows.map((row) => [`${row.kind}/${row.id}`, row])).values()];
}
