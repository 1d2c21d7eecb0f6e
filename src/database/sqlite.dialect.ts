import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { CompiledQuery, SqliteAdapter, SqliteDialect, SqliteDriver, type DatabaseConnection, type Driver } from 'kysely';

/** How long to wait for another process's transaction. Those of this service take milliseconds. */
const MOST_WAITING_MS = 5_000;
const WAIT_MS = 5;
/** Reads wait for another process only while it opens or closes the file. This waiting blocks the process. */
const BUSY_TIMEOUT_MS = 100;
const BUSY = 5;
const STATEMENTS_KEPT = 200;
/** To what the write-ahead log is cut back after somebody else's long read has kept it from being written home. */
const MOST_WAL_BYTES = 16 * 1024 * 1024;

type Row = Record<string, unknown>;
type Value = null | number | bigint | string | Uint8Array;

/** What kysely's SQLite dialect asks of a statement. */
class Statement {
  readonly reader: boolean;

  constructor(private readonly statement: StatementSync) {
    this.reader = statement.columns().length > 0;
  }

  all(parameters: readonly unknown[]): unknown[] {
    return this.statement.all(...parameters.map(toValue));
  }

  run(parameters: readonly unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint } {
    return this.statement.run(...parameters.map(toValue));
  }

  iterate(parameters: readonly unknown[]): IterableIterator<Row> {
    return this.statement.iterate(...parameters.map(toValue));
  }
}

/** A `Date` as first argument would be taken for named parameters and stored as NULL without a word. */
function toValue(value: unknown): Value {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value === undefined) return null;
  if (value instanceof Date) throw new TypeError('Dates are stored as text or milliseconds');
  return value as Value;
}

/** The platform's SQLite, as kysely wants to meet one. */
class EmbeddedDatabase {
  private readonly statements = new Map<string, Statement>();

  constructor(readonly database: DatabaseSync) {}

  prepare(sql: string): Statement {
    const kept = this.statements.get(sql);
    if (kept !== undefined) return kept;
    const statement = new Statement(this.database.prepare(sql));
    if (this.statements.size >= STATEMENTS_KEPT) this.statements.clear();
    this.statements.set(sql, statement);
    return statement;
  }

  close(): void {
    this.statements.clear();
    this.database.close();
  }
}

/** The file, as soon as it could be opened. */
class EmbeddedFile {
  private embedded: EmbeddedDatabase | undefined;

  constructor(
    private readonly path: string,
    private readonly mayOnlyRead: boolean,
  ) {}

  get isInTransaction(): boolean {
    return this.embedded?.database.isTransaction ?? false;
  }

  open(): EmbeddedDatabase {
    return (this.embedded = new EmbeddedDatabase(open(this.path, this.mayOnlyRead)));
  }
}

class EmbeddedDriver extends SqliteDriver {
  constructor(private readonly file: EmbeddedFile) {
    super({ database: async () => file.open() });
  }

  /** A transaction that began by reading could not go on to write once another process has: it takes its turn now. */
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    // SQLite answers at once: one transaction after the other would keep everything else waiting.
    await nextTurn();
    const deadline = performance.now() + MOST_WAITING_MS;
    while (!(await this.tryToBegin(connection, performance.now() > deadline))) await delay(WAIT_MS);
  }

  /** SQLite's own waiting would hold up the whole process. */
  private async tryToBegin(connection: DatabaseConnection, isLastTime: boolean): Promise<boolean> {
    await connection.executeQuery(CompiledQuery.raw('pragma busy_timeout = 0'));
    try {
      await connection.executeQuery(CompiledQuery.raw('begin immediate'));
      return true;
    } catch (error) {
      if ((error as { errcode?: number }).errcode !== BUSY || isLastTime) throw error;
      return false;
    } finally {
      await connection.executeQuery(CompiledQuery.raw(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`));
    }
  }

  /** A full disk ends a transaction by itself; a rollback would fail and hide why. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.file.isInTransaction) await super.rollbackTransaction(connection);
  }
}

class EmbeddedAdapter extends SqliteAdapter {
  /** It is, and so migrations of two processes that start at once exclude each other. */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** SQLite in one file, through `node:sqlite`: several processes may have it open, one at a time writes. */
export class EmbeddedDialect extends SqliteDialect {
  private readonly file: EmbeddedFile;

  /** The file is opened, or made, at the first query, and at each further one until that succeeds. */
  constructor(path: string, { mayOnlyRead = false } = {}) {
    const file = new EmbeddedFile(path, mayOnlyRead);
    super({ database: async () => file.open() });
    this.file = file;
  }

  override createDriver(): Driver {
    return new EmbeddedDriver(this.file);
  }

  override createAdapter(): SqliteAdapter {
    return new EmbeddedAdapter();
  }
}

/** The files that SQLite makes beside it take over its mode. */
function makeForOwnerAlone(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch {
    // It is there already, or cannot be made: then SQLite says so, in words that are known.
  }
}

function open(path: string, mayOnlyRead: boolean): DatabaseSync {
  makeForOwnerAlone(path);
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    // FULL: what has been told to anybody survives a loss of power, so a cursor never means two things.
    database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on');
    database.exec(`pragma journal_size_limit = ${MOST_WAL_BYTES}`);
    if (!mayOnlyRead) requireWritable(database);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/** On a disk that is read-only for now SQLite opens the file for reading alone, without a word and for as long as it is open. */
function requireWritable(database: DatabaseSync): void {
  try {
    database.exec('begin immediate; pragma user_version = 1; rollback');
  } catch (error) {
    // Somebody else is writing.
    if ((error as { errcode?: number }).errcode !== BUSY) throw error;
  }
}
