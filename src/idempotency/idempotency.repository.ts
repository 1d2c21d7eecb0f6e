import { Injectable } from '@nestjs/common';
import { Database, type Writer } from '../database/database.js';
import type { Schema } from '../database/schema.js';

/** What a key was used for. */
export interface KeyScope {
  readonly id: string;
  readonly caller: string;
  readonly method: string;
  readonly path: string;
  readonly key: string;
  /** Of what was asked for; see `SecretBox`. */
  readonly fingerprint: string;
}

/** A record that stood already. */
export interface StandingRecord {
  readonly fingerprint: string;
  readonly owner: string;
  /** Identifies the state that was read: see `takeOver`. */
  readonly beatMs: number;
  /** How long ago the owner last said that it is at it. */
  readonly quietMs: number;
  /** How long nobody has carried it out; null where somebody may be at it. */
  readonly silentMs: number | null;
  /** JSON; null while unfinished. */
  readonly answer: string | null;
}

/** A record that was taken over. */
export interface TakenRecord {
  readonly basis: object | undefined;
}

const FIRST_FREE_TRIES = 3;

/** What was asked for with a key, and what came of it. */
@Injectable()
export class IdempotencyRepository {
  constructor(private readonly database: Database) {}

  /** Makes the record for its owner; answers the one that stands where there is one. */
  async begin(scope: KeyScope, owner: string, keepMs: number): Promise<StandingRecord | undefined> {
    return this.database.write(async (transaction) => {
      for (let tries = 0; tries < FIRST_FREE_TRIES; tries += 1) {
        if (await this.insert(transaction, scope, owner)) return undefined;
        const standing = await this.find(transaction, scope.id);
        // It may have been given up by another process in the same moment.
        if (standing === undefined) continue;
        if (standing.finished_ms === null || standing.finished_ms > standing.now_ms - keepMs) return toStanding(standing);
        await transaction
          .deleteFrom('idempotency_records')
          .where('id', '=', scope.id)
          .where('finished_ms', '=', standing.finished_ms)
          .execute();
      }
      throw new Error(`The idempotency record ${scope.id} comes and goes.`);
    });
  }

  /** Of several that find a record forsaken, one gets it, with what was noted last: who is taken for dead may still have done so. */
  async takeOver(id: string, standing: StandingRecord, owner: string): Promise<TakenRecord | undefined> {
    const { nowMs } = this.database.dialect;
    return this.database.write(async (transaction) => {
      const taken = await transaction
        .updateTable('idempotency_records')
        .set((builder) => ({ owner, silent_ms: builder.fn.coalesce('silent_ms', 'beat_ms'), beat_ms: nowMs }))
        .where('id', '=', id)
        .where('owner', '=', standing.owner)
        .where('beat_ms', '=', standing.beatMs)
        .where('finished_ms', 'is', null)
        .returning('basis')
        .executeTakeFirst();
      return taken && { basis: taken.basis === null ? undefined : (JSON.parse(taken.basis) as object) };
    });
  }

  /** Keeps what telling the outcome will need; false where the record is no longer the owner's. */
  async note(id: string, owner: string, basis: object, transaction?: Writer): Promise<boolean> {
    const values = { basis: JSON.stringify(basis), silent_ms: null };
    return transaction === undefined ? this.update(id, owner, values) : updateOwn(transaction, { id, owner, values });
  }

  async finish(id: string, owner: string, answer: string): Promise<boolean> {
    const { nowMs } = this.database.dialect;
    return this.update(id, owner, { answer, owner: '', finished_ms: nowMs });
  }

  /** Nobody is at it any more, and what came of it is not known. */
  async leave(id: string, owner: string): Promise<boolean> {
    const { nowMs } = this.database.dialect;
    return this.database.write(async (transaction) => {
      const { numUpdatedRows } = await transaction
        .updateTable('idempotency_records')
        .set((builder) => ({ owner: '', silent_ms: builder.fn.coalesce('silent_ms', nowMs), beat_ms: nowMs }))
        .where('id', '=', id)
        .where('owner', '=', owner)
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    });
  }

  /** The key is as if it had never been used. */
  async free(id: string, owner: string): Promise<void> {
    await this.database.write(async (transaction) => {
      await transaction.deleteFrom('idempotency_records').where('id', '=', id).where('owner', '=', owner).execute();
    });
  }

  async beat(ids: readonly string[], owner: string): Promise<void> {
    const { nowMs } = this.database.dialect;
    await this.database.write(async (transaction) => {
      await transaction
        .updateTable('idempotency_records')
        .set({ beat_ms: nowMs })
        .where('id', 'in', ids)
        .where('owner', '=', owner)
        .execute();
    });
  }

  /** Removes answers that were kept long enough, and what nobody has asked for again for as long. */
  async prune(keepMs: number): Promise<void> {
    const { nowMs } = this.database.dialect;
    await this.database.write(async (transaction) => {
      await transaction
        .deleteFrom('idempotency_records')
        .where((builder) => builder(builder.fn.coalesce('finished_ms', 'beat_ms'), '<=', builder(nowMs, '-', keepMs)))
        .execute();
    });
  }

  private async insert(transaction: Writer, scope: KeyScope, owner: string): Promise<boolean> {
    const { id, caller, method, path, key, fingerprint } = scope;
    const { nowMs } = this.database.dialect;
    const empty = { silent_ms: null, basis: null, answer: null, finished_ms: null };
    const { numInsertedOrUpdatedRows } = await transaction
      .insertInto('idempotency_records')
      .values({ id, caller, method, path, key, fingerprint, owner, begun_ms: nowMs, beat_ms: nowMs, ...empty })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirst();
    return numInsertedOrUpdatedRows === 1n;
  }

  private async find(transaction: Writer, id: string): Promise<Found | undefined> {
    const { nowMs } = this.database.dialect;
    return transaction
      .selectFrom('idempotency_records')
      .select(['fingerprint', 'owner', 'beat_ms', 'silent_ms', 'answer', 'finished_ms', nowMs.as('now_ms')])
      .where('id', '=', id)
      .executeTakeFirst();
  }

  private async update(id: string, owner: string, values: Changes): Promise<boolean> {
    return this.database.write((transaction) => updateOwn(transaction, { id, owner, values }));
  }
}

/** False where the record is not, or no longer, the owner's. */
async function updateOwn(transaction: Writer, { id, owner, values }: { id: string; owner: string; values: Changes }): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable('idempotency_records')
    .set(values)
    .where('id', '=', id)
    .where('owner', '=', owner)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

type Row = Schema['idempotency_records'];
type Found = Pick<Row, 'fingerprint' | 'owner' | 'beat_ms' | 'silent_ms' | 'answer' | 'finished_ms'> & {
  readonly now_ms: number;
};
type Changes = Partial<Pick<Row, 'answer' | 'owner' | 'basis' | 'silent_ms'>> & {
  readonly finished_ms?: Database['dialect']['nowMs'];
};

function toStanding({ fingerprint, owner, beat_ms: beatMs, silent_ms: silentMs, answer, now_ms: nowMs }: Found): StandingRecord {
  return {
    fingerprint,
    owner,
    beatMs,
    quietMs: nowMs - beatMs,
    silentMs: silentMs === null ? null : nowMs - silentMs,
    answer,
  };
}
