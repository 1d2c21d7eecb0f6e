import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sql } from 'kysely';
import { Settings } from '../../src/config/settings.js';
import { Database } from '../../src/database/database.js';
import { processIdentity } from '../../src/database/process-identity.js';
import { DomainError } from '../../src/errors/domain.error.js';
import { IdempotencyRepository, type KeyScope } from '../../src/idempotency/idempotency.repository.js';
import { IdempotencyService } from '../../src/idempotency/idempotency.service.js';
import { IdempotencyTimings } from '../../src/idempotency/idempotency-timings.js';
import type { KeyedWrite } from '../../src/idempotency/keyed-write.js';
import { attempt, inAttempt, type Finding } from '../../src/inventory/attempt.js';
import { SecretBox } from '../../src/secrets/secret-box.js';
import { aDatabaseSettings } from '../database/database-settings.js';
import { DATABASES, type TestDatabase } from '../support/databases.js';

const SETTINGS = new Settings({ ...aDatabaseSettings({ kind: 'sqlite', file: ':memory:' }), secretKey: 'f'.repeat(64) });
const WRITE: KeyedWrite = { id: 'id', caller: 'c', method: 'POST', path: '/v1/x', key: 'k', asked: '{"password":"1234"}' };
const { asked: ASKED, ...SAME } = WRITE;
const SCOPE: KeyScope = { ...SAME, fingerprint: await new SecretBox(SETTINGS).fingerprint(ASKED, WRITE.id) };
const UNREACHABLE = new DomainError('ENGINE_UNREACHABLE', 'away', { engine: 'local' });
const OPEN = new DomainError('ENGINE_TIMEOUT', 'late', { outcome: 'unknown' });

/** The name of a process that has ended, on this machine. */
async function aDeadProcess(): Promise<string> {
  const child = spawn('true');
  await once(child, 'exit');
  const parts = processIdentity().split('/');
  parts[2] = String(child.pid);
  return parts.join('/');
}

