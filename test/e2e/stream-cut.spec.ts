import { Agent } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from '../../src/database/database.js';
import { WatchTimings } from '../../src/watcher/watch-timings.js';
import { openCuttableSocket, type CuttableSocket } from '../support/cuttable-socket.js';
import { eventually } from '../support/eventually.js';
import { startPrivateEngine, type PrivateEngine } from '../support/private-engine.js';
import type { KeptLog } from '../support/replay.js';
import { startApp, type StartedApp } from '../support/start-app.js';
import { loggedApp, steps, untilLogAgrees } from './agreement.js';
import { untilConnected } from './service.js';
import { askEngine, raiseStorm } from './storm.js';

/** An outage as the promise has it. */
const CUT_MS = 30_000;
/** As many events of all kinds does an engine remember. */
const REMEMBERED = 256;

describe('a way to the engine that is cut for a while', () => {
  let engine: PrivateEngine;
  let way: CuttableSocket;
  let app: StartedApp;
  const agent = new Agent({ keepAlive: true });
  const agreed = (): Promise<KeptLog> => untilLogAgrees(loggedApp(app), engine);
  const untilState = (state: string): Promise<void> =>
    eventually(async () => expect((await app.http.get('/v1/engines/local')).body).toMatchObject({ state }), { timeoutMs: 30_000 });
  /** Renames it there and back, each of which is one event. */
  const rename = async (container: string, times: number): Promise<void> => {
    let now = container;
    for (let done = 0; done < times; done += 1) {
      const next = `${container}${done}`;
      await askEngine(engine, agent, { method: 'POST', path: `/containers/${now}/rename?name=${next}` });
      now = next;
    }
  };

  /** A network comes and a container on it, which ends after two seconds, and both go; answers what is to be told of it. */
  const passThrough = async (turn: number): Promise<string[]> => {
    const [network, container] = [`passing${turn}`, `passer${turn}`];
    await engine.docker('network', 'create', network);
    await engine.docker('run', '--rm', '--network', network, '--name', container, 'fl-busybox', 'sleep', '2');
    await engine.docker('network', 'rm', network);
    return [
      `network.created ${network}`,
      `container.created ${container}`,
      `attachment.created ${network}/${container}`,
      `attachment.activated ${network}/${container}`,
      `container.started ${container}`,
      `container.exited ${container}`,
      `attachment.deactivated ${network}/${container}`,
      `attachment.removed ${network}/${container}`,
      `container.removed ${container}`,
      `network.removed ${network}`,
    ];
  };

  beforeAll(async () => {
    engine = await startPrivateEngine({ name: 'local', addressPool: 'base=10.0.0.0/8,size=24', daemonArgs: ['--iptables=false'] });
    way = await openCuttableSocket(engine.servedAt);
    app = await startApp({ engines: [{ name: 'local', endpoint: way.endpoint }] });
    await untilConnected(app);
    await engine.docker('network', 'create', 'stands');
    await engine.docker('run', '--detach', '--name', 'runs', '--network', 'stands', 'fl-busybox', 'sleep', '3600');
    await engine.docker('create', '--name', 'still', 'fl-busybox');
    await agreed();
  });
  afterAll(async () => {
    agent.destroy();
    await app.close();
    await way.close();
    await engine.stop();
  });

  it('for half a minute, up to what the engine remembers: every step is told as the engine saw it, and no gap', async () => {
    const before = (await agreed()).events.length;
    await way.cut();
    const cut = performance.now();
    await untilState('unreachable');
    await engine.docker('network', 'create', 'came');
    await engine.docker('network', 'create', 'came-and-went');
    await engine.docker('network', 'connect', 'came', 'runs');
    await engine.docker('network', 'disconnect', 'stands', 'runs');
    await engine.docker('run', '--rm', '--network', 'came-and-went', '--name', 'short', 'fl-busybox', 'true');
    await engine.docker('network', 'rm', 'came-and-went');
    await engine.docker('pause', 'runs');
    await engine.docker('rename', 'still', 'stiller');
    const passed: string[] = [];
    for (let turn = 0; performance.now() - cut < CUT_MS; turn += 1) passed.push(...(await passThrough(turn)));
    await way.mend();
    await untilState('connected');
    const log = await agreed();
    const told = steps(log).slice(before);
    expect(told).toEqual([
      'engine.disconnected local',
      'engine.connected local',
      'network.created came',
      'network.created came-and-went',
      'attachment.created came/runs',
      'attachment.activated came/runs',
      'attachment.deactivated stands/runs',
      'attachment.removed stands/runs',
      'container.created short',
      'attachment.created came-and-went/short',
      'attachment.activated came-and-went/short',
      'container.started short',
      'container.exited short',
      'attachment.deactivated came-and-went/short',
      'attachment.removed came-and-went/short',
      'container.removed short',
      'network.removed came-and-went',
      'container.paused runs',
      'container.renamed stiller',
      ...passed,
    ]);
    const times = log.events.slice(before + 2).map(({ time }) => time);
    expect([...times].sort()).toEqual(times);
  }, 120_000);

  it('in the middle of changes, again and again: nothing is lost, told twice, or only found by comparing', async () => {
    const before = (await agreed()).events.length;
    let mended = Promise.resolve();
    await raiseStorm(engine, {
      changes: 120,
      lanes: 3,
      onChange: (made) => {
        if (![30, 80].includes(made)) return;
        mended = mended.then(async () => {
          await way.cut();
          await untilState('unreachable');
          await way.mend();
          await untilState('connected');
        });
      },
    });
    await mended;
    const log = await agreed();
    expect(steps(log).slice(before).filter((step) => step.startsWith('engine.gap'))).toEqual([]);
  }, 60_000);

  it('after a flood of what nobody follows has washed out all that is known: it is enough that the engine was heard since', async () => {
    Object.assign(app.app.get(WatchTimings, { strict: false }), { silenceMs: 1 });
    for (let n = 0; n < REMEMBERED / 2; n += 1) {
      await askEngine(engine, agent, { method: 'POST', path: '/volumes/create', body: { Name: 'flood' } });
      await askEngine(engine, agent, { method: 'DELETE', path: '/volumes/flood' });
    }
    const flooded = Date.now();
    const before = (await agreed()).events.length;
    const database = app.app.get(Database, { strict: false });
    await eventually(async () => {
      const kept = await database.read((db) => db.selectFrom('checkpoints').select('time').executeTakeFirstOrThrow());
      expect(Date.parse(kept.time)).toBeGreaterThan(flooded + 3_000);
    }, { timeoutMs: 30_000 });
    await way.cut();
    await untilState('unreachable');
    await engine.docker('network', 'create', 'after-the-flood');
    await way.mend();
    await untilState('connected');
    expect(steps(await agreed()).slice(before)).toEqual(['engine.disconnected local', 'engine.connected local', 'network.created after-the-flood']);
  }, 60_000);

  it('beyond what the engine remembers: the differences are told between one gap and its end', async () => {
    await engine.docker('network', 'create', 'goes');
    const before = (await agreed()).events.length;
    await way.cut();
    await untilState('unreachable');
    await engine.docker('network', 'rm', 'goes');
    await engine.docker('network', 'create', 'appears');
    await engine.docker('unpause', 'runs');
    await engine.docker('run', '--detach', '--network', 'appears', '--name', 'appeared', 'fl-busybox', 'sleep', '3600');
    await rename('stiller', REMEMBERED);
    await way.mend();
    await untilState('connected');
    const told = steps(await agreed()).slice(before);
    expect(told.slice(0, 3)).toEqual(['engine.disconnected local', 'engine.connected local', 'engine.gap local (resync)']);
    expect(told.at(-1)).toBe('engine.resynced local (resync)');
    expect(told.filter((step) => step.endsWith(' (resync)')).slice(1, -1)).toEqual([
      'network.created appears (resync)',
      'container.unpaused runs (resync)',
      'container.created appeared (resync)',
      'container.started appeared (resync)',
      'attachment.created appears/appeared (resync)',
      'attachment.activated appears/appeared (resync)',
      'network.removed goes (resync)',
    ]);
  }, 60_000);
});
