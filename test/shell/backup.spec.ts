import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runBackup } from '../support/backup.js';

const execute = promisify(execFile);

describe('a backup', () => {
  let folder: string;
  let source: string;
  let url: string;
  let target: string;
  let live: DatabaseSync;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fairlead-backup-'));
    source = join(folder, 'fairlead.db');
    url = `sqlite:${source}`;
    target = join(folder, 'copies', 'copy.db');
    mkdirSync(join(folder, 'copies'));
    live = new DatabaseSync(source);
    live.exec('pragma journal_mode = wal; create table kept (word text); insert into kept values (\'first\')');
  });
  afterEach(() => {
    live.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const copies = (): string[] => readdirSync(join(folder, 'copies'));
  const wordsIn = (file: string): unknown[] => {
    const database = new DatabaseSync(file, { readOnly: true });
    const words = database.prepare('select word from kept order by rowid').all().map(({ word }) => word);
    database.close();
    return words;
  };

  it('holds what was committed, is one file, and for its owner alone', async () => {
    live.exec("insert into kept values ('committed')");
    const { code, stdout, stderr } = await runBackup(url, target);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(`Copied ${source} to ${target}: ${statSync(target).size} bytes, checked.\n`);
    expect(copies()).toEqual(['copy.db']);
    expect((statSync(target).mode & 0o777).toString(8)).toBe('600');
    expect(wordsIn(target)).toEqual(['first', 'committed']);
    expect(copies()).toEqual(['copy.db']);
  });

  it('leaves out a transaction that has not ended, and waits for none', async () => {
    live.exec("begin immediate; insert into kept values ('under way')");
    expect((await runBackup(url, target)).code).toBe(0);
    live.exec('commit');
    expect(wordsIn(target)).toEqual(['first']);
  });

  it('overwrites nothing', async () => {
    writeFileSync(target, 'precious');
    const { code, stderr } = await runBackup(url, target);
    expect({ code, stderr }).toEqual({ code: 1, stderr: `No copy was made: ${target} exists already, and is not overwritten\n` });
    expect(readFileSync(target, 'utf8')).toBe('precious');
  });

  it('leaves nothing behind when the disk is full', async () => {
    await execute('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'fairlead-test', join(folder, 'copies')]);
    try {
      live.exec(`insert into kept values ('${'x'.repeat(200_000)}')`);
      const { code, stderr } = await runBackup(url, target);
      expect({ code, stderr }).toEqual({ code: 1, stderr: 'No copy was made: the disk is full\n' });
      expect(copies()).toEqual([]);
    } finally {
      await execute('umount', [join(folder, 'copies')]);
    }
  });

  it('is not made of what is damaged', async () => {
    live.exec(`insert into kept values ('${'x'.repeat(50_000)}'); pragma wal_checkpoint(truncate)`);
    live.close();
    const bytes = readFileSync(source);
    bytes.fill(0xff, 4096, 8192);
    writeFileSync(source, bytes);
    const { code, stderr } = await runBackup(url, target);
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'No copy was made: the file is damaged\n' });
    expect(copies()).toEqual([]);
    live = new DatabaseSync(':memory:');
  });

  it.each([
    ['a database that is not there', () => `sqlite:${folder}/none.db`, 1, /^No copy was made: there is no database at \S+none.db\n$/],
    ['a setting that cannot be used', () => 'mysql://u:secret@h/d', 78, /^FAIRLEAD_DATABASE_URL: expected sqlite:[^\n]+\n$/],
    ['PostgreSQL, for which there is pg_dump', () => 'postgres://u:secret@h/d', 64, /^this copies SQLite only[^\n]+pg_dump\n$/],
  ])('says in one line why there is none of %s', async (_what, from, code, line) => {
    const answer = await runBackup(from(), target);
    expect(answer).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(line) });
    expect(answer.stderr).not.toContain('secret');
    expect(copies()).toEqual([]);
  });

  it.each([[[]], [['one', 'two']], [['--help']]])('wants one name, not %j', async (args) => {
    expect(await runBackup(url, ...args)).toMatchObject({ code: 64, stderr: 'name one file for the copy: npm run backup -- <file>\n' });
  });

  it('is made by npm run backup', async () => {
    const env = { ...process.env, FAIRLEAD_DATABASE_URL: url };
    await execute('npm', ['run', '--silent', 'backup', '--', target], { cwd: join(import.meta.dirname, '../..'), env });
    expect(wordsIn(target)).toEqual(['first']);
  });
});
