import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { startPrivateEngine, type PrivateEngine } from '../support/private-engine.js';
import type { KeptLog } from '../support/replay.js';
import { startApp, type StartedApp } from '../support/start-app.js';
import { loggedApp, steps, untilLogAgrees } from './agreement.js';
import { untilConnected } from './service.js';

describe('an engine that hangs for a while', () => {
  let engine: PrivateEngine;
  let app: StartedApp;
  const agreed = (): Promise<KeptLog> => untilLogAgrees(loggedApp(app), engine);
  beforeAll(async () => {
    engine = await startPrivateEngine({ name: 'local' });
    app = await startApp({ engines: [{ name: 'local', endpoint: engine.endpoint }] });
    await untilConnected(app);
    await engine.docker('network', 'create', 'stands');
    await engine.docker('run', '--detach', '--name', 'runs', '--network', 'stands', 'fl-busybox', 'sleep', '3600');
    await engine.docker('run', '--detach', '--name', 'ends', '--network', 'stands', 'fl-busybox', 'sleep', '4');
    await agreed();
  });
  afterAll(async () => {
    await app.close();
    await engine.stop();
  });

  it.each([
    ['long enough to be noticed', 'unreachable'],
    ['too short to be noticed', 'connected'],
  ])('%s: what it was asked for meanwhile and does afterwards is told, once and step by step', async (what, state) => {
    const before = (await agreed()).events.length;
    const suffix = what.split(' ')[0];
    engine.freeze();
    const asked = [
      engine.docker('network', 'create', `made-${suffix}`),
      engine.docker('rename', 'runs', 'runs-on'),
      engine.docker('run', '--rm', '--name', `short-${suffix}`, 'fl-busybox', 'true'),
    ];
    await eventually(async () => expect((await app.http.get('/v1/engines/local')).body).toMatchObject({ state }), {
      timeoutMs: 20_000,
    });
    engine.thaw();
    await Promise.all(asked);
    await engine.docker('rename', 'runs-on', 'runs');
    await untilConnected(app);
    const told = steps(await agreed()).slice(before);
    expect(told.filter((step) => /\(resync\)|engine\.gap/.test(step))).toEqual([]);
    expect(told.filter((step) => /made|short-|renamed/.test(step) && !step.startsWith('attachment'))).toHaveLength(7);
  }, 60_000);
});
