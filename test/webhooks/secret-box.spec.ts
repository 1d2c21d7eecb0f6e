import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Settings } from '../../src/config/settings.js';
import { SecretBox } from '../../src/secrets/secret-box.js';
import { aDatabaseSettings } from '../database/database-settings.js';

describe('the box for secrets', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fairlead-secrets-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const box = (secretKey: string | null): SecretBox =>
    new SecretBox(new Settings({ ...aDatabaseSettings({ kind: 'sqlite', file: 'x' }), secretKey, dataFolder: folder }));
  const KEY = 'a key of any text';

  it('gives back what was put in, to whoever has the key and knows what it is about', async () => {
    const sealed = await box(KEY).seal('whsec_ÄÖÜ', 'webhook 1');
    expect(sealed).not.toContain('whsec');
    expect(await box(KEY).open(sealed, 'webhook 1')).toBe('whsec_ÄÖÜ');
    expect(await box(KEY).seal('whsec_ÄÖÜ', 'webhook 1')).not.toBe(sealed);
  });

  it('tells a wrong key, another place and a changed text rather than giving garbage', async () => {
    // One box: to make a key of a text takes as long as guessing one is to take.
    const own = box(KEY);
    const sealed = await own.seal('secret', 'webhook 1');
    const wrong = { code: 'SECRET_KEY_MISMATCH', detail: expect.stringContaining('FAIRLEAD_SECRET_KEY') };
    await expect(box('another key of any text').open(sealed, 'webhook 1')).rejects.toMatchObject(wrong);
    await expect(own.open(sealed, 'webhook 2')).rejects.toMatchObject(wrong);
    const last = sealed.at(-2) === 'A' ? 'B' : 'A';
    await expect(own.open(`${sealed.slice(0, -2)}${last}${sealed.at(-1)}`, 'webhook 1')).rejects.toMatchObject(wrong);
    for (const text of ['', 'v1', sealed.slice(0, 20), sealed.replace('v1', 'v2')]) {
      await expect(own.open(text, 'webhook 1')).rejects.toMatchObject(wrong);
    }
  });

  it('takes 32 bytes in hex or base64 for the key itself, so that either spelling opens it', async () => {
    const bytes = Buffer.from('0123456789abcdef0123456789abcdef');
    const sealed = await box(bytes.toString('hex')).seal('secret', 'x');
    expect(await box(bytes.toString('base64')).open(sealed, 'x')).toBe('secret');
    expect(await box(bytes.toString('base64url')).open(sealed, 'x')).toBe('secret');
  });

  it('makes a key of its own where none is set, which its owner alone can read and later starts find', async () => {
    const sealed = await box(null).seal('secret', 'x');
    const path = join(folder, 'secret-key');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(Buffer.from(readFileSync(path, 'utf8').trim(), 'base64url')).toHaveLength(32);
    expect(await box(null).open(sealed, 'x')).toBe('secret');
    await Promise.all(Array.from({ length: 5 }, async () => expect(await box(null).open(sealed, 'x')).toBe('secret')));
  });
});
