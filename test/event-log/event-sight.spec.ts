import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SEEN_BY, type EventType, type FairleadEvent, type Labels, type ObservedChange } from '../../src/events/event.js';
import { EVERY_EVENT } from '../../src/event-log/event-view.js';
import { sightTest } from '../../src/event-log/event-sight.js';
import { Sight } from '../../src/sight/sight.js';
import { DATABASES, type TestDatabase } from '../support/databases.js';
import { aChange, openLog, type OpenLog } from './open-log.js';

/** The same numbers each time: what fails, fails again. */
function numbers(seed: number): <T>(among: readonly T[]) => T {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return (among) => among[Math.floor(next() * among.length)]!;
}

const TYPES: readonly EventType[] = [
  ...(['network.created', 'network.removed', 'container.started', 'container.oom-killed', 'attachment.activated'] as const),
  ...(['attachment.removed', 'engine.gap', 'engine.removed', 'webhook.disabled'] as const),
];
const ENGINES = ['one', 'two', "thr'ee"];
/** Spelt by those who would be taken for another team, too. */
const LABELS: readonly (Labels | null)[] = [
  null, {}, { team: 'a' }, { team: 'b' }, { team: '' }, { team: 'A' }, { team: 'a', env: 'dev' }, { team: 'b', env: 'prod', x: 'y' },
  { 'team=a': '' }, { 'team=a': 'x' }, { 'x\nteam=a\n': 'y' }, { x: 'y\nteam=a\n' }, { 'x\\nteam': 'a' }, { 'team ': 'a' }, { team: 'a\\' },
  { TEAM: 'a' }, { 'my.team': 'a' }, { team: 'a%' }, { '%': 'team=a' }, { '\\eteam': 'a' }, { team: 'a\0' }, JSON.parse('{"__proto__":"a"}') as Labels,
];
const SELECTORS = [
  null, 'team=a', 'team!=a', 'team', '!team', 'team in (a,b)', 'team notin (a,b)', 'team=', 'team=a,env=dev', 'team=a,!env', 'env', '!x,team!=b', '__proto__',
];
const SIGHTS = [[], ['one', "thr'ee"]].flatMap((engines) => SELECTORS.map((selector) => Sight.of(engines, selector)));

function generated(count: number): ObservedChange[] {
  const one = numbers(20_261_125);
  return Array.from({ length: count }, (_, index) => {
    const type = one(TYPES);
    const [family] = type.split('.') as [FairleadEvent['subject']['kind']];
    const about = (kind: string): Labels | null => (family === kind || family === 'attachment' ? one(LABELS) : null);
    return aChange(`e${index}`, {
      ...{ type, engine: family === 'webhook' ? null : one(ENGINES), subject: { kind: family, id: `i.${index}`, name: `e${index}` } },
      [SEEN_BY]: { network: about('network'), container: about('container'), others: null },
    });
  });
}

/** The rule, said again by other means. */
function maySee(sight: Sight, change: ObservedChange): boolean {
  const { engine, subject: { kind } } = change;
  if (sight.engines.length === 0 && sight.selector === null) return true;
  if (engine === null || !sight.seesEngine(engine)) return false;
  const sees = (labels: Labels | null | undefined): boolean =>
    sight.selector === null || (labels !== null && labels !== undefined && sight.selector.matches(labels));
  const { network, container } = change[SEEN_BY]!;
  if (kind === 'network') return sees(network);
  if (kind === 'container') return sees(container);
  return kind === 'engine' || (sees(network) && sees(container));
}

const namesOf = (events: readonly { readonly subject: { readonly name: string } }[]): string[] => events.map(({ subject }) => subject.name);

describe.each(DATABASES)('what a key sees of the event log on %s', (_name, make) => {
  let place: TestDatabase;
  let log: OpenLog;
  beforeEach(async () => {
    place = await make();
    log = await openLog(place.settings);
  });
  afterEach(async () => {
    await log.close();
    place.drop();
  });

  it('is the same by the rule, in memory and in the database, on all pages, in totals and to followers', async () => {
    const changes = generated(150);
    await log.writer.write(changes);
    const logged = (await log.repository.page(EVERY_EVENT, { after: 0, upTo: 200 }, 200)).items;
    for (const sight of SIGHTS) {
      const wanted = namesOf(changes.filter((change) => maySee(sight, change)));
      expect([sight.key, namesOf(logged.filter(sightTest(sight)).map(({ event }) => event))]).toEqual([sight.key, wanted]);
      const { items, total } = await log.serviceFor(sight).read({}, { limit: 500 });
      expect([sight.key, namesOf(items), total]).toEqual([sight.key, wanted, wanted.length]);
    }
    const sight = Sight.of(['one'], 'team');
    const wanted = namesOf(changes.filter((change) => maySee(sight, change)));
    expect(wanted.length).toBeGreaterThan(10);
    expect(await namesByPages(log, sight)).toEqual(wanted);
    expect(await followed(log, sight, wanted.length)).toEqual(wanted);
  });

  it('goes on for a follower behind what others are told, and from a cursor that another saw', async () => {
    const own = { [SEEN_BY]: { network: { team: 'a' }, container: null, others: null } };
    await log.writer.write([aChange('first', own), aChange('hidden', { labels: { team: 'b' } })]);
    const cursor = (await log.service.read({}, {})).items.at(-1)!.cursor;
    const team = log.serviceFor(Sight.of([], 'team=a'));
    const stream = await team.follow({}, cursor);
    await log.writer.write([aChange('hidden too', { labels: { team: 'b' } }), aChange('second', own)]);
    expect((await stream.next()).value).toMatchObject({ subject: { name: 'second' } });
    await stream.return();
    expect(await team.read({}, { after: cursor })).toMatchObject({ total: 2, nextCursor: null, hasPreviousPage: true });
  });
});

async function namesByPages(log: OpenLog, sight: Sight): Promise<string[]> {
  const names: string[] = [];
  for (let after: string | undefined; ; ) {
    const { items, nextCursor } = await log.serviceFor(sight).read({}, { after, limit: 3 });
    names.push(...namesOf(items));
    if (nextCursor === null) return names;
    after = nextCursor;
  }
}

/** Everything, replayed from the beginning. */
async function followed(log: OpenLog, sight: Sight, count: number): Promise<string[]> {
  const [first] = (await log.service.read({}, { limit: 1 })).items;
  const start = first!.cursor.slice(0, -11) + '0'.repeat(11);
  const stream = await log.serviceFor(sight).follow({}, start);
  const names: string[] = [];
  while (names.length < count) names.push(...namesOf([(await stream.next()).value!]));
  await stream.return();
  return names;
}
