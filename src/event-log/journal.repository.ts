import { Injectable } from '@nestjs/common';
import { Database, type Reader, type Writer } from '../database/database.js';
import type { Checkpoint, ToldRow } from '../events/engine-journal.js';
import { completeTold } from './older-records.js';

/** The right to write what happens on an engine. */
export interface Lease {
  readonly engine: string;
  readonly holder: string;
  /** Grows with each new holder. */
  readonly token: number;
}

/** Another process writes what happens on the engine now. */
export class LeaseLost extends Error {
  constructor({ engine }: Lease) {
    super(`Another process tells what happens on engine ${engine}.`);
    this.name = 'LeaseLost';
  }
}

const ROWS_AT_ONCE = 200;
/** Holds the lease of an engine that was removed: what is written late under its name finds no way in. */
const RETIRED = 'retired';
const NEVER_MS = Number.MAX_SAFE_INTEGER;

/** Who may write of which engine, and what is known to those who follow it. */
@Injectable()
export class JournalRepository {
  constructor(private readonly database: Database) {}

  /** Takes the lease where it is free, has lapsed, or is held by one of `over`; undefined where it is another's. */
  async acquire(engine: string, holder: string, ttlMs: number, isOver: (holder: string) => boolean): Promise<Lease | undefined> {
    const { nowMs } = this.database.dialect;
    return this.database.write(async (transaction) => {
      await transaction
        .insertInto('engine_leases')
        .values({ engine, holder: '', token: 0, expires_ms: 0 })
        .onConflict((conflict) => conflict.column('engine').doNothing())
        .execute();
      const standing = await transaction
        .selectFrom('engine_leases')
        .select(['holder', 'token', nowMs.as('now_ms'), 'expires_ms'])
        .where('engine', '=', engine)
        .executeTakeFirstOrThrow();
      const isFree = standing.expires_ms <= standing.now_ms || standing.holder === holder || isOver(standing.holder);
      if (!isFree) return undefined;
      const { numUpdatedRows } = await transaction
        .updateTable('engine_leases')
        .set((builder) => ({ holder, token: standing.token + 1, expires_ms: builder(nowMs, '+', ttlMs) }))
        .where('engine', '=', engine)
        .where('token', '=', standing.token)
        .executeTakeFirst();
      return numUpdatedRows === 1n ? { engine, holder, token: standing.token + 1 } : undefined;
    });
  }

  /** False where it has gone to another process. */
  async renew({ engine, holder, token }: Lease, ttlMs: number): Promise<boolean> {
    const { nowMs } = this.database.dialect;
    return this.database.write(async (transaction) => {
      const { numUpdatedRows } = await transaction
        .updateTable('engine_leases')
        .set((builder) => ({ expires_ms: builder(nowMs, '+', ttlMs) }))
        .where('engine', '=', engine)
        .where('holder', '=', holder)
        .where('token', '=', token)
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    });
  }

  async release({ engine, holder, token }: Lease): Promise<void> {
    await this.database.write(async (transaction) => {
      await transaction
        .updateTable('engine_leases')
        .set({ expires_ms: 0 })
        .where('engine', '=', engine)
        .where('holder', '=', holder)
        .where('token', '=', token)
        .execute();
    });
  }

  /** The fence: nobody else can take the lease before this transaction has ended. */
  async requireLease(transaction: Writer, lease: Lease): Promise<void> {
    const standing = await transaction
      .selectFrom('engine_leases')
      .select('token')
      .where('engine', '=', lease.engine)
      .modifyEnd(this.database.dialect.forShare)
      .executeTakeFirst();
    if (standing?.token !== lease.token) throw new LeaseLost(lease);
  }

  /** What is known to those who follow the engine; null where nothing was ever told of it. */
  async told(engine: string): Promise<readonly ToldRow[] | null> {
    return this.database.read(async (db) => {
      const begun = await db.selectFrom('log_snapshots').select('position').where('engine', '=', engine).executeTakeFirst();
      return begun === undefined ? null : this.toldRows(db, engine);
    });
  }

