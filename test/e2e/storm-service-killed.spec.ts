import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FairleadEvent } from '../../src/events/event.js';
import { eventually } from '../support/eventually.js';
import { startPrivateEngine, type PrivateEngine } from '../support/private-engine.js';
import { startPrivatePostgres } from '../support/private-postgres.js';
import { ownFacts, readLog, replay, shownByRest } from '../support/replay.js';
import { startServiceProcess, type ServiceProcess } from '../support/service-process.js';
import { loggedProcess, untilLogAgrees } from './agreement.js';
import { FailingReceiver, notedFailures } from './failing-receiver.js';
import { raiseStorm } from './storm.js';

interface Storm {
  readonly database: string;
  readonly changes: number;
  /** After so many of them the service is killed, and started again while the storm goes on. */
  readonly killedAfter: readonly number[];
  /** undefined for the default. */
  urlOfDatabase(): Promise<string | undefined>;
}

const STORMS: readonly Storm[] = [
  {
    ...{ database: 'SQLite', changes: 700, killedAfter: [150, 280, 400, 520, 640] },
    urlOfDatabase: () => Promise.resolve(undefined),
  },
  {
    ...{ database: 'PostgreSQL', changes: 400, killedAfter: [150, 300] },
    // The server ends with the file.
    urlOfDatabase: async () => (await startPrivatePostgres({ name: 'storm' })).url,
  },
];
/** Between so many changes nobody listens where webhooks are delivered to. */
const DOWN = { from: 30, until: 120 };

describe.each(STORMS)('a service on $database that is killed again and again in a storm of changes', (storm) => {
  const { changes, killedAfter } = storm;
  let engine: PrivateEngine;
  let service: ServiceProcess;
  let receiver: FailingReceiver;
  let secret: string;
  beforeAll(async () => {
    engine = await startPrivateEngine({ name: 'local', addressPool: 'base=10.0.0.0/8,size=24', daemonArgs: ['--iptables=false'] });
    receiver = await new FailingReceiver().start();
    const databaseUrl = await storm.urlOfDatabase();
    service = await startServiceProcess({ engines: [engine], databaseUrl, env: { FAIRLEAD_WEBHOOK_ALLOW: '127.0.0.0/8' } });
    await service.untilConnected();
    const made = await service.send('POST', '/v1/webhooks', { url: receiver.url });
    ({ secret } = made.body as { secret: string });
  });
  afterAll(async () => {
    await service.stop();
    await receiver.stop();
    await engine.stop();
  });

  it('accounts for every final state, tells nothing twice, and frames what it could not see step by step', async () => {
    let kills = 0;
    const restart = async (): Promise<void> => {
      await service.restart({ signal: 'SIGKILL' });
      kills += 1;
      if (kills === 1) receiver.meetNext({ answers500: 12, redirects: 12, closesInTheHead: 12, closesInTheBody: 4 });
      // That nothing has come for as long as is waited is noted only by one that lives on.
      if (kills === killedAfter.length) receiver.meetNext({ neverAnswers: 3 });
    };
    const plan = new Map<number, () => Promise<unknown>>([
      [DOWN.from, () => receiver.stop()],
      [DOWN.until, () => receiver.start()],
      ...killedAfter.map((made) => [made, restart] as const),
    ]);
    let done: Promise<unknown> = Promise.resolve();
    const report = await raiseStorm(engine, {
      changes,
      onChange: (made) => {
        done = done.then(plan.get(made));
      },
    });
    await done;
    expect([kills, Object.values(report).reduce((sum, made) => sum + made)]).toEqual([killedAfter.length, changes]);
    await service.untilConnected();
    const { events } = await untilLogAgrees(loggedProcess(service), engine);
    // Each start begins an epoch of cursors.
    expect(new Set(events.map(({ cursor }) => cursor.slice(0, 12))).size).toBeGreaterThan(1);
    // Nothing but a loss of sight is told to end by being connected again: a start is not.
    const count = (wanted: string): number => events.filter(({ type }) => type === wanted).length;
    expect(count('engine.connected')).toBe(count('engine.disconnected') + 1);
  }, 240_000);

  it('delivers every event to a webhook, whose receiver fails in every way meanwhile and ends with exactly the inventory', async () => {
    const { place } = loggedProcess(service);
    const { events, beginnings } = await readLog(place);
    // It was made when the engine was connected already.
    const wanted = events.slice(1).map(({ id }) => id);
    await eventually(() => expect(new Set(receiver.taken.map(({ id }) => id))).toEqual(new Set(wanted)), { timeoutMs: 90_000 });
    const first = new Map(receiver.taken.map((received) => [received.id, received]));
    const known = [...first.values()].map((received) => receiver.verified(received, secret).data as FairleadEvent);
    const inOrder = known.toSorted((one, other) => (one.cursor < other.cursor ? -1 : 1));
    const { rows } = beginnings.get('local')!;
    const get = async (path: string): Promise<unknown> => (await service.get(path)).body;
    expect(ownFacts(replay({ rows, events: inOrder }))).toEqual(ownFacts(await shownByRest(get, 'local')));
    expect(await notedFailures(place)).toEqual(new Set(['nobody listens', 'serverError', 'redirect', 'connection', 'timeout']));
    // Where it was redirected to nothing was sent.
    expect(new Set(receiver.received.map(({ path }) => path))).toEqual(new Set(['/hook']));
  }, 120_000);
});
