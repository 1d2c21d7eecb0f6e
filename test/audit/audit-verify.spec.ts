import { execFile } from 'node:child_process';
import { copyFileSync, readdirSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SYSTEM_PATH } from '../../scripts/lab.ts';
import { startPrivatePostgres, type PrivatePostgres } from '../support/private-postgres.js';
import { SmallDisk } from '../support/small-disk.js';
import { startServiceProcess, type ServiceProcess } from '../support/service-process.js';
import { Receiver } from '../webhooks/receiver.js';

const SECRET = 'b'.repeat(64);

/** Runs the built `audit:verify` in a process of its own. */
function verify(databaseUrl: string, args: readonly string[] = [], secret = SECRET): Promise<{ code: number; stdout: string; stderr: string }> {
  const script = join(import.meta.dirname, '../../dist/audit-verify.js');
  const env = { PATH: SYSTEM_PATH, FAIRLEAD_DATABASE_URL: databaseUrl, FAIRLEAD_SECRET_KEY: secret };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [script, ...args], { env }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
  });
}

describe('npm run audit:verify', { timeout: 60_000 }, () => {
  let receiver: Receiver;
  let service: ServiceProcess;
  let postgres: PrivatePostgres;
  const env = { FAIRLEAD_SECRET_KEY: SECRET, FAIRLEAD_WEBHOOK_ALLOW: 'default,127.0.0.0/8' };
  beforeAll(async () => {
    receiver = await new Receiver().start();
    [postgres, service] = await Promise.all([startPrivatePostgres({ name: 'verify' }), startServiceProcess({ engines: [], env })]);
  });
  afterAll(async () => {
    await service.stop();
    await receiver.stop();
    await postgres.stop();
  });
  const act = (name: string, at = service) => at.send('POST', '/v1/api-keys', { name, scopes: ['networks:read'] });

  it('reads the records of a running service, and compares them with a head that was exported', async () => {
    await act('one');
    const { stdout } = await verify(service.databaseUrl, ['--head']);
    const { body: head } = await service.get('/v1/audit-records/head');
    expect(stdout).toBe(`${head.sequence}:${head.mac}\n`);
    await act('two');
    const whole = await verify(service.databaseUrl, ['--against', stdout.trim()]);
    expect(whole).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^Intact: 4 rows\. Head 4:v1\.\S+\n$/) });
    expect(await verify(service.databaseUrl, ['--from', stdout.trim()])).toMatchObject({ code: 0, stdout: expect.stringContaining('Intact: 2 rows after row 2.') });
  });

  it('reads a copy that cannot be written to, a write-ahead log beside it', async () => {
    const disk = new SmallDisk(16);
    const files = readdirSync(join(service.dir, 'data')).filter((file) => file.startsWith('fairlead.db'));
    expect(files).toContain('fairlead.db-wal');
    for (const file of files) copyFileSync(join(service.dir, 'data', file), join(disk.path, file));
    disk.makeReadOnly();
    expect(await verify(`sqlite:${join(disk.path, 'fairlead.db')}`)).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^Intact/) });
    disk.remove();
  });

  it('shows a command in the middle of which the service was killed as one of unknown outcome, for good', async () => {
    const { body } = await service.send('POST', '/v1/webhooks', { url: receiver.url, enabled: false });
    const asked = new Promise<void>((resolve) => receiver.answers(() => resolve()));
    const lost = service.send('POST', `/v1/webhooks/${body.id}/test`, {}).catch(() => undefined);
    await asked;
    await service.kill('SIGKILL');
    await lost;
    await service.start();
    const { items } = (await service.get('/v1/audit-records?actions=webhook.test')).body;
    expect(items).toMatchObject([{ outcome: 'unknown', endedAt: null, target: { reference: body.id } }]);
    expect(await verify(service.databaseUrl)).toMatchObject({ code: 0 });
  });

  it('tells the first row that is not as it was written', async () => {
    const file = new DatabaseSync(service.databaseUrl.replace('sqlite:', ''));
    file.exec("update audit_rows set key_name = 'somebody else' where sequence = 3");
    file.close();
    expect(await verify(service.databaseUrl)).toEqual({ code: 1, stdout: '', stderr: 'Broken at row 3: it, or its place, was changed.\n' });
    expect(await verify(service.databaseUrl, [], 'c'.repeat(64))).toMatchObject({ code: 1, stderr: expect.stringContaining('secret key') });
  });

  it('reads PostgreSQL, too, and does not take one that is away for a broken chain', async () => {
    const other = await startServiceProcess({ engines: [], env, databaseUrl: postgres.url });
    await act('one', other);
    expect(await verify(postgres.url)).toMatchObject({ code: 0, stdout: expect.stringContaining('Intact: 2 rows.') });
    await other.stop();
    await postgres.kill('SIGINT');
    expect(await verify(postgres.url)).toMatchObject({ code: 69, stdout: '', stderr: expect.stringMatching(/^Nothing was verified: [^\n]+\n$/) });
  });

  it.each([
    ['an argument that it does not know', ['--all'], undefined, 64],
    ['a head that is none', ['--against', 'the last one'], undefined, 64],
    ['a file that is not there', [], 'sqlite:/nowhere/fairlead.db', 78],
  ])('says in one line what is wrong with %s', async (_what, args, url, code) => {
    expect(await verify(url ?? service.databaseUrl, args)).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(/^[^\n]+\n$/) });
  });
});
