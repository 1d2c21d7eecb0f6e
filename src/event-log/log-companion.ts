import type { Writer } from '../database/database.js';
import type { LoggedEvent } from './event-filter.js';

/** What another room keeps with events, in the same transaction: both are kept, or neither. */
export interface LogCompanion {
  /** In the order of the log. Must only write what it would write again, were the transaction to be repeated. */
  record(transaction: Writer, events: readonly LoggedEvent[]): Promise<void>;
  /** The transaction has been committed. */
  recorded(): void;
}
