import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Kysely, sql, type Transaction } from 'kysely';
import { Settings } from '../config/settings.js';
import { DomainError } from '../errors/domain.error.js';
import { databaseDetail, databaseProblem, databaseUnavailable, isEndedForAnother } from './database.errors.js';
import { POSTGRES, SQLITE, type Dialect } from './dialect.js';
import { migrate } from './migrations.js';
import { postgresDialect } from './postgres.dialect.js';
import type { Schema } from './schema.js';
import { settingFault } from './setting-fault.js';
import { EmbeddedDialect } from './sqlite.dialect.js';

export const DATABASE_STATES = ['opening', 'available', 'failing'] as const;

/** How the database is doing, as health shows it. */
export interface DatabaseCondition {
  /** `failing`: what needs it is refused, commands too, which must go on record; reads of the picture go on. */
  readonly state: (typeof DATABASE_STATES)[number];
  readonly problem: string | null;
}

export type Reader = Kysely<Schema>;
export type Writer = Transaction<Schema>;

const PROBE_MS = 1_000;
/** A full disk still takes small writes: it is believed again when none has failed for so long. */
const SOUND_MS = 3_000;

/**
 * What must survive a restart: SQLite in a file, or PostgreSQL. A database that cannot be reached does not keep the
 * service from starting: it is tried again until it can.
 *
 * Failures of the database itself are `DATABASE_UNAVAILABLE`; any other error is thrown as it is.
 */
@Injectable()
export class Database implements OnModuleInit, OnApplicationShutdown {
  readonly dialect: Dialect;
  private readonly logger = new Logger(Database.name);
  private readonly db: Kysely<Schema>;
  /** SQLite's writer waits for those of other processes, and whoever reads must not wait with it. */
  private readonly reading: Kysely<Schema>;
  private readonly stopping = new AbortController();
  private readonly opened = Promise.withResolvers<void>();
  private current: DatabaseCondition = { state: 'opening', problem: null };
  private probing: Promise<void> = Promise.resolve();
  private failedAt = -Infinity;

  constructor(private readonly settings: Settings) {
    const { database } = settings;
    if (database.kind === 'sqlite') {
      this.dialect = SQLITE;
      this.db = new Kysely<Schema>({ dialect: new EmbeddedDialect(database.file, database) });
      this.reading = new Kysely<Schema>({ dialect: new EmbeddedDialect(database.file, database) });
    } else {
      this.dialect = POSTGRES;
      const noteBroken = (error: Error): void => this.noteFailure(databaseProblem(error) ?? error.message, error);
      this.db = new Kysely<Schema>({ dialect: postgresDialect(database.url, noteBroken) });
      this.reading = this.db;
    }
  }

  get condition(): DatabaseCondition {
    return this.current;
  }

  /** Resolves once the schema is up to date; a database that is away is waited for. */
  async whenOpen(): Promise<void> {
    await this.opened.promise;
  }

  async onModuleInit(): Promise<void> {
    try {
      await this.open();
    } catch (error) {
      const fault = settingFault(error, this.settings.database);
      const problem = databaseProblem(error);
      // What is wrong with the setting or with the schema is nothing that waiting mends.
      if (fault !== undefined || problem === undefined) throw fault ?? error;
      this.noteFailure(problem, error);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.probing;
    await this.reading.destroy();
    await this.db.destroy();
  }

  /** Runs queries that change nothing. */
  async read<T>(work: (db: Reader) => Promise<T>): Promise<T> {
    this.requireOpen();
    return this.guard(() => work(this.reading));
  }

  /** Runs one transaction, `work` once more where another one came between: all of it is kept, or nothing. Where the connection breaks at its end, either may be so. */
  async write<T>(work: (transaction: Writer) => Promise<T>): Promise<T> {
    this.requireOpen();
    const result = await this.guard(() => this.transact(work));
    this.noteSuccess();
    return result;
  }

  private async transact<T>(work: (transaction: Writer) => Promise<T>, attempts = 3): Promise<T> {
    try {
      return await this.db.transaction().execute(work);
    } catch (error) {
      if (attempts === 1 || !isEndedForAnother(error)) throw error;
    }
    return this.transact(work, attempts - 1);
  }

  private requireOpen(): void {
    if (this.current.state === 'opening') throw databaseUnavailable(this.current.problem ?? 'it is being opened');
  }

  private async guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const problem = error instanceof DomainError ? undefined : databaseProblem(error);
      if (problem === undefined) throw error;
      this.noteFailure(problem, error);
      throw databaseUnavailable(problem, error);
    }
  }

  private async open(): Promise<void> {
    await migrate(this.db, this.dialect);
    this.current = { state: 'available', problem: null };
    this.opened.resolve();
  }

  private noteFailure(problem: string, error: unknown): void {
    if (this.stopping.signal.aborted) return;
    this.failedAt = performance.now();
    const { state, problem: before } = this.current;
    if (problem !== before) this.logger.error(`The database cannot be used: ${problem} (${databaseDetail(error)})`);
    this.current = { state: state === 'opening' ? 'opening' : 'failing', problem };
    if (before === null) this.probing = Promise.all([this.probing, this.probeUntilItServes()]).then(() => undefined);
  }

  private noteSuccess(): void {
    if (this.current.state !== 'failing' || performance.now() - this.failedAt < SOUND_MS) return;
    this.logger.log('The database can be used again');
    this.current = { state: 'available', problem: null };
  }

  /** Also finds out when nobody else asks. */
  private async probeUntilItServes(): Promise<void> {
    while (this.current.problem !== null) {
      await delay(PROBE_MS, undefined, { signal: this.stopping.signal, ref: false }).catch(() => undefined);
      if (this.stopping.signal.aborted) return;
      try {
        if (this.current.state === 'opening') await this.open();
        else await this.write((transaction) => sql`update log_head set position = position`.execute(transaction));
      } catch (error) {
        // What `write` has noted already is as it was.
        const problem = databaseProblem(error instanceof DomainError ? error.cause : error);
        this.noteFailure(problem ?? databaseDetail(error), error instanceof DomainError ? error.cause : error);
      }
    }
  }
}
