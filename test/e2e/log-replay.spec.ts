import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LogPruner } from '../../src/event-log/log-pruner.js';
import { DATABASES } from '../support/databases.js';
import { startPrivateEngine, type PrivateEngine } from '../support/private-engine.js';
import type { StartedApp } from '../support/start-app.js';
import { untilLogAgrees, type LoggedService } from './agreement.js';
import { serve } from './service.js';
import { raiseStorm } from './storm.js';

const KEPT = 60;

describe('the log, replayed from its oldest kept snapshot', () => {
  let engine: PrivateEngine;
  beforeAll(async () => {
    engine = await startPrivateEngine({ name: 'local', addressPool: 'base=10.0.0.0/8,size=24', daemonArgs: ['--iptables=false'] });
    await engine.docker('network', 'create', 'stood-before');
    await engine.docker('create', '--name', 'stopped-before', '--network', 'stood-before', 'fl-busybox');
    await engine.docker('run', '--detach', '--name', 'ran-before', 'fl-busybox', 'sleep', '3600');
  });
  afterAll(() => engine.stop());

  describe.each(DATABASES)('on %s', (database, make) => {
    let app: StartedApp;
    let drop: () => void;
    let logged: LoggedService;
    beforeAll(async () => {
      const made = await make();
      const { settings } = made;
      drop = () => made.drop();
      app = await serve(engine, { database: settings, eventRetention: { maxAgeMs: 86_400_000, maxCount: KEPT } });
      logged = { place: settings, get: async (path) => (await app.http.get(path)).body as unknown };
    });
    afterAll(async () => {
      await app.close();
      drop();
    });
    const send = async (path: string, body: object): Promise<void> => {
      expect(await app.http.post(path).send(body)).toMatchObject({ status: 201 });
    };
    const name = (what: string): string => `${database.toLowerCase()}-${what}`;

    it('gives what is there, before anything has happened', async () => {
      const { events } = await untilLogAgrees(logged, engine);
      expect(events.map(({ type }) => type)).toEqual(['engine.connected']);
    });

    it("gives exactly today's inventory, after the docker client and the API have changed it at once", async () => {
      const storm = raiseStorm(engine, { changes: 150, prefix: name('storm') });
      await send('/v1/networks', { name: name('front'), labels: { team: 'web' }, ipam: { pools: [{ subnet: '172.30.0.0/24' }] } });
      await send('/v1/networks', { name: name('back'), internal: true });
      await send('/v1/containers', {
        name: name('web'),
        image: 'fl-busybox',
        command: ['sleep', '3600'],
        networks: [{ network: name('front'), ipv4Address: '172.30.0.7', aliases: ['api'] }, { network: name('back') }],
        publishedPorts: [{ containerPort: 80 }],
      });
      await send('/v1/attachments', { network: 'stood-before', container: name('web') });
      await send('/v1/attachments', { network: name('back'), container: 'stopped-before' });
      expect(await app.http.delete(`/v1/networks/${name('front')}?detach=true`)).toMatchObject({ status: 204 });
      await storm;
      const { events } = await untilLogAgrees(logged, engine);
      expect(events.length).toBeGreaterThan(150);
    });

    it('gives it as well when most of the log has been dropped, and after that', async () => {
      const storm = raiseStorm(engine, { changes: 60, seed: 2, prefix: name('pruned') });
      await app.app.get(LogPruner).prune();
      await storm;
      await untilLogAgrees(logged, engine);
      await app.app.get(LogPruner).prune();
      const { events } = await untilLogAgrees(logged, engine);
      expect(events).toHaveLength(KEPT);
    });
  });
});
