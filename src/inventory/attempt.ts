import { AsyncLocalStorage } from 'node:async_hooks';
import { SetMetadata } from '@nestjs/common';
import type { Writer } from '../database/database.js';
import { DomainError, type ErrorExtras } from '../errors/domain.error.js';
import { bearTags, tagsOf } from './resource-tag.js';

/** What looking shows of a write of which no answer is known. */
export type Finding<T> =
  /** All of it stands: the answer, as it would have been given. */
  | { readonly is: 'done'; readonly answer: T }
  /** Nothing of it stands, or a part that `detail` names. */
  | { readonly is: 'undone'; readonly detail: string; readonly extras?: ErrorExtras }
  | { readonly is: 'untold'; readonly detail: string };

/** A write that its caller may ask for again and that must be carried out once. */
export interface Attempt {
  /** What was noted before anything could be changed, or with the change; undefined where nothing has been. */
  readonly noted: object | undefined;
  /** How long nobody has been at it; an engine may go on with what it was told for a while. */
  readonly silentMs: number;
  /**
   * Keeps what telling the outcome later will need; within a transaction, where and only where that is kept. Fails where
   * it cannot be kept: then nothing may be changed.
   */
  note(basis: object, transaction?: Writer): Promise<void>;
}

export interface Write<Basis extends object, T> {
  readonly dryRun?: boolean | undefined;
  /** Finds out what is meant, and how it stands before. Plain JSON. */
  begin(): Basis;
  /** The same, looked at anew: for what the picture may show later than it happens. Asked only where it is noted. */
  lookFirst?(basis: Basis): Promise<Basis>;
  act(basis: Basis): Promise<T>;
  /** Looks at the engine; changes nothing. */
  inspect(basis: Basis): Promise<Finding<T>>;
  /** How much longer than others the engine may be at it. */
  readonly graceMs?: number | undefined;
}

/** An engine that was told to do something before its caller died is given this long to do it. */
const STILL_AT_IT_MS = 15_000;

export const NOTES_ATTEMPTS = Symbol('notes attempts');

/** When a write notes what it does: before it changes an engine, or in the transaction that makes the change. */
export type Noting = 'before the change' | 'with the change';

/** Whatever this face is asked for goes through `attempt`: where nothing was noted, nothing has been changed. */
export const NotesAttempts = (): ClassDecorator => SetMetadata(NOTES_ATTEMPTS, 'before the change' satisfies Noting);

/** What this is asked for goes through `once` or `inPortions`: it is noted where it has been done, and only there. */
export const NotesChanges = (): MethodDecorator => SetMetadata(NOTES_ATTEMPTS, 'with the change' satisfies Noting);

const storage = new AsyncLocalStorage<Attempt>();

/** Everything that `work` starts belongs to this attempt. */
export function inAttempt<T>(current: Attempt, work: () => T): T {
  return storage.run(current, work);
}

/**
 * Carries a write out; or, where an earlier try of the same may have done so without its outcome being known, looks
 * what became of that one and changes nothing.
 */
export async function attempt<Basis extends object, T>(write: Write<Basis, T>): Promise<T> {
  const current = storage.getStore();
  if (current?.noted !== undefined) return settle(write, current.noted as Basis, current.silentMs);
  const basis = write.begin();
  if (current !== undefined && !write.dryRun) await current.note((await write.lookFirst?.(basis)) ?? basis);
  return write.act(basis);
}

async function settle<Basis extends object, T>(write: Write<Basis, T>, noted: Basis, silentMs: number): Promise<T> {
  const finding = await write.inspect(noted);
  if (finding.is === 'done') return finding.answer;
  if (silentMs < STILL_AT_IT_MS + (write.graceMs ?? 0)) {
    throw new DomainError('IDEMPOTENCY_IN_PROGRESS', 'The engine may still be at it. Ask again in a few seconds.');
  }
  const advice = 'The first request with this key was not finished. To have it done, send it with a new key.';
  const doubt = finding.is === 'untold' ? ({ outcome: 'unknown' } as const) : finding.extras;
  throw new DomainError('IDEMPOTENCY_UNFINISHED', `${finding.detail} ${advice}`, doubt);
}

/** Keeps what a write has come to, in the transaction that makes its change. */
export type Keep<T> = (transaction: Writer, outcome: T) => Promise<void>;

/**
 * Carries a write out that changes nothing but our own database, and keeps its outcome with the change: where an earlier
 * try has made it, its outcome is answered; where none is kept, nothing was changed, and nothing will be.
 */
export async function once<T extends object>(act: (keep: Keep<T>) => Promise<T>): Promise<T> {
  return inPortions<T>((keep, done) => (done === undefined ? act(keep) : Promise.resolve(done)));
}

/** The same for one that takes several transactions, each of which keeps how far it has come; it goes on from there. */
export async function inPortions<T extends object>(act: (keep: Keep<T>, done: T | undefined) => Promise<T>): Promise<T> {
  const current = storage.getStore();
  const keep: Keep<T> = async (transaction, outcome) => {
    await current?.note({ outcome, tags: tagsOf(outcome) } satisfies Kept<T>, transaction);
  };
  if (current?.noted === undefined) return act(keep, undefined);
  const { outcome, tags } = current.noted as Kept<T>;
  bearTags(outcome, tags);
  return act(keep, outcome);
}

interface Kept<T> {
  readonly outcome: T;
  readonly tags: Readonly<Record<string, string>>;
}
