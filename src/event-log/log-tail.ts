import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Database } from '../database/database.js';
import { DomainError } from '../errors/domain.error.js';
import { waitUnlessAborted } from '../events/abortable.js';
import { parseCursor } from './cursor.js';
import type { LoggedEvent } from './event-filter.js';
import { EventLogRepository, type Epoch, type LogBounds } from './event-log.repository.js';
import { EVERY_EVENT } from './event-view.js';

/** Newest events kept in memory, so that those who follow closely cost no query: at most so many, of so much text. */
const MOST_KEPT = 2_000;
const MOST_TEXT = 8_000_000;
const PAGE = 500;
/** How often other processes' events are looked for. */
const POLL_MS = 200;

/** The newest part of the log in memory, and where the log begins and ends. What is here is committed. */
@Injectable()
export class LogTail implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly logger = new Logger(LogTail.name);
  private readonly kept: LoggedEvent[] = [];
  private textKept = 0;
  private timesPutBack = 0;
  private readonly stopping = new AbortController();
  private known: LogBounds = { epoch: '', position: 0, prunedTo: 0 };
  private knownEpochs: readonly Epoch[] = [];
  /** Whether `known` tells of the log already. */
  private isSighted = false;
  private looking: Promise<void> | undefined;
  private lookingNext: Promise<void> | undefined;
  private polling: Promise<void> = Promise.resolve();
  private news = Promise.withResolvers<void>();
  private readonly begun = Promise.withResolvers<void>();
  private closed = false;

  constructor(
    private readonly database: Database,
    private readonly repository: EventLogRepository,
  ) {}

  /** Waits for one attempt: a database that takes no writes must not keep the service from serving. */
  async onApplicationBootstrap(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.database.condition.state !== 'available') resolve();
    this.polling = this.begin(resolve).then(() => this.poll());
    await promise;
  }

  /** Those who follow are let go before connections are closed. */
  beforeApplicationShutdown(): void {
    this.closed = true;
    this.stopping.abort();
    this.tellNews();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.polling;
  }

  /** Resolves once this process has begun its epoch of the log. */
  whenBegun(): Promise<void> {
    return this.begun.promise;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  /** Where those begin who follow from now on. Fails with `DATABASE_UNAVAILABLE` while the log has never been seen. */
  async present(): Promise<number> {
    if (!this.isSighted) await this.look();
    return this.last;
  }

  get epochs(): readonly Epoch[] {
    return this.knownEpochs;
  }

  get prunedTo(): number {
    return this.known.prunedTo;
  }

  /** The last position. */
  get last(): number {
    return this.known.position;
  }

  get epoch(): string {
    return this.known.epoch;
  }

  /** The event at a position, if it is among the newest. */
  at(position: number): LoggedEvent | undefined {
    return this.kept[position - (this.last - this.kept.length + 1)];
  }

  /** Grows each time the log turns out to have been put back from a copy: a position of before means nothing then. */
  get putBackCount(): number {
    return this.timesPutBack;
  }

  /** Resolves when there are more events than when it was asked. */
  arrival(): Promise<void> {
    return this.news.promise;
  }

  /** This process has committed these; what others committed in between is read. */
  committed(events: readonly LoggedEvent[]): void {
    const fresh = events.filter(({ position }) => position > this.last);
    const [first] = fresh;
    if (first === undefined) return;
    const isOfThisEpoch = parseCursor(first.event.cursor)?.epoch === this.epoch;
    if (this.isSighted && isOfThisEpoch && first.position === this.last + 1) this.push(fresh);
    // A failure is noted by the database, and the poll looks again.
    else void this.look().catch(() => undefined);
  }

  /** Looks for what others have committed until now. */
  async look(): Promise<void> {
    if (this.looking === undefined) {
      this.looking = this.lookNow().finally(() => (this.looking = undefined));
      return this.looking;
    }
    // The one under way may have begun before what is looked for was committed.
    const again = (): Promise<void> => {
      this.lookingNext = undefined;
      return this.look();
    };
    this.lookingNext ??= this.looking.then(again, again);
    return this.lookingNext;
  }

  private async begin(attempted: () => void): Promise<void> {
    const { signal } = this.stopping;
    await waitUnlessAborted(this.database.whenOpen(), signal);
    while (!signal.aborted) {
      try {
        await this.repository.beginEpoch();
        await this.look();
        this.begun.resolve();
        return attempted();
      } catch (error) {
        // The database has told of its own failures.
        if (!(error instanceof DomainError)) this.logger.error(error);
      }
      attempted();
      await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
    attempted();
  }

  private async poll(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await delay(POLL_MS, undefined, { signal: this.stopping.signal, ref: false }).catch(() => undefined);
      try {
        if (!this.stopping.signal.aborted) await this.look();
      } catch (error) {
        // The database has told of its own failures.
        if (!(error instanceof DomainError)) this.logger.error(error);
      }
    }
  }

  private async lookNow(): Promise<void> {
    const seen = this.last;
    const bounds = await this.repository.bounds();
    if (this.isSighted && bounds.position < seen) return this.beginAnew();
    if (bounds.epoch !== this.known.epoch || !this.isSighted) this.knownEpochs = await this.repository.epochs();
    // Those who follow from now on begin at the present end.
    this.known = { ...bounds, position: this.isSighted ? this.last : bounds.position };
    this.isSighted = true;
    while (this.last < bounds.position) {
      const from = this.last;
      const { items } = await this.repository.page(EVERY_EVENT, { after: from, upTo: bounds.position }, PAGE);
      // Own events may have come in meanwhile.
      const fresh = items.filter(({ position }) => position > this.last);
      if (fresh[0]?.position === this.last + 1) this.push(fresh);
      else if (this.last === from) this.skipTo(bounds.position);
    }
  }

  /**
   * The database was put back from a copy while this process runs: positions that were given are given again. In a new
   * epoch, so that the cursors of before are known by it.
   */
  private async beginAnew(): Promise<void> {
    this.logger.error('The log ends before what was read of it: its database was put back from a copy.');
    await this.repository.beginEpoch();
    this.isSighted = false;
    this.timesPutBack += 1;
    this.skipTo(0);
    await this.lookNow();
  }

  /** What lies between is gone already: somebody else has written and pruned a great deal. */
  private skipTo(position: number): void {
    this.kept.length = 0;
    this.textKept = 0;
    this.known = { ...this.known, position };
    this.tellNews();
  }

  private push(events: readonly LoggedEvent[]): void {
    this.kept.push(...events);
    this.textKept += events.reduce((sum, { size }) => sum + size, 0);
    while (this.kept.length > MOST_KEPT || this.textKept > MOST_TEXT) this.textKept -= this.kept.shift()?.size ?? 0;
    this.known = { ...this.known, position: events.at(-1)?.position ?? this.last };
    this.tellNews();
  }

  private tellNews(): void {
    this.news.resolve();
    this.news = Promise.withResolvers();
  }
}
