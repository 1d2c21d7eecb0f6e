import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Database } from '../database/database.js';
import { DomainError } from '../errors/domain.error.js';
import type { LoggedEvent } from './event-filter.js';
import { EventLogRepository, type Epoch, type LogBounds } from './event-log.repository.js';

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
  private readonly stopping = new AbortController();
  private known: LogBounds = { epoch: '', position: 0, prunedTo: 0 };
  private knownEpochs: readonly Epoch[] = [];
  private looking: Promise<void> | undefined;
  private nextLook: Promise<void> | undefined;
  private polling: Promise<void> = Promise.resolve();
  private news = Promise.withResolvers<void>();
  private readonly begun = Promise.withResolvers<void>();
  private closed = false;

  constructor(
    private readonly database: Database,
    private readonly repository: EventLogRepository,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const begin = this.begin();
    this.polling = begin.then(() => this.poll());
    if (this.database.condition.state === 'available') await begin;
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

  /** Resolves when there are more events than when it was asked. */
  arrival(): Promise<void> {
    return this.news.promise;
  }

  /** This process has committed these; what others committed in between is read. */
  committed(events: readonly LoggedEvent[]): void {
    const fresh = events.filter(({ position }) => position > this.last);
    const [first] = fresh;
    if (first === undefined) return;
    if (first.position === this.last + 1) this.push(fresh);
    // A failure is noted by the database, and the poll looks again.
    else void this.look().catch(() => undefined);
  }

  /** Looks for what others have done before this was called: a look that has begun already may miss it. */
  look(): Promise<void> {
    if (this.looking === undefined) return this.beginLook();
    this.nextLook ??= this.looking.catch(() => undefined).then(() => this.beginLook());
    return this.nextLook;
  }

  private beginLook(): Promise<void> {
    this.nextLook = undefined;
    const looking = this.lookNow();
    this.looking = looking;
    const end = (): void => {
      if (this.looking === looking) this.looking = undefined;
    };
    looking.then(end, end);
    return looking;
  }

  private async begin(): Promise<void> {
    await this.database.whenOpen();
    for (;;) {
      try {
        await this.repository.beginEpoch();
        this.known = await this.repository.bounds();
        this.knownEpochs = await this.repository.epochs();
        this.begun.resolve();
        return;
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
      }
      await delay(POLL_MS, undefined, { signal: this.stopping.signal });
    }
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
    const bounds = await this.repository.bounds();
    if (bounds.epoch !== this.known.epoch) this.knownEpochs = await this.repository.epochs();
    this.known = { ...bounds, position: this.known.position };
    while (this.last < bounds.position) {
      const from = this.last;
      const { items } = await this.repository.page({}, { after: from, upTo: bounds.position }, PAGE);
      // Own events may have come in meanwhile.
      const fresh = items.filter(({ position }) => position > this.last);
      if (fresh[0]?.position === this.last + 1) this.push(fresh);
      else if (this.last === from) this.skipTo(bounds.position);
    }
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
