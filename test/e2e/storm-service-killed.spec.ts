import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FairleadEvent } from '../../src/events/event.js';
import { startPrivateEngine, type PrivateEngine } from '../support/private-engine.js';
import { startServiceProcess, type ServiceProcess } from '../support/service-process.js';
import { loggedProcess, untilLogAgrees } from './agreement.js';
import { raiseStorm } from './storm.js';
import { eventually } from '../support/eventually.js';
import { ownFacts, readLog, replay, shownByRest } from '../support/replay.js';
import { Receiver } from '../webhooks/receiver.js';

const CHANGES = 2_000;
/** After so many changes the service is killed, and started again while the storm goes on. */
const KILLED_AFTER = [150, 600, 1_000, 1_400, 1_900];

describe('a service that is killed again and again in a storm of changes', () => {
  let engine: PrivateEngine;
  let service: ServiceProcess;
  let receiver: Receiver;
  let secret: string;
  beforeAll(async () => {
    engine = await startPrivateEngine({ name: 'local', addressPool: 'base=10.0.0.0/8,size=24', daemonArgs: ['--iptables=false'] });
    receiver = await new Receiver().start();
    service = await startServiceProcess({ engines: [engine], env: { FAIRLEAD_WEBHOOK_ALLOW: '127.0.0.0/8' } });
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
    let restarted = Promise.resolve();
    let kills = 0;
    const restart = async (): Promise<void> => {
      await service.restart({ signal: 'SIGKILL' });
      kills += 1;
    };
    const report = await raiseStorm(engine, {
      changes: CHANGES,
      onChange: (made) => {
        if (KILLED_AFTER.includes(made)) restarted = restarted.then(restart);
      },
    });
    await restarted;
    expect([kills, Object.values(report).reduce((sum, made) => sum + made)]).toEqual([KILLED_AFTER.length, CHANGES]);
    await service.untilConnected();
    const { events } = await untilLogAgrees(loggedProcess(service), engine);
    // Each start begins an epoch of cursors.
    expect(new Set(events.map(({ cursor }) => cursor.slice(0, 12))).size).toBeGreaterThan(1);
    // Nothing but a loss of sight is told to end by being connected again: a start is not.
    const count = (wanted: string): number => events.filter(({ type }) => type === wanted).length;
    expect(count('engine.connected')).toBe(count('engine.disconnected') + 1);
  }, 240_000);

  it('delivers every event to a webhook, whose receiver ends with exactly the inventory', async () => {
    const { events, beginnings } = await readLog(loggedProcess(service).place);
    // It was made when the engine was connected already.
    const wanted = events.slice(1).map(({ id }) => id);
    await eventually(() => expect(new Set(receiver.ids)).toEqual(new Set(wanted)), { timeoutMs: 60_000 });
    const first = new Map(receiver.received.map((received) => [received.id, received]));
    const known = [...first.values()].map((received) => receiver.verified(received, secret).data as FairleadEvent);
    const inOrder = known.toSorted((one, other) => (one.cursor < other.cursor ? -1 : 1));
    const { rows } = beginnings.get('local')!;
    const get = async (path: string): Promise<unknown> => (await service.get(path)).body;
    expect(ownFacts(replay({ rows, events: inOrder }))).toEqual(ownFacts(await shownByRest(get, 'local')));
  }, 90_000);
});
