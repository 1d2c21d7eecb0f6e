import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { startApp } from '../support/start-app.js';
import { startPrivateEngine } from '../support/private-engine.js';
import { story, subscribeEvents, type Follower, type SeenEvent } from './followers.js';
import { startService, untilConnected, type Service } from './service.js';

describe('an engine that goes away', () => {
  let service: Service;
  let events: Follower<SeenEvent>;

  const get = async (path: string): Promise<{ status: number; body: Record<string, unknown> }> => {
    const { status, body } = (await service.app.http.get(path)) as { status: number; body: Record<string, unknown> };
    return { status, body };
  };
  const untilState = (state: string): Promise<void> =>
    eventually(async () => expect((await get('/v1/engines/local')).body).toMatchObject({ state }), { timeoutMs: 40_000 });

  beforeAll(async () => {
    service = await startService();
    await service.app.http.post('/v1/networks').send({ name: 'n1', ipam: { pools: [{ subnet: '10.41.0.0/24' }] } });
    const web = { name: 'web', image: 'fl-busybox', command: ['sleep', '1000'], networks: [{ network: 'n1' }] };
    const made = await service.app.http.post('/v1/containers').send(web);
    expect(made.status).toBe(201);
  });
  beforeEach(async () => {
    events?.stop();
    // From a cursor on: nothing that happens before the subscription is taken is missed.
    const { body } = await get('/v1/events?limit=500');
    events = subscribeEvents(service.app, {}, (body['items'] as SeenEvent[]).at(-1)?.cursor);
  });
  afterAll(async () => {
    await service.stop();
  });

  it('killed: reads go on, writes are refused at once, and what happened meanwhile is told between a gap and its end', async () => {
    await service.engine.kill('SIGKILL');
    await untilState('unreachable');
    const read = await get('/v1/networks/n1');
    expect(read).toMatchObject({ status: 200, body: { name: 'n1', attachmentCount: 1 } });
    const list = await get('/v1/networks');
    expect(list.body['engines']).toMatchObject([{ name: 'local', state: 'unreachable' }]);
    const began = performance.now();
    const refused = await service.app.http.post('/v1/networks').send({ name: 'n2' });
    expect(refused.status).toBe(503);
    expect(refused.body).toMatchObject({ code: 'ENGINE_UNREACHABLE', engine: 'local' });
    expect(performance.now() - began).toBeLessThan(1_000);
    const overGraphql = await service.app.gql('mutation { createNetwork(input: {name: "n2"}) { changed } }');
    expect(overGraphql.errors?.[0]?.extensions).toMatchObject({ code: 'ENGINE_UNREACHABLE', status: 503 });
    expect(await get('/health/ready')).toMatchObject({ status: 200, body: { engines: [{ state: 'unreachable' }] } });

    await service.engine.restart();
    await untilState('connected');
    await eventually(() => expect(story(events.seen)).toContain('engine.resynced local'));
    const told = story(events.seen);
    expect(told.slice(0, 3)).toEqual(['engine.disconnected local', 'engine.connected local', 'engine.gap local']);
    expect(told).toContain('container.exited web');
    expect(told).toContain('attachment.deactivated n1/web');
    const gap = events.seen.find(({ type }) => type === 'engine.gap');
    const end = events.seen.find(({ type }) => type === 'engine.resynced');
    expect(gap?.gap?.gapId).toBe(end?.gap?.gapId);
    // The engine ended it at its start, and remembers that; that the endpoint went with it is found by comparing.
    expect(events.seen.find(({ type }) => type === 'container.exited')).toMatchObject({ origin: 'engine' });
    expect(events.seen.find(({ type }) => type === 'attachment.deactivated')).toMatchObject({ origin: 'resync' });
  });

  it('keeps the stable id of the default bridge, whose own id the engine renews', async () => {
    const before = await get('/v1/networks/local~bridge');
    await service.engine.restart({ signal: 'SIGTERM' });
    await untilConnected(service.app);
    const after = await eventually(async () => {
      const now = await get('/v1/networks/bridge');
      expect(now.body['engineId']).not.toBe(before.body['engineId']);
      return now;
    });
    expect(after ?? (await get('/v1/networks/bridge'))).toMatchObject({ body: { id: 'local~bridge' } });
  });

  it('frozen: is noticed although its stream stays open, lets nobody wait for ever, and is followed again', async () => {
    service.engine.freeze();
    const began = performance.now();
    const first = service.app.http.post('/v1/networks').send({ name: 'n3' }).then((answer) => answer);
    const second = service.app.http.post('/v1/networks').send({ name: 'n4' }).then((answer) => answer);
    await untilState('unreachable');
    expect(performance.now() - began).toBeLessThan(10_000);
    service.engine.thaw();
    await untilState('connected');
    const answers = await Promise.all([first, second]);
    for (const { status, body } of answers) {
      if (status === 201) continue;
      expect([503, 504]).toContain(status);
      expect(['ENGINE_UNREACHABLE', 'ENGINE_TIMEOUT']).toContain((body as { code: string }).code);
    }
    // What was answered with success is there, and what was refused at once is not.
    await eventually(async () => {
      const { body } = await get('/v1/networks?name=n*&builtin=false');
      const names = (body['items'] as { name: string }[]).map(({ name }) => name);
      const made = ['n3', 'n4'].filter((_, index) => answers[index]?.status === 201);
      expect(names).toEqual(expect.arrayContaining(made));
    });
  });

  it('killed in the middle of a creation: no half-made container is left when it is back', async () => {
    const wish = { name: 'half', image: 'fl-busybox', command: ['sleep', '1000'], networks: [{ network: 'n1' }] };
    const answer = service.app.http.post('/v1/containers').send(wish).then((given) => given);
    // The engine tells of the creation about half a second before the start is over.
    await eventually(async () => expect(await service.engine.docker('ps', '-aq', '--filter', 'name=half')).not.toBe(''), {
      intervalMs: 5,
    });
    await service.engine.kill('SIGKILL');
    const { status, body } = await answer;
    expect([201, 502, 503, 504]).toContain(status);
    if (status !== 201) expect(body).toMatchObject({ outcome: 'unknown' });
    await service.engine.restart();
    await untilConnected(service.app);
    if (status !== 201) {
      await eventually(async () => expect(await service.engine.docker('ps', '-aq', '--filter', 'name=half')).toBe(''), {
        timeoutMs: 20_000,
      });
    }
  }, 90_000);

  it('catches up with a burst of more events than the engine remembers', async () => {
    const script = 'for i in $(seq 1 60); do docker -H "$0" network create --subnet 10.60.$i.0/24 burst$i; done';
    await service.engine.exec('sh', '-c', script.replaceAll('docker', '/usr/bin/docker'), `unix://${service.engine.socketPath}`);
    const remove = 'docker -H "$0" network rm $(seq -f burst%g 2 60)';
    await service.engine.exec('sh', '-c', remove.replaceAll('docker', '/usr/bin/docker'), `unix://${service.engine.socketPath}`);
    await eventually(async () => {
      const { body } = await get('/v1/networks?name=burst*');
      expect((body['items'] as { name: string }[]).map(({ name }) => name)).toEqual(['burst1']);
    });
    await eventually(() => {
      expect(story(events.seen).filter((step) => step.startsWith('network.created burst'))).toHaveLength(60);
      expect(story(events.seen).filter((step) => step.startsWith('network.removed burst'))).toHaveLength(59);
    });
  }, 90_000);
});

