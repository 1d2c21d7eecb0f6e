import { sql, type Expression, type RawBuilder, type SqlBool } from 'kysely';

/** In what the two databases differ, where SQL does not hide it. */
export interface Dialect {
  readonly name: 'sqlite' | 'postgres';
  /** A column that holds whole numbers beyond 2^31; as a primary key it is SQLite's own row number. */
  readonly integer: 'integer' | 'bigint';
  /** Milliseconds since 1970 by the database's clock: the one that all processes share. */
  readonly nowMs: RawBuilder<number>;
  /** Whether a column of text holds this text, letter by letter. */
  contains(column: Expression<string>, text: string): Expression<SqlBool>;
  /** Ends a query whose rows must stay as they are until the transaction ends. */
  readonly forShare: RawBuilder<unknown>;
  /** Ends a query whose rows only this transaction is to change. */
  readonly forUpdate: RawBuilder<unknown>;
  /** The same, without the rows that another transaction has locked. */
  readonly forUpdateSkipLocked: RawBuilder<unknown>;
}

export const SQLITE: Dialect = {
  name: 'sqlite',
  integer: 'integer',
  nowMs: sql<number>`cast(unixepoch('subsec') * 1000 as integer)`,
  contains: (column, text) => sql<SqlBool>`instr(${column}, ${text}) > 0`,
  // A transaction that writes has the whole file for itself.
  forShare: sql``,
  forUpdate: sql``,
  forUpdateSkipLocked: sql``,
};

export const POSTGRES: Dialect = {
  name: 'postgres',
  integer: 'bigint',
  // Not now(): that is when the transaction began, which may have been before it waited for a lock.
  nowMs: sql<number>`cast(extract(epoch from clock_timestamp()) * 1000 as bigint)`,
  contains: (column, text) => sql<SqlBool>`strpos(${column}, ${text}) > 0`,
  forShare: sql`for share`,
  forUpdate: sql`for no key update`,
  forUpdateSkipLocked: sql`for no key update skip locked`,
};
