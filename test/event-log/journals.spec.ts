import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '../../src/errors/domain.error.js';
import type { Checkpoint, EngineJournal } from '../../src/events/engine-journal.js';
import type { LeasedJournal } from '../../src/event-log/leased-journal.js';
import { EVERY_EVENT } from '../../src/event-log/event-view.js';
import { DATABASES, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { aChange, anEntry, openLog, type OpenLog } from './open-log.js';

const QUICK = { leaseMs: 600, renewMs: 100, askMs: 50, patienceMs: 10_000, firstRetryMs: 10, mostRetryMs: 50 };
const CHECKPOINT: Checkpoint = { time: '2026-11-25T10:00:00Z', timeNano: '1795468716303780702', recent: ['a', 'b'] };

describe.each(DATABASES)('journals of an engine on %s', (_name, make) => {
  let place: TestDatabase;
  const opened: OpenLog[] = [];
  const leaving: AbortController[] = [];
  beforeEach(async () => {
    place = await make();
  });
  afterEach(async () => {
    for (const each of leaving.splice(0)) each.abort();
    for (const log of opened.splice(0)) {
      await log.journals.closed();
      await log.close();
    }
    place.drop();
  });

  interface Process {
    readonly log: OpenLog;
    readonly journals: EngineJournal[];
    leave(): Promise<void>;
  }

  /** A process that asks for the engine's journal, and what it is given. */
  const process = async (timings = QUICK): Promise<Process> => {
    const log = await openLog(place.settings, timings);
    opened.push(log);
    const end = new AbortController();
    leaving.push(end);
    const journals: EngineJournal[] = [];
    await log.journals.open('local', (journal) => void journals.push(journal), end.signal);
    const leave = async (): Promise<void> => {
      end.abort();
      await log.journals.closed();
    };
    return { log, journals, leave };
  };
  const told = async ({ log }: Process): Promise<string[]> =>
    (await log.service.read({}, { limit: 500 })).items.map(({ subject }) => subject.name);

  it('are given to one process at a time, and go to the next at once when it leaves', async () => {
    const one = await process();
    const two = await process();
    expect([one.journals.length, two.journals.length]).toEqual([1, 0]);
    expect([one.log.journals.isToldHere('local'), two.log.journals.isToldHere('local')]).toEqual([true, false]);
    one.journals[0]!.write(anEntry({ changes: [aChange('first')] }));
    await one.leave();
    await eventually(() => expect(two.journals).toHaveLength(1));
    expect(await told(two)).toEqual(['first']);
  });

  it('begin where the one before ended: with what was told, and the last of the engine', async () => {
    const one = await process();
    expect(one.journals[0]!.start).toEqual({ told: null, checkpoint: null, hole: null });
    const [journal] = one.journals;
    journal!.write(anEntry({ told: [{ kind: 'network', id: 'n1', known: { name: 'a' } }, { kind: 'network', id: 'n2', known: { name: 'b' } }], begins: true }));
    journal!.write(anEntry({ told: [{ kind: 'network', id: 'n1', known: null }, { kind: 'engine', id: 'local', known: { connected: true } }], checkpoint: CHECKPOINT }));
    await one.leave();
    const two = await process();
    const { start } = two.journals[0]!;
    expect(start.checkpoint).toEqual(CHECKPOINT);
    expect([...(start.told ?? [])].sort((a, b) => a.id.localeCompare(b.id))).toEqual([
      { kind: 'engine', id: 'local', known: { connected: true } },
      { kind: 'network', id: 'n2', known: { name: 'b' } },
    ]);
  });

  it('are fenced: one who slept through the loss of the lease writes nothing any more', async () => {
    const frozen = await process({ ...QUICK, renewMs: 60_000 });
    const two = await process();
    await eventually(() => expect(two.journals).toHaveLength(1));
    two.journals[0]!.write(anEntry({ changes: [aChange('of the second')] }));
    frozen.journals[0]!.write(anEntry({ changes: [aChange('of the first, too late')], told: [{ kind: 'network', id: 'late', known: {} }] }));
    await eventually(() => expect(frozen.journals[0]!.ended.aborted).toBe(true));
    // The first has ended: what is there once the second has written stays.
    await eventually(async () => expect(await told(two)).toEqual(['of the second']));
  });

  it('write everything in order while the database fails for a while', async () => {
    const one = await process();
    const { database } = one.log;
    let failing = true;
    const write = database.write.bind(database);
    database.write = async (work) => {
      if (!failing) return write(work);
      return write(async (transaction) => {
        await work(transaction);
        throw Object.assign(new Error('disk I/O error'), { errcode: 10 });
      });
    };
    for (const name of ['a', 'b', 'c']) one.journals[0]!.write(anEntry({ changes: [aChange(name)] }));
    await eventually(() => expect(database.condition).toMatchObject({ state: 'failing', problem: 'the disk fails' }));
    failing = false;
    await eventually(async () => expect(await told(one)).toEqual(['a', 'b', 'c']));
    await eventually(() => expect(database.condition).toEqual({ state: 'available', problem: null }));
  });

  it('write once what they could not know to have written', async () => {
    const one = await process();
    const { database } = one.log;
    const write = database.write.bind(database);
    let isFirst = true;
    // The connection breaks after the commit: the writer is told that it failed.
    database.write = async (work) => {
      const result = await write(work);
      if (!isFirst) return result;
      isFirst = false;
      throw new DomainError('DATABASE_UNAVAILABLE', 'The connection broke.');
    };
    one.journals[0]!.write(anEntry({ changes: [aChange('once'), aChange('and once')] }));
    one.journals[0]!.write(anEntry({ changes: [aChange('then')] }));
    await eventually(async () => expect(await told(one)).toEqual(['once', 'and once', 'then']));
  });

  it('say what was dropped when too much waits for a database that fails', async () => {
    const one = await process({ ...QUICK, mostWaiting: 3 } as typeof QUICK);
    const { database } = one.log;
    const write = database.write.bind(database);
    let failing = true;
    database.write = async (work) => {
      if (!failing) return write(work);
      return write(async () => {
        throw Object.assign(new Error('full'), { errcode: 13 });
      });
    };
    for (const name of ['a', 'b', 'c', 'd', 'e']) one.journals[0]!.write(anEntry({ changes: [aChange(name)] }));
    await eventually(() => expect(one.journals[0]!.ended.aborted).toBe(true));
    failing = false;
    await eventually(() => expect(one.journals).toHaveLength(2));
    expect(one.journals[1]!.start.hole).toMatch(/could not be kept.*disk is full/);
    expect(await told(one)).toEqual([]);
  });

  it('take up no more, however long the database is away, for what tells nothing', async () => {
    const one = await process();
    const { database } = one.log;
    const write = database.write.bind(database);
    let failing = true;
    database.write = async (work) => {
      if (!failing) return write(work);
      throw new DomainError('DATABASE_UNAVAILABLE', 'It is away.');
    };
    const journal = one.journals[0] as LeasedJournal;
    journal.write(anEntry({ changes: [aChange('before')] }));
    for (let n = 1; n <= 1_000; n += 1) {
      journal.write(anEntry({ checkpoint: { ...CHECKPOINT, timeNano: String(n) }, told: [{ kind: 'network', id: `n${n % 3}`, known: { n } }] }));
    }
    expect(journal.waitingCount).toBeLessThan(5);
    failing = false;
    journal.write(anEntry({ changes: [aChange('after')] }));
    await eventually(async () => expect(await told(one)).toEqual(['before', 'after']));
    expect(await one.log.journalRepository.checkpoint('local')).toMatchObject({ timeNano: '1000' });
    expect(await one.log.journalRepository.told('local')).toBeNull();
  });

  it('keep a snapshot from which the rest can be replayed, also after old events are gone', async () => {
    const one = await process();
    const [journal] = one.journals;
    journal!.write(anEntry({ told: [{ kind: 'network', id: 'n0', known: { name: 'n0' } }], begins: true }));
    for (let n = 1; n <= 20; n += 1) {
      journal!.write(anEntry({ changes: [aChange(`n${n}`)], told: [{ kind: 'network', id: `n${n}`, known: { name: `n${n}` } }] }));
    }
    await eventually(async () => expect(await told(one)).toHaveLength(20));
    while (await one.log.pruning.prune({ maxAgeMs: 86_400_000, maxCount: 5 })) continue;
    const { rows } = await one.log.database.read((db) =>
      sql<{ position: number; body: string }>`select position, body from log_snapshots order by position`.execute(db));
    const kept = await one.log.repository.page(EVERY_EVENT, { after: 0, upTo: 100 }, 100);
    expect(rows).toHaveLength(1);
    expect(rows[0]!.position).toBeGreaterThanOrEqual(kept.items[0]!.position - 1);
    expect(JSON.parse(rows[0]!.body)).toHaveLength(21);
  });
});
