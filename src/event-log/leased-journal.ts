import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { DomainError } from '../errors/domain.error.js';
import type { EngineJournal, JournalEntry, JournalStart } from '../events/engine-journal.js';
import { LeaseLost, type Lease } from './journal.repository.js';
import type { JournalTimings } from './journal-timings.js';
import { joinEntries, prepareEntry, type LogWriter, type PreparedEntry } from './log-writer.js';

/** Entries in one transaction: while one is written the next gathers, so that a storm costs few. */
const MOST_AT_ONCE = 500;

/** Writes one engine's entries in order, and keeps them while the database fails, up to a bound. */
export class LeasedJournal implements EngineJournal {
  private readonly logger = new Logger(LeasedJournal.name);
  private readonly ending = new AbortController();
  private readonly waiting: PreparedEntry[] = [];
  private writing: Promise<void> | undefined;
  /** So many of the waiting are being written, and must stay as they are. */
  private inHand = 0;
  /** Why changes were dropped that could not be kept. */
  private dropped: string | null = null;

  constructor(
    readonly start: JournalStart,
    readonly lease: Lease,
    private readonly writer: LogWriter,
    private readonly timings: JournalTimings,
  ) {}

  get ended(): AbortSignal {
    return this.ending.signal;
  }

  /** Why what comes after this journal begins with a hole; null where it does not. */
  get hole(): string | null {
    return this.dropped;
  }

  /** Entries that are still to be written. */
  get waitingCount(): number {
    return this.ended.aborted ? 0 : this.waiting.length;
  }

  write(entry: JournalEntry): void {
    if (this.ended.aborted) return;
    const prepared = prepareEntry(entry);
    const last = this.waiting.at(-1);
    // However long the database is away, what tells nothing takes up no more than the last of it.
    if (prepared.events.length > 0 || last === undefined || this.waiting.length <= this.inHand) this.waiting.push(prepared);
    else this.waiting.splice(-1, 1, joinEntries(last, prepared));
    this.writing ??= this.writeAll();
  }

  end(reason: string): void {
    if (!this.ended.aborted) this.ending.abort(new Error(reason));
  }

  /** Waits until what was taken in is kept, or until the signal gives it up. */
  async settle(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.end('What was left could not be kept in time.'), { once: true });
    await this.writing;
  }

  private async writeAll(): Promise<void> {
    try {
      await this.writeUntilEmpty();
    } finally {
      // At once: what is written from now on must start it again.
      this.writing = undefined;
    }
  }

  private async writeUntilEmpty(): Promise<void> {
    let waitMs = this.timings.firstRetryMs;
    let batch: readonly PreparedEntry[] = [];
    while (!this.ended.aborted) {
      // What may have been kept is offered again as it was, or it could not be told from what was not.
      const again = batch.length > 0;
      if (!again) batch = this.waiting.slice(0, MOST_AT_ONCE);
      this.inHand = batch.length;
      if (batch.length === 0) return;
      try {
        await this.writer.commit(this.lease, batch, { again });
        this.waiting.splice(0, batch.length);
        this.inHand = 0;
        batch = [];
        waitMs = this.timings.firstRetryMs;
      } catch (error) {
        this.consider(error);
        await delay(waitMs, undefined, { signal: this.ended }).catch(() => undefined);
        waitMs = Math.min(waitMs * 2, this.timings.mostRetryMs);
      }
    }
  }

  private consider(error: unknown): void {
    if (error instanceof LeaseLost) return this.end(error.message);
    if (!(error instanceof DomainError)) {
      this.logger.error(error instanceof Error ? error : String(error));
      return this.drop('An event could not be written; the log of the service says why.');
    }
    const changes = this.waiting.reduce((count, { events }) => count + events.length, 0);
    if (changes > this.timings.mostWaiting) this.drop(`Events could not be kept. ${error.detail}`);
  }

  private drop(reason: string): void {
    this.dropped = reason;
    this.logger.error(`Engine ${this.lease.engine}: ${reason} What happened will be told as differences.`);
    this.end(reason);
  }
}
