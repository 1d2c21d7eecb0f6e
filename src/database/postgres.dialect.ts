import { PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { isUnanswered } from './database.errors.js';

const INT8 = pg.types.builtins.INT8;

/** A client that is not given back once a query was not answered: nothing tells whether its connection still leads anywhere. */
class GuardedClient {
  private isUnsure = false;

  constructor(private readonly client: pg.PoolClient) {}

  async query(sql: string, parameters: readonly unknown[]): Promise<pg.QueryResult> {
    try {
      return await this.client.query(sql, [...parameters]);
    } catch (error) {
      this.isUnsure ||= isUnanswered(error);
      throw error;
    }
  }

  release(discard?: boolean): void {
    this.client.release(discard || this.isUnsure);
  }
}

/** Connections to a server that may go away or hang. What breaks one while nobody uses it goes to `onProblem`. */
export function postgresDialect(url: string, onProblem: (error: Error) => void): PostgresDialect {
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    application_name: 'fairlead',
    connectionTimeoutMillis: 5_000,
    query_timeout: 15_000,
    statement_timeout: 15_000,
    // A process that is frozen in the middle of a transaction must not keep the others waiting.
    idle_in_transaction_session_timeout: 5_000,
    keepAlive: true,
    // Positions and milliseconds: far below 2^53.
    types: { getTypeParser: typeParser as typeof pg.types.getTypeParser },
  });
  pool.on('error', onProblem);
  // The pool does not listen to a connection that is in use, and an error that nobody hears ends the process.
  pool.on('connect', (client) => client.on('error', onProblem));
  const guarded: PostgresPool = {
    // Nothing is read through cursors, the other way to ask.
    connect: async () => new GuardedClient(await pool.connect()) as Pick<GuardedClient, 'release'> as PostgresPoolClient,
    end: () => pool.end(),
    options: pool.options,
  };
  return new PostgresDialect({ pool: guarded });
}

function typeParser(oid: Parameters<typeof pg.types.getTypeParser>[0], format?: 'text'): (text: string) => unknown {
  return oid === INT8 ? Number : (pg.types.getTypeParser(oid, format) as (text: string) => unknown);
}
