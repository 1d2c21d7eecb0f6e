import { Injectable } from '@nestjs/common';
import { Database, type Writer } from '../database/database.js';
import { JournalRepository } from './journal.repository.js';

export interface Retention {
  readonly maxAgeMs: number;
  readonly maxCount: number;
}

/** Deleted in one transaction, so that nobody waits long for it. */
const MOST_AT_ONCE = 1_000;

/** Takes old events out of the database. What is left can still be replayed: a snapshot stands at or behind its beginning. */
@Injectable()
export class PruningRepository {
  constructor(
    private readonly database: Database,
    private readonly journals: JournalRepository,
  ) {}

  /** Drops one portion; answers whether there may be more. */
  async prune({ maxAgeMs, maxCount }: Retention): Promise<boolean> {
    return this.database.write(async (transaction) => {
      // Whoever appends waits: positions, snapshots and what is told stay as they are meanwhile.
      const head = await transaction
        .updateTable('log_head')
        .set({ id: 1 })
        .returning(['position', 'pruned_to'])
        .executeTakeFirstOrThrow();
      const youngest = await transaction
        .selectFrom('events')
        .select('position')
        .where('position', '>', head.pruned_to)
        .where('recorded_ms', '>=', Date.now() - maxAgeMs)
        .orderBy('position')
        .executeTakeFirst();
      const byAge = (youngest?.position ?? head.position + 1) - 1;
      const wanted = Math.max(byAge, head.position - maxCount);
      const horizon = Math.min(wanted, head.pruned_to + MOST_AT_ONCE);
      // Deliveries that were owed before may be done.
      if (horizon <= head.pruned_to) {
        await this.dropEvents(transaction, head.pruned_to);
        return false;
      }
      await this.keepReplayable(transaction, horizon);
      await this.dropEvents(transaction, horizon);
      await transaction.updateTable('log_head').set({ pruned_to: horizon }).execute();
      await this.dropEpochs(transaction, horizon);
      return horizon < wanted;
    });
  }

  /** What is still owed to a webhook stays until it is not, though nobody can come for it any more. */
  private async dropEvents(transaction: Writer, horizon: number): Promise<void> {
    await transaction
      .deleteFrom('events')
      .where('position', '<=', horizon)
      .where((builder) =>
        builder.not(
          builder.exists(
            builder
              .selectFrom('deliveries')
              .select('id')
              .whereRef('deliveries.position', '=', 'events.position')
              .where('state', '=', 'pending'),
          ),
        ),
      )
      .execute();
  }

  /** An engine some of whose events since its newest snapshot go away gets a new one first. */
  private async keepReplayable(transaction: Writer, horizon: number): Promise<void> {
    const newest = await transaction
      .selectFrom('log_snapshots')
      .select((builder) => ['engine', builder.fn.max('position').as('position')])
      .groupBy('engine')
      .execute();
    for (const { engine, position } of newest) {
      const { events } = await transaction
        .selectFrom('events')
        .select((builder) => builder.fn.countAll<number>().as('events'))
        .where('engine', '=', engine)
        .where('position', '>', position)
        .where('position', '<=', horizon)
        .executeTakeFirstOrThrow();
      if (position <= horizon && events > 0) await this.journals.takeSnapshot(transaction, engine);
      const { oldest } = await transaction
        .selectFrom('log_snapshots')
        .select((builder) => builder.fn.min('position').as('oldest'))
        .where('engine', '=', engine)
        .where('position', '>=', events > 0 ? horizon : Math.min(position, horizon))
        .executeTakeFirstOrThrow();
      await transaction
        .deleteFrom('log_snapshots')
        .where('engine', '=', engine)
        .where('position', '<', oldest)
        .execute();
    }
  }

  /** Epochs all of whose cursors have expired: the last event that is gone may have been the last that somebody read. */
  private async dropEpochs(transaction: Writer, horizon: number): Promise<void> {
    const { epoch } = await transaction
      .selectFrom('log_epochs')
      .select((builder) => builder.fn.max('epoch').as('epoch'))
      .where('first_position', '<=', horizon)
      .executeTakeFirstOrThrow();
    await transaction.deleteFrom('log_epochs').where('epoch', '<', epoch).execute();
  }
}
