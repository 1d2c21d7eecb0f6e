import { Injectable } from '@nestjs/common';
import { Database, type Writer } from '../database/database.js';
import type { LoggedEvent } from '../event-log/event-filter.js';
import { EventLogRepository } from '../event-log/event-log.repository.js';
import { EventLogService } from '../event-log/event-log.service.js';
import { eventTest, type EventView } from '../event-log/event-view.js';

const EVENTS_AT_ONCE = 500;

/** Queues a portion after what was reached before it; answers what is reached then. */
type Queue<Reached> = (transaction: Writer, events: readonly LoggedEvent[], before: Reached) => Promise<Reached>;

/** Positions of the log, the first excluded. */
interface QueuedRange {
  readonly after: number;
  readonly upTo: number;
  /** A part of it is queued already. */
  readonly isBegun?: boolean;
}

/** Events that are in the log already, to be delivered all the same. */
@Injectable()
export class MissedEvents {
  constructor(
    private readonly database: Database,
    private readonly log: EventLogRepository,
    private readonly places: EventLogService,
  ) {}

  /** Fails as cursors do: `INVALID_CURSOR`, `CURSOR_EXPIRED`. */
  async positionOf(cursor: string): Promise<number> {
    return this.places.positionOf(cursor);
  }

  async last(): Promise<number> {
    return (await this.log.bounds()).position;
  }

  /** Before a webhook is locked: until the transaction ends nothing is logged, and nothing that is kept goes away. */
  async hold(transaction: Writer): Promise<{ readonly position: number; readonly prunedTo: number }> {
    return this.log.hold(transaction);
  }

  /**
   * Gives the queue all events of a range that are in view, in portions. Fails with `CURSOR_EXPIRED` where some are
   * gone before any is queued; what grows too old later is left out. Answers what the last portion reached.
   */
  async queue<Reached>(view: EventView, range: QueuedRange, begin: Reached, queue: Queue<Reached>): Promise<Reached> {
    let reached = begin;
    for (let { after } = range; after < range.upTo; ) {
      const isBeginning = !range.isBegun && after === range.after;
      const from = after;
      const { items, hasMore } = await this.log.page(view, { after, upTo: range.upTo }, EVENTS_AT_ONCE);
      if (isBeginning || items.length > 0) {
        const before = reached;
        reached = await this.database.write(async (transaction) => {
          const { prunedTo } = await this.hold(transaction);
          if (isBeginning) this.places.requireKept(from, prunedTo);
          return queue(transaction, items.filter(({ position }) => position > prunedTo), before);
        });
      }
      after = hasMore ? (items.at(-1)?.position ?? range.upTo) : range.upTo;
    }
    return reached;
  }

  /** How many events of a range are in view. */
  async count(view: EventView, { after, upTo }: { after: number; upTo: number }): Promise<number> {
    const [whole, tail] = [await this.log.count(view, upTo), await this.log.count(view, after)];
    return whole.before - tail.before;
  }

  /** The events behind a position within a transaction that no event is logged past; undefined where they are too many. */
  async rest(transaction: Writer, view: EventView, after: number, last: number): Promise<LoggedEvent[] | undefined> {
    if (last - after > EVENTS_AT_ONCE) return undefined;
    const positions = Array.from({ length: Math.max(0, last - after) }, (_, index) => after + 1 + index);
    const test = eventTest(view);
    return (await this.log.at(transaction, positions)).filter((logged) => test(logged));
  }
}
