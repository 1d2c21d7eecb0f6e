import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DomainError } from '../errors/domain.error.js';
import { abortable, waitUnlessAborted } from '../events/abortable.js';
import type { FairleadEvent } from '../events/event.js';
import type { Listing } from '../inventory/page.js';
import { VisibleInventory } from '../inventory/visible-inventory.js';
import { currentSight } from '../sight/current-sight.js';
import { parseCursor, toCursor } from './cursor.js';
import type { EventFilter } from './event-filter.js';
import { EventLogRepository, type Epoch, type LogPage } from './event-log.repository.js';
import { eventTest, shownEvent, type EventView } from './event-view.js';
import { LogTail } from './log-tail.js';

const DEFAULT_PAGE = 50;
/** Events read at once for those who are far behind. */
const REPLAY_PAGE = 200;
/** How soon what could not be read for a follower is asked for again. */
const RETRY_MS = 500;

/**
 * The events of all engines in one order, for those who read: each is told what it may see. Followers hold a position and no events of their own, so
 * a slow one costs nothing; when what it has not read yet is dropped, it is told so.
 */
@Injectable()
export class EventLogService {
  constructor(
    private readonly repository: EventLogRepository,
    private readonly tail: LogTail,
    private readonly inventory: VisibleInventory,
  ) {}

  /** One page of history, oldest first. Fails with `INVALID_CURSOR`, `CURSOR_EXPIRED` or `DATABASE_UNAVAILABLE`. */
  async read(
    filter: EventFilter,
    { after, limit = DEFAULT_PAGE }: { after?: string; limit?: number },
  ): Promise<Listing<FairleadEvent>> {
    const view = { filter, sight: currentSight() };
    // What another process has told is part of the answer.
    await this.tail.look();
    const from = after === undefined ? this.tail.prunedTo : await this.positionOf(after);
    const { items, hasMore, prunedTo } = await this.repository.page(view, { after: from, upTo: this.tail.last }, limit);
    if (after !== undefined) this.requireKept(from, prunedTo);
    const { total, before } = await this.repository.count(view, from);
    return {
      items: items.map((logged) => shownEvent(logged, view.sight)),
      nextCursor: hasMore ? (items.at(-1)?.event.cursor ?? null) : null,
      total,
      hasPreviousPage: before > 0,
      cursorOf: ({ cursor }) => cursor,
      engines: this.inventory.freshness(),
    };
  }

  /**
   * Events after a cursor (or from now on), then each new one, with no gap and no repeat, until the signal aborts or
   * the service stops. Fails with `INVALID_CURSOR`, `CURSOR_EXPIRED` or `DATABASE_UNAVAILABLE`, later also when the
   * reader has fallen behind what is kept.
   */
  async follow(filter: EventFilter, after?: string, signal?: AbortSignal): Promise<AsyncGenerator<FairleadEvent, void>> {
    // Where to begin, and for whom, is settled now, not when the first event is asked for.
    const view = { filter, sight: currentSight() };
    const from = after === undefined ? await this.tail.present() : await this.positionOf(after);
    return abortable((ended) => this.walk(view, from, ended), signal);
  }

  /** The position of the last event that the bearer of a cursor has read. */
  async positionOf(cursor: string): Promise<number> {
    const place = parseCursor(cursor);
    if (place === undefined) throw new DomainError('INVALID_CURSOR', 'This is not a cursor that an event bore.');
    const isKnown = (): boolean => this.tail.epochs.some(({ epoch }) => epoch === place.epoch);
    // Another process may have just begun its epoch.
    if (!isKnown() || place.position > this.tail.last) await this.tail.look();
    const index = this.tail.epochs.findIndex(({ epoch }) => epoch === place.epoch);
    const own = this.tail.epochs[index];
    const next = this.tail.epochs[index + 1];
    if (own === undefined) throw this.expired('The log that it was given for is not this one, or is long gone.');
    if (next === undefined && place.position > this.tail.last) {
      throw new DomainError('INVALID_CURSOR', 'No event has borne this cursor yet.');
    }
    if (next !== undefined && place.position >= next.firstPosition) throw this.expired(RESTORED);
    this.requireKept(place.position, this.tail.prunedTo);
    return place.position;
  }

  /** Fails with `CURSOR_EXPIRED` where the log, events up to `prunedTo` of which may be gone, lacks some after a position. */
  requireKept(position: number, prunedTo: number): void {
    if (position < prunedTo) throw this.expired(PRUNED, prunedTo);
  }

  private async *walk(view: EventView, from: number, signal: AbortSignal): AsyncGenerator<FairleadEvent, void> {
    const test = eventTest(view);
    const { putBackCount } = this.tail;
    for (let position = from; !signal.aborted; ) {
      const arrival = this.tail.arrival();
      while (position < this.tail.last && !signal.aborted) {
        if (this.tail.putBackCount !== putBackCount) throw this.expired(RESTORED);
        const logged = this.tail.at(position + 1);
        if (logged === undefined) {
          position = yield* this.replay(view, position, signal);
          if (this.tail.isClosed) return;
          continue;
        }
        position += 1;
        if (test(logged)) yield shownEvent(logged, view.sight);
      }
      if (this.tail.isClosed) return;
      await waitUnlessAborted(arrival, signal);
      if (this.tail.putBackCount !== putBackCount) throw this.expired(RESTORED);
    }
  }

  /** Reads what is no longer in memory; answers how far it has come. */
  private async *replay(
    view: EventView,
    after: number,
    signal: AbortSignal,
  ): AsyncGenerator<FairleadEvent, number> {
    const upTo = this.tail.last;
    const { items, hasMore, prunedTo } = await this.pageOnceServed(view, { after, upTo }, signal);
    this.requireKept(after, prunedTo);
    for (const logged of items) {
      if (signal.aborted) break;
      yield shownEvent(logged, view.sight);
    }
    return hasMore ? (items.at(-1)?.position ?? upTo) : upTo;
  }

  /** Those who follow are kept while the database is away, or too many look through it: it is they who would have to try again. */
  private async pageOnceServed(
    view: EventView,
    bounds: { after: number; upTo: number },
    signal: AbortSignal,
  ): Promise<LogPage> {
    while (!signal.aborted && !this.tail.isClosed) {
      try {
        return await this.repository.page(view, bounds, REPLAY_PAGE);
      } catch (error) {
        if (!(error instanceof DomainError && ['DATABASE_UNAVAILABLE', 'RATE_LIMITED'].includes(error.code))) throw error;
      }
      await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
    return { items: [], hasMore: false, prunedTo: 0 };
  }

  private expired(why: string, prunedTo = this.tail.prunedTo): DomainError {
    const { last, epochs, epoch } = this.tail;
    const oldest: Epoch | undefined = epochs.findLast(({ firstPosition }) => firstPosition <= prunedTo + 1) ?? epochs[0];
    return new DomainError(
      'CURSOR_EXPIRED',
      `${why} Read the resources anew, then follow after the present: \`latestCursor\`. ` +
        'Everything that is still kept comes after `oldestCursor`.',
      {
        oldestCursor: toCursor({ epoch: oldest?.epoch ?? epoch, position: prunedTo }),
        latestCursor: toCursor({ epoch, position: last }),
      },
    );
  }
}

const PRUNED = 'Events after this cursor are no longer kept.';
const RESTORED =
  'The database was put back from a copy that is older than this cursor: what came after the copy is no longer in the log.';
