import { randomBytes, randomUUID } from 'node:crypto';
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { DomainError } from '../errors/domain.error.js';
import { abortable, waitUnlessAborted } from '../events/abortable.js';
import { EventBus } from '../events/event-bus.js';
import { FOUND_BY, type FairleadEvent, type ObservedChange } from '../events/event.js';
import { Inventory } from '../inventory/inventory.js';
import type { Listing } from '../inventory/page.js';
import { eventTest, labelText, type EventFilter, type LoggedEvent } from './event-filter.js';

/** Events kept for those who come back after a short absence. */
const KEPT = 10_000;
const DEFAULT_PAGE = 50;

/**
 * The events of all engines in one order. They are kept in memory: a cursor outlives neither the process nor the
 * newest 10,000 events. Followers hold a position and no events of their own, so a slow one costs nothing; when what
 * it has not read yet is dropped, it is told so.
 */
@Injectable()
export class EventLogService implements BeforeApplicationShutdown {
  private readonly run = randomBytes(6).toString('hex');
  private readonly kept: LoggedEvent[] = [];
  /** Position of the first event that is kept; positions count from 1. */
  private first = 1;
  private arrival = Promise.withResolvers<void>();
  private closed = false;

  constructor(
    bus: EventBus,
    private readonly inventory: Inventory,
  ) {
    bus.on('changes', (changes) => this.append(changes));
  }

  /** One page of history, oldest first. Fails with `INVALID_CURSOR` or `CURSOR_EXPIRED`. */
  read(filter: EventFilter, { after, limit = DEFAULT_PAGE }: { after?: string; limit?: number }): Listing<FairleadEvent> {
    const from = after === undefined ? this.first : this.position(after) + 1;
    const test = eventTest(filter);
    const matching = this.kept.filter((logged) => test(logged)).map(({ event }) => event);
    const rest = this.kept.slice(from - this.first).filter((logged) => test(logged));
    const items = rest.slice(0, limit).map(({ event }) => event);
    return {
      items,
      nextCursor: rest.length > limit ? (items.at(-1)?.cursor ?? null) : null,
      total: matching.length,
      hasPreviousPage: rest.length < matching.length,
      cursorOf: ({ cursor }) => cursor,
      engines: this.inventory.freshness(),
    };
  }

  /**
   * Events after a cursor (or from now on), then each new one, with no gap and no repeat, until the signal aborts or
   * the service stops. Fails with `CURSOR_EXPIRED` when the reader has fallen behind what is kept.
   */
  follow(filter: EventFilter, after?: string, signal?: AbortSignal): AsyncGenerator<FairleadEvent, void> {
    // Where to begin is settled now, not when the first event is asked for.
    const from = after === undefined ? this.last + 1 : this.position(after) + 1;
    const test = eventTest(filter);
    return abortable((ended) => this.walk(test, from, ended), signal);
  }

  beforeApplicationShutdown(): void {
    this.closed = true;
    this.arrival.resolve();
  }

  private async *walk(
    test: (logged: LoggedEvent) => boolean,
    from: number,
    signal: AbortSignal,
  ): AsyncGenerator<FairleadEvent, void> {
    for (let position = from; !signal.aborted; ) {
      while (position <= this.last && !signal.aborted) {
        if (position < this.first) throw this.expired();
        const logged = this.at(position);
        position += 1;
        if (logged !== undefined && test(logged)) yield logged.event;
      }
      if (this.closed) return;
      await waitUnlessAborted(this.arrival.promise, signal);
    }
  }

  private append(changes: readonly ObservedChange[]): void {
    const recordedAt = new Date().toISOString();
    for (const change of changes) {
      const cursor = this.cursor(this.last + 1);
      const event: FairleadEvent = { cursor, id: randomUUID(), ...change, recordedAt };
      this.kept.push({ position: this.last + 1, event, labels: labelText(change[FOUND_BY] ?? []) });
    }
    const surplus = this.kept.length - KEPT;
    if (surplus > 0) {
      this.kept.splice(0, surplus);
      this.first += surplus;
    }
    this.arrival.resolve();
    this.arrival = Promise.withResolvers();
  }

  private get last(): number {
    return this.first + this.kept.length - 1;
  }

  private at(position: number): LoggedEvent | undefined {
    return this.kept[position - this.first];
  }

  private cursor(position: number): string {
    return this.cursorOf(this.run, position);
  }

  private position(cursor: string): number {
    const match = /^([0-9a-f]{12})\.([0-9a-z]{1,10})$/.exec(Buffer.from(cursor, 'base64url').toString());
    const position = match === null ? NaN : Number.parseInt(match[2] ?? '', 36);
    if (match === null || this.cursorOf(match[1], position) !== cursor) {
      throw new DomainError('INVALID_CURSOR', 'This is not a cursor that an event bore.');
    }
    if (match[1] !== this.run || position < this.first - 1) throw this.expired();
    if (position > this.last) throw new DomainError('INVALID_CURSOR', 'No event has borne this cursor yet.');
    return position;
  }

  private cursorOf(run: string | undefined, position: number): string {
    return Buffer.from(`${run}.${position.toString(36)}`).toString('base64url');
  }

  private expired(): DomainError {
    const oldestCursor = this.kept[0]?.event.cursor ?? null;
    return new DomainError(
      'CURSOR_EXPIRED',
      'Events after this cursor are no longer kept. Read the resources anew, then follow from the present.',
      { oldestCursor },
    );
  }
}