describe('an engine that is away at the start', () => {
  it('lets the service start, answer and follow it as soon as it comes', async () => {
    const engine = await startPrivateEngine({ name: 'late' });
    await engine.kill('SIGKILL');
    const app = await startApp({ engines: [{ name: 'late', endpoint: engine.endpoint }] });
    try {
      await eventually(async () => {
        const { body } = (await app.http.get('/v1/engines/late')) as { body: unknown };
        expect(body).toMatchObject({ state: 'unreachable', syncedAt: null });
      });
      const unseen = await app.http.get('/v1/networks/n1');
      expect(unseen.status).toBe(503);
      expect(unseen.body).toMatchObject({ code: 'ENGINE_UNREACHABLE' });
      expect((await app.http.get('/health/ready')).status).toBe(200);
      await engine.restart();
      await untilConnected(app, ['late']);
      expect((await app.http.get('/v1/networks/bridge')).status).toBe(200);
      expect((await app.http.get('/v1/networks/n1')).status).toBe(404);
    } finally {
      await app.close();
      await engine.stop();
    }
  }, 60_000);
});

describe('one engine under two names', () => {
  it('is followed under one of them, and the other says so', async () => {
    const engine = await startPrivateEngine({ name: 'twin' });
    const through = engine.endpoint.replace('unix:///', 'unix:////');
    const app = await startApp({ engines: [{ name: 'one', endpoint: engine.endpoint }, { name: 'two', endpoint: through }] });
    try {
      await eventually(async () => {
        const { body } = (await app.http.get('/v1/engines')) as { body: { items: { state: string; problem: string | null }[] } };
        expect(body.items.filter(({ state }) => state === 'connected')).toHaveLength(1);
        expect(body.items.find(({ state }) => state === 'unreachable')?.problem).toMatch(/called (one|two) already/);
      });
      expect((await app.http.get('/v1/networks/bridge')).status).not.toBe(409);
    } finally {
      await app.close();
      await engine.stop();
    }
  });
});