describe.each(DATABASES)('a write with a key, on %s', (_name, make) => {
  let made: TestDatabase;
  let database: Database;
  let repository: IdempotencyRepository;
  let service: IdempotencyService;
  let other: IdempotencyService;
  let acts: number;
  const serviceOn = (records: IdempotencyRepository, settings = SETTINGS): IdempotencyService =>
    new IdempotencyService(records, database, new IdempotencyTimings(), new SecretBox(settings));
  beforeEach(async () => {
    made = await make();
    database = new Database(aDatabaseSettings(made.settings));
    await database.onModuleInit();
    repository = new IdempotencyRepository(database);
    service = serviceOn(repository);
    other = serviceOn(repository);
    acts = 0;
  });
  afterEach(async () => {
    await database.onApplicationShutdown();
    made.drop();
  });

  interface Try {
    readonly by?: IdempotencyService;
    readonly scope?: Partial<KeyedWrite>;
    readonly act?: () => Promise<unknown>;
    readonly found?: Finding<unknown>;
    readonly notesAttempts?: boolean;
    readonly showsSecret?: boolean;
  }
  /** Asks for a write that notes what it does, and answers how often that was done. */
  const ask = ({ by = service, scope = {}, act, found, notesAttempts = true, showsSecret = false }: Try = {}): Promise<unknown> =>
    by.run(
      { ...WRITE, ...scope },
      {
        noting: notesAttempts ? 'before the change' : undefined,
        showsSecret,
        onReplay: () => undefined,
        carryOut: (current) =>
          inAttempt(current, () => {
            const run = async (): Promise<unknown> => {
              acts += 1;
              return act === undefined ? { acts } : act();
            };
            if (!notesAttempts) return run();
            return attempt({
              begin: () => ({ note: 'basis' }),
              act: run,
              inspect: async () => {
                if (found === undefined) throw UNREACHABLE;
                return found;
              },
            });
          }),
      },
    );
  const fail = (error: Error) => ({ act: () => Promise.reject(error) });
  const age = (column: string, ms: number): Promise<unknown> =>
    database.write((transaction) =>
      sql`update idempotency_records set ${sql.ref(column)} = ${sql.ref(column)} - ${ms}`.execute(transaction),
    );

  it('is carried out once, of however many that come at once and on whichever process', async () => {
    const answers = await Promise.allSettled(Array.from({ length: 10 }, (_, index) => ask({ by: index % 2 ? other : service })));
    expect(acts).toBe(1);
    const codes = answers.map((answer) => (answer.status === 'rejected' ? (answer.reason as DomainError).code : 'answered'));
    expect(codes.filter((code) => code !== 'answered' && code !== 'IDEMPOTENCY_IN_PROGRESS')).toEqual([]);
    expect(await ask({ by: other })).toEqual({ acts: 1 });
  });

  it('keeps answers apart by caller, method, path and key, and knows another input', async () => {
    await ask();
    expect(await ask({ scope: { id: 'another' } })).toEqual({ acts: 2 });
    await expect(ask({ scope: { asked: '{}' } })).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  it.each([
    ['a refusal', new DomainError('NETWORK_IN_USE', 'used', { blockingContainers: [] }), 1],
    ['what is not there', new DomainError('NETWORK_NOT_FOUND', 'none'), 1],
    ['an input that is wrong', DomainError.invalid('wrong'), 2],
    ['what is forbidden', new DomainError('FORBIDDEN', 'no'), 2],
    ['an engine that is away', UNREACHABLE, 2],
    ['an engine that did not answer to a look', new DomainError('ENGINE_TIMEOUT', 'late'), 2],
    ['a database that is away', new DomainError('DATABASE_UNAVAILABLE', 'away'), 2],
  ])('that met %s is answered alike, or carried out where that may have passed', async (_what, error, times) => {
    await expect(ask(fail(error))).rejects.toBe(error);
    const second = await ask().catch((thrown: unknown) => thrown);
    if (times === 2) expect(second).toEqual({ acts: 2 });
    else expect(second).toMatchObject({ code: error.code, detail: error.detail, extras: error.extras });
    expect(acts).toBe(times);
  });

  it.each([
    ['whose outcome is open', OPEN],
    ['that met a fault of the service', new TypeError('undefined is not a function')],
  ])('%s is never run again, but looked into', async (_what, error) => {
    await expect(ask(fail(error))).rejects.toBe(error);
    // Nothing can be told while the engine is away.
    await expect(ask()).rejects.toBe(UNREACHABLE);
    await expect(ask({ found: { is: 'undone', detail: 'It is not there.' } })).rejects.toMatchObject({ code: 'IDEMPOTENCY_IN_PROGRESS' });
    expect(await ask({ found: { is: 'done', answer: 'stands' } })).toBe('stands');
    expect(await ask({ found: { is: 'untold', detail: 'never asked' } })).toBe('stands');
    expect(acts).toBe(1);
  });

  it.each<[string, Finding<unknown>, object]>([
    ['nothing stands', { is: 'undone', detail: 'It is not there.', extras: { holder: null } }, { holder: null }],
    ['nothing can be told', { is: 'untold', detail: 'Who knows.' }, { outcome: 'unknown' }],
  ])('of which %s is told so once the engine can no longer be at it, and for good', async (_what, found, extras) => {
    await expect(ask(fail(OPEN))).rejects.toBe(OPEN);
    await age('silent_ms', 15_000);
    const told = { code: 'IDEMPOTENCY_UNFINISHED', detail: expect.stringContaining(found.is === 'done' ? '' : found.detail) as string, extras };
    await expect(ask({ found })).rejects.toMatchObject(told);
    await expect(ask({ found: { is: 'done', answer: 'later' } })).rejects.toMatchObject(told);
    expect(acts).toBe(1);
  });

  it('is carried out where the first was lost before it could begin', async () => {
    await repository.begin(SCOPE, await aDeadProcess(), 1_000);
    expect(await ask()).toEqual({ acts: 1 });
  });

  it('of a process that has ended is looked into at once', async () => {
    const dead = await aDeadProcess();
    await repository.begin(SCOPE, dead, 1_000);
    await repository.note('id', dead, { note: 'basis' });
    expect(await ask({ found: { is: 'done', answer: 'stands' } })).toBe('stands');
    expect(acts).toBe(0);
  });

  it('of a process elsewhere is waited for while it says that it is at it', async () => {
    const elsewhere = ['other', ...processIdentity().split('/').slice(1)].join('/');
    await repository.begin(SCOPE, elsewhere, 1_000);
    await repository.note('id', elsewhere, { note: 'basis' });
    await age('beat_ms', 60_000);
    await repository.beat(['id'], elsewhere);
    await age('beat_ms', 29_000);
    await expect(ask()).rejects.toMatchObject({ code: 'IDEMPOTENCY_IN_PROGRESS' });
    await age('beat_ms', 1_000);
    expect(await ask({ found: { is: 'done', answer: 'stands' } })).toBe('stands');
    // Whoever comes back late finds it taken.
    expect(await repository.finish('id', elsewhere, '{}')).toBe(false);
    expect(await repository.note('id', elsewhere, {})).toBe(false);
  });

  it('that does not note what it does is not run again either, but told to be unknown', async () => {
    await expect(ask({ ...fail(OPEN), notesAttempts: false })).rejects.toBe(OPEN);
    const unknown = { code: 'IDEMPOTENCY_UNFINISHED', extras: { outcome: 'unknown' } };
    await expect(ask({ notesAttempts: false })).rejects.toMatchObject(unknown);
    await expect(ask({ notesAttempts: false })).rejects.toMatchObject(unknown);
    expect(acts).toBe(1);
  });

  it('has its answer kept for a day, and no longer', async () => {
    await ask();
    await age('finished_ms', 86_399_000);
    await repository.prune(86_400_000);
    expect(await ask()).toEqual({ acts: 1 });
    await age('finished_ms', 1_000);
    expect(await ask()).toEqual({ acts: 2 });
    await age('finished_ms', 86_400_000);
    await repository.prune(86_400_000);
    const left = await database.read((db) => db.selectFrom('idempotency_records').select('id').execute());
    expect(left).toEqual([]);
  });

  it('is answered where the answer cannot be kept, and looked into when it is asked for again', async () => {
    const broken = new IdempotencyRepository(database);
    broken.finish = () => Promise.reject(new DomainError('DATABASE_UNAVAILABLE', 'full'));
    const failing = serviceOn(broken);
    expect(await ask({ by: failing })).toEqual({ acts: 1 });
    expect(await ask({ by: failing, found: { is: 'done', answer: 'stands' } })).toBe('stands');
    expect(acts).toBe(1);
  });

  it('that shows a secret is answered alike, and the secret is not to be read in the database', async () => {
    const secret = { act: () => Promise.resolve({ secret: 'whsec_x' }), showsSecret: true };
    expect(await ask(secret)).toEqual({ secret: 'whsec_x' });
    expect(await ask({ ...secret, by: other })).toEqual({ secret: 'whsec_x' });
    const rows = await database.read((db) => db.selectFrom('idempotency_records').selectAll().execute());
    expect(JSON.stringify(rows)).not.toContain('whsec');
    expect(acts).toBe(1);
  });

  it('keeps nothing by which somebody who reads the database could guess what was asked for', async () => {
    await ask();
    await ask({ scope: { id: 'another' } });
    const rows = await database.read((db) => db.selectFrom('idempotency_records').select('fingerprint').execute());
    const [first, second] = rows.map(({ fingerprint }) => fingerprint);
    expect(first).not.toBe(second);
    for (const encoding of ['hex', 'base64', 'base64url'] as const) {
      expect(JSON.stringify(rows)).not.toContain(createHash('sha256').update(ASKED).digest(encoding));
    }
  });

  it('is compared under the secret key that it was asked for with, and not under another one', async () => {
    await ask();
    const stranger = serviceOn(repository, new Settings({ ...SETTINGS, secretKey: 'a'.repeat(64) }));
    for (const scope of [{}, { asked: '{}' }]) {
      const refused = { code: 'SECRET_KEY_MISMATCH', detail: expect.stringContaining('FAIRLEAD_SECRET_KEY') as string };
      await expect(ask({ by: stranger, scope })).rejects.toMatchObject(refused);
    }
    expect(await ask({ by: serviceOn(repository, new Settings({ ...SETTINGS })) })).toEqual({ acts: 1 });
  });

  it('that returns nothing is answered with nothing', async () => {
    expect(await ask({ act: () => Promise.resolve(undefined) })).toBeUndefined();
    expect(await ask()).toBeUndefined();
  });
});
