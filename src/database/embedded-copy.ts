import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { databaseProblem } from './database.errors.js';

/** Why there is no copy, in one line for whoever asked for it. */
export class CopyError extends Error {}

/** To begin reading, which only the opening and closing of the file by others can delay. */
const MOST_WAITING_MS = 5_000;

/**
 * Copies SQLite's file as it is at one moment, while services go on writing to it; answers the size of the copy in
 * bytes. Under the target's name there is nothing until the copy is complete, on the disk and checked.
 *
 * By `vacuum into` and not by the backup API, which begins anew whenever another process has written: beside a busy
 * service it never ends.
 */
export async function copyEmbedded(file: string, target: string): Promise<number> {
  if (!existsSync(file)) throw new CopyError(`there is no database at ${file}`);
  refuseExisting(target);
  const draft = `${target}.${randomBytes(6).toString('hex')}.part`;
  try {
    // For its owner alone from the beginning: it holds what the database holds.
    await (await open(draft, 'wx', 0o600)).close();
    vacuumInto(file, draft);
    check(draft);
    const bytes = await sync(draft);
    refuseExisting(target);
    await rename(draft, target);
    await sync(dirname(target));
    return bytes;
  } catch (error) {
    await rm(draft, { force: true });
    throw asCopyError(error);
  }
}

function refuseExisting(target: string): void {
  if (existsSync(target)) throw new CopyError(`${target} exists already, and is not overwritten`);
}

function vacuumInto(file: string, draft: string): void {
  const database = new DatabaseSync(file, { readOnly: true, timeout: MOST_WAITING_MS });
  try {
    database.prepare('vacuum into ?').run(draft);
  } finally {
    database.close();
  }
}

function check(draft: string): void {
  const database = new DatabaseSync(draft, { readOnly: true });
  try {
    const found = database.prepare('pragma integrity_check').all().map(({ integrity_check: line }) => String(line));
    if (found.join() !== 'ok') throw new CopyError(`the copy is damaged: ${found[0] ?? 'nothing is said of it'}`);
  } finally {
    database.close();
  }
}

/** SQLite leaves this to the caller, for what it vacuums into. */
async function sync(path: string): Promise<number> {
  const handle = await open(path);
  try {
    await handle.sync();
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}

function asCopyError(error: unknown): CopyError {
  if (error instanceof CopyError) return error;
  const problem = databaseProblem(error) ?? (error instanceof Error ? error.message : String(error));
  return new CopyError(problem, { cause: error });
}
