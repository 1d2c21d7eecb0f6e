import { PostgresDialect } from 'kysely';
import pg from 'pg';

const INT8 = pg.types.builtins.INT8;

/** A pool of connections that notices a server that has gone or hangs. */
export function postgresPool(url: string, onProblem: (error: Error) => void): pg.Pool {
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
  // A connection that breaks while nobody uses it; the pool makes a new one.
  pool.on('error', onProblem);
  return pool;
}

export function postgresDialect(pool: pg.Pool): PostgresDialect {
  return new PostgresDialect({ pool });
}

function typeParser(oid: Parameters<typeof pg.types.getTypeParser>[0], format?: 'text'): (text: string) => unknown {
  return oid === INT8 ? Number : (pg.types.getTypeParser(oid, format) as (text: string) => unknown);
}
