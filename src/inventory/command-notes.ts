import { AsyncLocalStorage } from 'node:async_hooks';

/** What comes to light while a command is carried out, for whoever keeps a record of it. */
export interface CommandNotes {
  /** What it is about, as that stood before; undefined where there was nothing, or where it did not get so far. */
  before: object | undefined;
  /** Nothing was carried out: the answer is that of an earlier request. */
  isReplay: boolean;
}

const storage = new AsyncLocalStorage<CommandNotes>();

/** Everything that `work` starts notes what it finds in these. */
export function withNotes<T>(notes: CommandNotes, work: () => T): T {
  return storage.run(notes, work);
}

/** The last state noted counts: what was seen before others changed it is no longer what the command began from. */
export function noteBefore(resource: object | undefined): void {
  const notes = storage.getStore();
  if (notes !== undefined) notes.before = resource;
}

export function noteReplay(): void {
  const notes = storage.getStore();
  if (notes !== undefined) notes.isReplay = true;
}
