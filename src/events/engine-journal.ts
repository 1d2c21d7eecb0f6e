import type { ObservedChange } from './event.js';

export const TOLD_KINDS = ['engine', 'network', 'container', 'attachment'] as const;

/** What is known of one subject to those who follow the events; null where nothing is any more. */
export interface ToldRow {
  readonly kind: (typeof TOLD_KINDS)[number];
  readonly id: string;
  /** Plain JSON. */
  readonly known: object | null;
}

/** The last of an engine's own events that were taken in. */
export interface Checkpoint {
  readonly time: string;
  /** Nanoseconds since 1970, as decimal digits. */
  readonly timeNano: string;
  /** Digests of the last lines, the newest last. */
  readonly recent: readonly string[];
}

/** What is to be kept together: the changes, what is known after them, and the events of the engine that led to them. */
export interface JournalEntry {
  readonly changes: readonly ObservedChange[];
  readonly told: readonly ToldRow[];
  readonly checkpoint: Checkpoint | null;
  /** What is known begins here, without having been told step by step. */
  readonly begins: boolean;
}

/** Where the writer of an engine's journal goes on from. */
export interface JournalStart {
  /** null where nothing has been told of this engine yet. */
  readonly told: readonly ToldRow[] | null;
  readonly checkpoint: Checkpoint | null;
  /** Why changes were seen that could not be kept; null where none were. */
  readonly hole: string | null;
}

/** The right to tell what happens on one engine, for as long as this process has it. */
export interface EngineJournal {
  readonly start: JournalStart;
  /** Aborted when the right is gone, or when what was written can be kept no longer: begin anew with the next one. */
  readonly ended: AbortSignal;
  /** Takes the entry at once and keeps entries in this order, as soon as the database can. */
  write(entry: JournalEntry): void;
}

/** Gives out journals: of all processes on one database, one at a time has an engine's. */
export abstract class EngineJournals {
  /**
   * Calls back with each journal of the engine that this process is given. Resolves after the first attempt, whether
   * it was given one or not. The signal gives the journal back, after what was written is kept.
   */
  abstract open(engine: string, onOpen: (journal: EngineJournal) => void, signal: AbortSignal): Promise<void>;
  /** Resolves when journals that were given back are closed: those of one engine, or all. */
  abstract closed(engine?: string): Promise<void>;
}
