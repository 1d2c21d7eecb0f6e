import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { API_KEY } from '../../src/auth/api-keys.js';
import { tellWhereKeyIs } from '../../src/auth/key-notice.js';
import { keepKey as keepAnyKey } from '../../src/secrets/key-file.js';

const keepKey = (folder: string) => keepAnyKey(folder, API_KEY);

describe('the first key', () => {
  let parent: string;
  let folder: string;
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'fairlead-key-'));
    folder = join(parent, 'data');
  });
  afterEach(() => rm(parent, { recursive: true }));

  it('is made once, long and random, readable by the owner only', async () => {
    const kept = await keepKey(folder);
    expect(kept).toMatchObject({ isNew: true, path: join(folder, 'api-key') });
    expect(kept.key).toMatch(/^fl_[A-Za-z0-9_-]{43}$/);
    expect((await stat(kept.path)).mode & 0o777).toBe(0o600);
    expect((await readFile(kept.path, 'utf8')).trim()).toBe(kept.key);
  });

  it('survives a restart', async () => {
    const { key } = await keepKey(folder);
    expect(await keepKey(folder)).toEqual({ key, path: join(folder, 'api-key'), isNew: false });
  });

  it('is the same for services that start at the same moment, and leaves no drafts behind', async () => {
    const kept = await Promise.all(Array.from({ length: 20 }, () => keepKey(folder)));
    expect(new Set(kept.map(({ key }) => key)).size).toBe(1);
    expect(kept.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(await readdir(folder)).toEqual(['api-key']);
  });

  it('is closed to others again where its file was opened up', async () => {
    const { path } = await keepKey(folder);
    await chmod(path, 0o644);
    await keepKey(folder);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('is not replaced where its file holds something else', async () => {
    const { path } = await keepKey(folder);
    await writeFile(path, 'oops\n');
    await expect(keepKey(folder)).rejects.toThrow(`${path} holds no API key`);
  });

  it.each([
    [true, 'fl_the-key-itself'],
    [false, undefined],
  ])('is shown itself only to a terminal (%s)', async (isTTY, shown) => {
    const out = Object.assign(new PassThrough(), { isTTY });
    tellWhereKeyIs(
      { key: 'fl_the-key-itself', path: '/d/api-key', isNew: true },
      out as unknown as NodeJS.WriteStream,
    );
    out.end();
    const text = (await out.toArray()).join('');
    expect(text).toContain('/d/api-key');
    expect(text.includes('fl_the-key-itself')).toBe(shown !== undefined);
  });
});
