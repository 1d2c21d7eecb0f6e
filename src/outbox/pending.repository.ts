import { sql } from 'kysely';

/** As a literal: SQLite uses an index that holds pending deliveries only for nothing else. */
export const PENDING = sql.lit('pending');

/** The state of what a disabled webhook missed, until it is enabled. */
export const MISSED = 'missed';
