import { sql } from 'kysely';

/** As a literal: SQLite uses an index that holds pending deliveries only for nothing else. */
export const PENDING = sql.lit('pending');