  async checkpoint(engine: string): Promise<Checkpoint | null> {
    return this.database.read(async (db) => {
      const row = await db.selectFrom('checkpoints').selectAll().where('engine', '=', engine).executeTakeFirst();
      if (row === undefined) return null;
      return { time: row.time, timeNano: row.time_nano, recent: JSON.parse(row.recent) as string[] };
    });
  }

  async keepTold(transaction: Writer, engine: string, rows: readonly ToldRow[]): Promise<void> {
    const standing = rows.flatMap(({ kind, id, known }) =>
      known === null ? [] : [{ engine, kind, id, body: JSON.stringify(known) }],
    );
    for (let from = 0; from < standing.length; from += ROWS_AT_ONCE) {
      await transaction
        .insertInto('told')
        .values(standing.slice(from, from + ROWS_AT_ONCE))
        .onConflict((conflict) =>
          conflict.columns(['engine', 'kind', 'id']).doUpdateSet((builder) => ({ body: builder.ref('excluded.body') })),
        )
        .execute();
    }
    for (const { kind, id, known } of rows) {
      if (known !== null) continue;
      await transaction
        .deleteFrom('told')
        .where('engine', '=', engine)
        .where('kind', '=', kind)
        .where('id', '=', id)
        .execute();
    }
  }

  async keepCheckpoint(transaction: Writer, engine: string, checkpoint: Checkpoint): Promise<void> {
    const { time, timeNano, recent } = checkpoint;
    const values = { time, time_nano: timeNano, recent: JSON.stringify(recent) };
    await transaction
      .insertInto('checkpoints')
      .values({ engine, ...values })
      .onConflict((conflict) => conflict.column('engine').doUpdateSet(values))
      .execute();
  }

  /** Keeps all that is known of an engine at the present end of the log: what follows can be replayed upon it. */
  async takeSnapshot(transaction: Writer, engine: string): Promise<void> {
    const { position } = await transaction.selectFrom('log_head').select('position').executeTakeFirstOrThrow();
    const body = JSON.stringify(await this.toldRows(transaction, engine));
    const values = { taken_ms: Date.now(), body };
    await transaction
      .insertInto('log_snapshots')
      .values({ engine, position, ...values })
      .onConflict((conflict) => conflict.columns(['engine', 'position']).doUpdateSet(values))
      .execute();
  }

  /** Whether those who follow the engine know it as connected. */
  async isToldConnected(transaction: Writer, engine: string): Promise<boolean> {
    const rows = await this.toldRows(transaction, engine);
    return rows.some(({ kind, known }) => kind === 'engine' && (known as { connected?: boolean } | null)?.connected === true);
  }

  /** Forgets what is known of an engine that is removed. Whoever tells of it is refused from here on, and nobody can take over. */
  async retire(transaction: Writer, engine: string): Promise<void> {
    for (const table of ['told', 'checkpoints', 'log_snapshots'] as const) {
      await transaction.deleteFrom(table).where('engine', '=', engine).execute();
    }
    await transaction
      .updateTable('engine_leases')
      .set((builder) => ({ holder: RETIRED, token: builder('token', '+', 1), expires_ms: NEVER_MS }))
      .where('engine', '=', engine)
      .execute();
  }

  /** Engines that are there again under names that were retired. */
  async revive(engines: readonly string[], within?: Writer): Promise<void> {
    if (engines.length === 0) return;
    const work = async (transaction: Writer): Promise<void> => {
      const query = transaction.updateTable('engine_leases').set({ expires_ms: 0 }).where('engine', 'in', engines);
      await query.where('holder', '=', RETIRED).execute();
    };
    await (within === undefined ? this.database.write(work) : work(within));
  }

  private async toldRows(db: Reader | Writer, engine: string): Promise<ToldRow[]> {
    const rows = await db.selectFrom('told').select(['kind', 'id', 'body']).where('engine', '=', engine).execute();
    return rows.map(({ kind: text, id, body }) => {
      const kind = text as ToldRow['kind'];
      return { kind, id, known: completeTold(kind, JSON.parse(body) as object) };
    });
  }
}
