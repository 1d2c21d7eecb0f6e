import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '../../src/errors/domain.error.js';
import type { FairleadEvent } from '../../src/events/event.js';
import { parseCursor, toCursor } from '../../src/event-log/cursor.js';
import { filterTest, type EventFilter } from '../../src/event-log/event-filter.js';
import { EVERY_EVENT } from '../../src/event-log/event-view.js';
import { DATABASES, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { aChange, openLog, type OpenLog } from './open-log.js';

const NAMES = (count: number, prefix = 'n'): string[] => Array.from({ length: count }, (_, index) => `${prefix}${index}`);

/** Everything of a stream, until it ends. */
function gather(stream: AsyncGenerator<FairleadEvent, void>): { readonly seen: FairleadEvent[]; readonly done: Promise<void> } {
  const seen: FairleadEvent[] = [];
  const done = (async () => {
    for await (const event of stream) seen.push(event);
  })();
  return { seen, done };
}

const namesOf = (events: readonly FairleadEvent[]): string[] => events.map(({ subject }) => subject.name);

describe.each(DATABASES)('the event log on %s', (_name, make) => {
  let place: TestDatabase;
  let log: OpenLog;
  const opened: OpenLog[] = [];
  const open = async (): Promise<OpenLog> => {
    const made = await openLog(place.settings);
    opened.push(made);
    return made;
  };
  const close = async (one: OpenLog): Promise<void> => {
    opened.splice(opened.indexOf(one), 1);
    await one.close();
  };
  beforeEach(async () => {
    place = await make();
    log = await open();
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
    place.drop();
  });

  it('gives each event a place, an id and a cursor that sorts as the log does', async () => {
    await log.writer.write(NAMES(3).map((name) => aChange(name)));
    await log.writer.write(NAMES(40, 'm').map((name) => aChange(name)));
    const { items, total, nextCursor } = await log.service.read({}, { limit: 100 });
    expect(namesOf(items)).toEqual([...NAMES(3), ...NAMES(40, 'm')]);
    expect({ total, nextCursor }).toEqual({ total: 43, nextCursor: null });
    const cursors = items.map(({ cursor }) => cursor);
    expect([...cursors].sort()).toEqual(cursors);
    expect(new Set(items.map(({ id }) => id)).size).toBe(43);
  });

  it('is looked through for few events while others go on', async () => {
    const rare = (name: string) => aChange(name, { labels: { rare: 'yes' } });
    for (const part of ['a', 'b', 'c']) await log.writer.write([...NAMES(2_500, part).map((name) => aChange(name)), rare(`rare-${part}`)]);
    const filter: EventFilter = { labels: ['rare=yes'] };
    const first = await log.service.read(filter, { limit: 2 });
    expect([namesOf(first.items), first.total, first.hasPreviousPage]).toEqual([['rare-a', 'rare-b'], 3, false]);
    const second = await log.service.read(filter, { limit: 2, after: first.nextCursor ?? '' });
    expect([namesOf(second.items), second.total, second.hasPreviousPage, second.nextCursor]).toEqual([['rare-c'], 3, true, null]);
    // Of 130 at once 100 are let in, and answered whole; the others are refused.
    const many = await Promise.allSettled(NAMES(130).map(() => log.service.read({ labels: ['rare=no'] }, {})));
    const refused = many.flatMap((each) => (each.status === 'rejected' ? [each.reason as DomainError] : []));
    expect(refused).toHaveLength(30);
    expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(['RATE_LIMITED']));
  });

  it('is the same after a restart, and its cursors are good for as long', async () => {
    await log.writer.write(NAMES(5).map((name) => aChange(name)));
    const before = (await log.service.read({}, {})).items;
    await close(log);
    const again = await open();
    expect((await again.service.read({}, {})).items).toEqual(before);
    await again.writer.write([aChange('later')]);
    const { items } = await again.service.read({}, { after: before[2]!.cursor });
    expect(namesOf(items)).toEqual(['n3', 'n4', 'later']);
    expect(items[2]!.cursor > items[1]!.cursor).toBe(true);
  });

  it('puts the events of several writers into one order, which followers of each see without a gap or a repeat', async () => {
    const other = await open();
    const start = (await log.service.read({}, {})).items.at(-1)?.cursor;
    const followers = await Promise.all([log, other].map(async ({ service }) => gather(await service.follow({}, start))));
    const write = async ({ writer }: OpenLog, prefix: string): Promise<void> => {
      for (const name of NAMES(40, prefix)) await writer.write([aChange(name), aChange(`${name}+`)]);
    };
    await Promise.all([write(log, 'a'), write(other, 'b'), write(log, 'c')]);
    const { items } = await log.service.read({}, { limit: 500 });
    expect(items).toHaveLength(240);
    const positions = items.map(({ cursor }) => parseCursor(cursor)?.position);
    expect(positions).toEqual(Array.from({ length: 240 }, (_, index) => index + 1));
    for (const { seen } of followers) {
      await eventually(() => expect(seen).toHaveLength(240));
      expect(seen.map(({ cursor }) => cursor)).toEqual(items.map(({ cursor }) => cursor));
    }
  });

  it('replays what is not in memory any more and then follows, while more pour in', async () => {
    for (let round = 0; round < 6; round += 1) await log.writer.write(NAMES(500, `r${round}-`).map((name) => aChange(name)));
    const again = await open();
    const [first] = (await again.service.read({}, { limit: 1 })).items;
    const { seen } = gather(await again.service.follow({}, first!.cursor));
    for (let round = 6; round < 10; round += 1) await log.writer.write(NAMES(500, `r${round}-`).map((name) => aChange(name)));
    await eventually(() => expect(seen).toHaveLength(4_999));
    const positions = seen.map(({ cursor }) => parseCursor(cursor)?.position ?? 0);
    expect(positions).toEqual(Array.from({ length: 4_999 }, (_, index) => index + 2));
  });

  it('keeps those who follow while the database is away, though they have to read from it', async () => {
    for (let round = 0; round < 5; round += 1) await log.writer.write(NAMES(500, `r${round}-`).map((name) => aChange(name)));
    const again = await open();
    const [first] = (await again.service.read({}, { limit: 1 })).items;
    const page = again.repository.page.bind(again.repository);
    let asked = 0;
    again.repository.page = async (...given) => {
      asked += 1;
      if (asked <= 2) throw new DomainError('DATABASE_UNAVAILABLE', 'It is away.');
      return page(...given);
    };
    const { seen } = gather(await again.service.follow({}, first!.cursor));
    await eventually(() => expect(seen).toHaveLength(2_499));
  });

  it('knows a cursor that another process has just given, also when it has begun to look before that', async () => {
    const other = await open();
    await other.writer.write([aChange('old')]);
    await log.tail.look();
    const mayEnd = Promise.withResolvers<void>();
    const bounds = log.repository.bounds.bind(log.repository);
    const begun = Promise.withResolvers<void>();
    log.repository.bounds = async () => {
      const found = await bounds();
      begun.resolve();
      await mayEnd.promise;
      return found;
    };
    const looking = log.tail.look();
    await begun.promise;
    log.repository.bounds = bounds;
    await other.writer.write([aChange('new')]);
    const cursor = (await other.service.read({}, {})).items.at(-1)!.cursor;
    const position = log.service.positionOf(cursor);
    mayEnd.resolve();
    expect(await position).toBe(2);
    await looking;
  });

  it('tells the same events by a filter in the database as in memory', async () => {
    const changes = [
      aChange('web', { labels: { team: 'a', 'x=y': 'z' } }),
      aChange('db', { labels: { team: 'b' }, origin: 'resync', type: 'network.removed' }),
      aChange('odd', { labels: { team: 'a\nteam=b', '': '%_' }, engine: 'other' }),
      aChange('web/c1', { type: 'attachment.created', subject: { kind: 'attachment', id: 'id-of-web.c1', name: 'web/c1' } }),
      aChange('c1', { type: 'container.started', subject: { kind: 'container', id: 'c1', name: 'one' }, labels: { TEAM: 'a' } }),
      aChange('hook', { type: 'webhook.disabled', engine: null, subject: { kind: 'webhook', id: 'w', name: 'hook' } }),
    ];
    await log.writer.write(changes);
    const filters: EventFilter[] = [
      {}, { types: ['network.*'] }, { types: ['network.removed', 'container.*'] }, { types: ['nothing'] }, { types: ['*'] },
      { engines: ['local'] }, { engines: ['other', 'local'] }, { origins: ['resync'] }, { networks: ['web'] },
      { networks: ['id-of-web'] }, { networks: ['id-of-db', 'odd'] }, { containers: ['one'] }, { containers: ['c1'] },
      { labels: ['team'] }, { labels: ['team=a'] }, { labels: ['team=b'] }, { labels: ['Team=a'] }, { labels: ['x=y=z'] },
      { labels: ['=%_'] }, { labels: ['%'] }, { labels: ['team', 'team=a'] }, { labels: ['team=a'], types: ['network.*'], engines: ['local'] },
    ];
    const all = (await log.repository.page(EVERY_EVENT, { after: 0, upTo: 100 }, 100)).items;
    for (const filter of filters) {
      const wanted = all.filter(filterTest(filter)).map(({ event }) => event.subject.name);
      const found = await log.service.read(filter, {});
      expect([filter, namesOf(found.items)]).toEqual([filter, wanted]);
      expect(found.total).toBe(wanted.length);
    }
    expect((await log.service.read({ labels: ['team=a'] }, {})).total).toBe(1);
  });

  it('ends what is older than it is to be, says so to those who come for it, and where to begin', async () => {
    await log.writer.write(NAMES(30).map((name) => aChange(name)));
    const { items } = await log.service.read({}, {});
    const stuck = await log.service.follow({}, items[0]!.cursor);
    while (await log.pruning.prune({ maxAgeMs: 86_400_000, maxCount: 10 })) continue;
    await log.tail.look();
    const kept = await log.service.read({}, {});
    expect(namesOf(kept.items)).toEqual(NAMES(30).slice(20));
    expect(kept.total).toBe(10);
    const refusal = await log.service.read({}, { after: items[5]!.cursor }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'CURSOR_EXPIRED', extras: { oldestCursor: items[19]!.cursor, latestCursor: items[29]!.cursor } });
    await expect(log.service.follow({}, items[18]!.cursor)).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
    const all = await log.service.read({}, { after: items[19]!.cursor });
    expect(namesOf(all.items)).toEqual(NAMES(30).slice(20));
    await stuck.return();
  });

  it('stays good for who has read all of it, when all of it is gone and services have been started since', async () => {
    await log.writer.write(NAMES(5).map((name) => aChange(name)));
    const last = (await log.service.read({}, {})).items.at(-1)!.cursor;
    await open();
    while (await log.pruning.prune({ maxAgeMs: -60_000, maxCount: 1_000 })) continue;
    const again = await open();
    await again.writer.write([aChange('later')]);
    expect(namesOf((await again.service.read({}, { after: last })).items)).toEqual(['later']);
  });

  it('ends what is older than its age', async () => {
    await log.writer.write(NAMES(5).map((name) => aChange(name)));
    while (await log.pruning.prune({ maxAgeMs: -60_000, maxCount: 1_000 })) continue;
    await log.tail.look();
    expect((await log.service.read({}, {})).total).toBe(0);
    await log.writer.write([aChange('young')]);
    expect(namesOf((await log.service.read({}, {})).items)).toEqual(['young']);
  });

  it.each([
    ['no cursor', 'garbage', 'INVALID_CURSOR'],
    ['one that no event has borne yet', undefined, 'INVALID_CURSOR'],
    ['one of another log', toCursor({ epoch: '000000000abc', position: 1 }), 'CURSOR_EXPIRED'],
  ])('refuses %s', async (_what, cursor, code) => {
    const given = cursor ?? toCursor({ epoch: log.tail.epoch, position: 99 });
    await expect(log.service.read({}, { after: given })).rejects.toMatchObject({ code });
    await expect(log.service.follow({}, given)).rejects.toMatchObject({ code });
  });

  it('lets followers go when the service stops, after the last event', async () => {
    const { seen, done } = gather(await log.service.follow({}));
    await log.writer.write([aChange('last')]);
    log.tail.beforeApplicationShutdown();
    await done;
    expect(namesOf(seen)).toEqual(['last']);
  });

  it('notices that its database was put back from a copy while it runs, and tells followers so', async () => {
    await log.writer.write(NAMES(5).map((name) => aChange(name)));
    const { items } = await log.service.read({}, {});
    const { done } = gather(await log.service.follow({}, items[4]!.cursor));
    await log.database.write(async (transaction) => {
      await transaction.deleteFrom('events').where('position', '>', 3).execute();
      await transaction.updateTable('log_head').set({ position: 3 }).execute();
    });
    await expect(done).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
    await expect(log.service.read({}, { after: items[4]!.cursor })).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
    await log.writer.write([aChange('anew')]);
    const after = await log.service.read({}, { after: items[2]!.cursor });
    expect(namesOf(after.items)).toEqual(['anew']);
    expect(after.items[0]!.cursor > items[4]!.cursor).toBe(true);
  });
});
