import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A key that the service made for itself, as it is kept. */
export interface KeptKey {
  readonly key: string;
  readonly path: string;
  /** Made just now, by this start. */
  readonly isNew: boolean;
}

/** Which key: the name of its file, what it begins with, and how an error calls it. */
export interface KeyKind {
  readonly file: string;
  readonly prefix: string;
  readonly name: string;
}

/** The key of an earlier start, else a new one that later starts will find. */
export async function keepKey(folder: string, kind: KeyKind): Promise<KeptKey> {
  const path = join(folder, kind.file);
  const kept = await readKey(path, kind);
  if (kept !== undefined) return { key: kept, path, isNew: false };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const key = `${kind.prefix}${randomBytes(32).toString('base64url')}`;
  const isNew = await publish(path, key);
  if (isNew) return { key, path, isNew };
  const others = await readKey(path, kind);
  if (others === undefined) throw new Error(`${path} vanished while it was being read`);
  return { key: others, path, isNew: false };
}

async function readKey(path: string, { name }: KeyKind): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const key = text.trim();
  if (key.length < 16) throw new Error(`${path} holds no ${name}; remove it to have a new one made`);
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) await chmod(path, 0o600);
  return key;
}

/** Writes beside and links into place: whoever reads sees a whole key, and of two starts at once only one wins. */
async function publish(path: string, key: string): Promise<boolean> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${key}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}
