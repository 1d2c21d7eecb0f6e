import { setImmediate as nextTurn } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { sql, type RawBuilder } from 'kysely';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { aRow } from '../../src/audit/audit-row.js';
import { checkChain, type CheckOptions } from '../../src/audit/chain-check.js';
import { ChainRepository } from '../../src/audit/chain.repository.js';
import { ChainWriter } from '../../src/audit/chain-writer.js';
import { Settings } from '../../src/config/settings.js';
import { Database } from '../../src/database/database.js';
import { DomainError } from '../../src/errors/domain.error.js';
import { SecretBox } from '../../src/secrets/secret-box.js';
import { aDatabaseSettings } from '../database/database-settings.js';
import { DATABASES, type TestDatabase } from '../support/databases.js';

const SECRET = 'a'.repeat(64);

interface Party {
  readonly database: Database;
  readonly chain: ChainRepository;
  readonly writer: ChainWriter;
}

describe.each(DATABASES)('the chain of audit records, on %s', (_name, make) => {
  let place: TestDatabase;
  let party: Party;
  const opened: Database[] = [];
  const join = async (secretKey = SECRET): Promise<Party> => {
    const settings = new Settings({ ...aDatabaseSettings(place.settings), secretKey });
    const database = new Database(settings);
    opened.push(database);
    await database.onModuleInit();
    const chain = new ChainRepository(database, new SecretBox(settings));
    return { database, chain, writer: new ChainWriter(chain) };
  };
  beforeEach(async () => {
    place = await make();
    party = await join();
  });
  afterEach(async () => {
    for (const database of opened.splice(0)) await database.onApplicationShutdown();
    place.drop();
  });

  /** Six commands, each with both of its rows but the last: rows 1 to 11. */
  const write = (): Promise<void> => {
    const rows = ['a', 'b', 'c', 'd', 'e', 'f'].flatMap((command) => [
      aRow(command, 'begun', { action: 'network.create', key_id: 'k', dry_run: 0 }),
      aRow(command, 'ended', { outcome: 'succeeded', after_state: '{"id":"n"}' }),
    ]);
    return party.chain.append(rows.slice(0, 11));
  };
  const writeOneMore = async (): Promise<void> => {
    await party.writer.append(aRow('g', 'begun', {}));
    await party.writer.append(aRow('g', 'ended', { outcome: 'refused' }));
  };
  const check = (options: CheckOptions = {}) => checkChain(party.chain, options);
  const change = (...statements: RawBuilder<unknown>[]): Promise<void> =>
    party.database.write(async (transaction) => {
      for (const statement of statements) await statement.execute(transaction);
    });
  const headOf = async () => (await party.chain.bounds()).head;

  it('is intact as it is written, empty or not', async () => {
    expect(await check()).toMatchObject({ isIntact: true, rows: 0 });
    await write();
    expect(await check()).toEqual({ isIntact: true, rows: 11, from: 0, head: await headOf(), isCompared: false });
  });

  it.each<[string, () => RawBuilder<unknown>[], number]>([
    ['a changed value', () => [sql`update audit_rows set key_id = 'other' where sequence = 5`], 5],
    ['a changed time', () => [sql`update audit_rows set recorded_ms = recorded_ms - 1 where sequence = 1`], 1],
    ['a value moved to another column', () => [sql`update audit_rows set subject = key_id, key_id = null where sequence = 7`], 7],
    ['a state that is made up', () => [sql`update audit_rows set before_state = '{}' where sequence = 4`], 4],
    ['a row taken out of the middle', () => [sql`delete from audit_rows where sequence = 4`], 4],
    ['a row taken out, and those behind moved up', () => [
      sql`delete from audit_rows where sequence = 10`,
      sql`update audit_rows set sequence = 10 where sequence = 11`,
      sql`update audit_head set sequence = 10`,
    ], 10],
    ['rows in another order', () => [
      sql`update audit_rows set sequence = 99 where sequence = 3`,
      sql`update audit_rows set sequence = 3 where sequence = 5`,
      sql`update audit_rows set sequence = 5 where sequence = 99`,
    ], 3],
    ['a row that is put in twice', () => [
      sql`insert into audit_rows select 12, 'again', step, recorded_ms, dry_run, changed, replayed, mac, key_id, key_name, subject, address, face,
        request_id, action, kind, reference, engine, target_id, target_name, outcome, code, before_state, after_state, omitted from audit_rows where sequence = 11`,
      sql`update audit_head set sequence = 12`,
    ], 12],
    ['the first row taken out', () => [sql`delete from audit_rows where sequence = 1`], 1],
    ['the last row taken out', () => [sql`delete from audit_rows where sequence = 11`], 11],
    ['everything taken out', () => [sql`delete from audit_rows`], 1],
    ['the front taken out as if retention had', () => [
      sql`update audit_head set pruned_to = 4, pruned_mac = (select mac from audit_rows where sequence = 4), pruned_seal = 'v1.x.y'`,
      sql`delete from audit_rows where sequence <= 4`,
    ], 4],
    ['the front taken out, and no seal', () => [
      sql`update audit_head set pruned_to = 4, pruned_mac = (select mac from audit_rows where sequence = 4)`,
      sql`delete from audit_rows where sequence <= 4`,
    ], 4],
  ])('shows %s', async (_what, statements, sequence) => {
    await write();
    await change(...statements());
    expect(await check()).toMatchObject({ isIntact: false, sequence });
    // It does not heal over.
    await party.writer.append(aRow('later', 'begun', {}));
    expect(await check()).toMatchObject({ isIntact: false, sequence });
  });

  it('shows an end that was cut off and covered up to whoever kept a head', async () => {
    await write();
    const head = await headOf();
    await change(
      sql`delete from audit_rows where sequence > 8`,
      sql`update audit_head set sequence = 8, mac = (select mac from audit_rows where sequence = 8)`,
    );
    expect(await check()).toMatchObject({ isIntact: true, rows: 8 });
    expect(await check({ against: head })).toMatchObject({ isIntact: false, sequence: 9 });
    for (const command of ['x', 'y', 'z']) await party.writer.append(aRow(command, 'begun', {}));
    expect(await check({ against: head })).toMatchObject({ isIntact: false, sequence: 11 });
    expect(await check({ against: await headOf() })).toMatchObject({ isIntact: true });
  });

  it('begins behind what retention has taken away', async () => {
    await write();
    const head = await headOf();
    expect(await party.chain.prune(3_600_000)).toBe(false);
    expect(await check()).toMatchObject({ isIntact: true, from: 0, rows: 11 });
    // Nothing is younger than that.
    expect(await party.chain.prune(-3_600_000)).toBe(false);
    expect(await check({ against: head })).toEqual({ isIntact: true, from: 11, rows: 0, head, isCompared: true });
    expect(await check({ against: { ...head, sequence: 4 } })).toMatchObject({ isIntact: true, isCompared: false });
    await writeOneMore();
    expect(await check({ against: head })).toMatchObject({ isIntact: true, from: 11, rows: 2, isCompared: true });
    await change(sql`delete from audit_rows where sequence = 12`);
    expect(await check()).toMatchObject({ isIntact: false, sequence: 12 });
  });

  it.each([
    ['a time that was made up', 3_600_000, sql`update audit_rows set recorded_ms = 0 where sequence <= 3`],
    ['a row taken out', -3_600_000, sql`delete from audit_rows where sequence = 3`],
    ['a beginning that was made up', -3_600_000, sql`update audit_head set pruned_to = 2, pruned_mac = (select mac from audit_rows where sequence = 2)`],
  ])('is not tidied up by retention after %s', async (_what, maxAgeMs, statement) => {
    await write();
    await change(statement);
    await expect(party.chain.prune(maxAgeMs)).rejects.toThrow('not as they were written');
    expect(await check()).toMatchObject({ isIntact: false });
  });

  it('can be looked at from a place that is known to be good', async () => {
    await write();
    const head = await headOf();
    const heir = await join('b'.repeat(64));
    await heir.writer.append(aRow('new key', 'begun', {}));
    expect(await check()).toMatchObject({ isIntact: false, sequence: 12, problem: expect.stringContaining('secret key') });
    expect(await checkChain(heir.chain, {})).toMatchObject({ isIntact: false, sequence: 1, problem: expect.stringContaining('secret key') });
    expect(await checkChain(heir.chain, { from: head })).toMatchObject({ isIntact: true, from: 11, rows: 1 });
    expect(await checkChain(heir.chain, { from: { ...head, mac: 'v1.made.up' } })).toMatchObject({ isIntact: false, sequence: 12 });
  });

  it('is one, however many write to it at once, and while it is read', async () => {
    const others = [party, await join(), await join()];
    const writing = Promise.all(
      others.flatMap(({ writer }, index) => Array.from({ length: 60 }, (_, turn) => writer.append(aRow(`${index}-${turn}`, 'begun', {})))),
    );
    let isOver = false;
    const checking = (async () => {
      for (; !isOver; await nextTurn()) expect(await check()).toMatchObject({ isIntact: true });
    })();
    await writing.finally(() => (isOver = true));
    await checking;
    expect(await check()).toMatchObject({ isIntact: true, rows: 180 });
  });

  it('takes outcomes late, once, and only of commands that went on record', async () => {
    await write();
    const outcome = (command: string) => aRow(command, 'ended', { outcome: 'failed' });
    await party.chain.appendMissing([outcome('a'), outcome('f'), outcome('never')]);
    await party.chain.appendMissing([outcome('f')]);
    expect(await check()).toMatchObject({ isIntact: true, rows: 12 });
  });
});

describe('an outcome that waits for a database', () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it('is given up when the service ends without one, and that is said', async () => {
    vi.useFakeTimers();
    const said = vi.spyOn(Logger.prototype, 'error').mockReturnValue();
    let tries = 0;
    const away = {
      appendMissing: () => {
        tries += 1;
        return Promise.reject(new DomainError('DATABASE_UNAVAILABLE', 'It is away.'));
      },
    };
    const writer = new ChainWriter(away as unknown as ChainRepository);
    writer.appendLater(aRow('lost', 'ended', { outcome: 'failed' }));
    await vi.advanceTimersByTimeAsync(2_500);
    expect(tries).toBe(2);
    await writer.beforeApplicationShutdown();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(tries).toBe(3);
    expect(said.mock.calls.flat()).toEqual([expect.stringContaining('1 rows of commands stay off the record')]);
    writer.appendLater(aRow('late', 'ended', { outcome: 'failed' }));
    expect(said.mock.calls.flat().at(-1)).toContain('The outcome of the command late stays off the record');
  });
});
