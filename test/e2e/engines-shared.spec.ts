import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { startPrivateEngine, type PrivateEngine } from '../support/private-engine.js';
import { startPrivatePostgres } from '../support/private-postgres.js';
import { startServiceProcess, type ServiceProcess } from '../support/service-process.js';
import { openTlsFront, type TlsFront } from '../support/tls-front.js';

const PATIENCE = { timeoutMs: 20_000 };
const env = { FAIRLEAD_SECRET_KEY: 'the-same-key-in-each-process' };

let engine: PrivateEngine;
let front: TlsFront;

beforeAll(async () => {
  engine = await startPrivateEngine({ name: 'shared', addressPool: 'base=10.213.0.0/16,size=24' });
  front = await openTlsFront(engine.servedAt);
});
afterAll(async () => {
  await front.stop();
  await engine.stop();
});

describe.each(['SQLite', 'PostgreSQL'])('engines that processes share in %s', { timeout: 120_000 }, (place) => {
  const pair: ServiceProcess[] = [];
  let folder: string;
  let end: () => Promise<unknown> = () => Promise.resolve();

  const shows = (service: ServiceProcess, expected: object) =>
    eventually(async () => expect(await service.get('/v1/engines/shared')).toMatchObject(expected), PATIENCE);
  const told = async (service: ServiceProcess): Promise<string[]> =>
    (await service.get('/v1/events?engines=shared&limit=500')).body.items.map((event: { type: string; subject: { name: string } }) =>
      `${event.type} ${event.subject.name}`);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fairlead-shared-'));
    const options = { engines: [], env, dataFolder: folder };
    if (place === 'PostgreSQL') {
      const postgres = await startPrivatePostgres({ name: 'engines' });
      end = () => postgres.stop();
      Object.assign(options, { databaseUrl: postgres.url });
    }
    pair.push(...(await Promise.all([startServiceProcess(options), startServiceProcess(options)])));
  });
  afterAll(async () => {
    await Promise.all(pair.map((service) => service.stop()));
    await end();
    rmSync(folder, { recursive: true, force: true });
  });

  it('are taken up by all when one adds them, told of once, and dropped by all when one removes them', async () => {
    const [one, other] = pair as [ServiceProcess, ServiceProcess];
    const added = await one.send('POST', '/v1/engines', { name: 'shared', endpoint: front.endpoint, tls: front.tls });
    expect(added).toMatchObject({ status: 201 });
    for (const service of pair) await shows(service, { status: 200, body: { state: 'connected', endpoint: front.endpoint } });
    const made = await other.send('POST', '/v1/networks', { name: 'both-see' });
    expect(made).toMatchObject({ status: 201, body: { engines: ['shared'] } });
    for (const service of pair) {
      await eventually(async () => expect(await told(service)).toEqual(['engine.added shared', 'engine.connected shared', 'network.created both-see']), PATIENCE);
      await eventually(async () => expect(await service.get('/v1/networks/both-see')).toMatchObject({ status: 200 }), PATIENCE);
    }
    expect(await other.send('DELETE', '/v1/engines/shared')).toMatchObject({ status: 204 });
    for (const service of pair) {
      await shows(service, { status: 404, body: { code: 'ENGINE_NOT_FOUND' } });
      expect(await service.get('/v1/networks')).toMatchObject({ body: { items: [], engines: [] } });
      expect((await told(service)).slice(-2)).toEqual(['engine.disconnected shared', 'engine.removed shared']);
    }
    await engine.docker('network', 'create', 'unwatched');
    await engine.docker('network', 'rm', 'both-see', 'unwatched');
  });

  it('change for all, and each of two changes at once is either made or refused', async () => {
    const [one, other] = pair as [ServiceProcess, ServiceProcess];
    const way = { endpoint: front.endpoint, tls: front.tls };
    const adding = await Promise.all(pair.map((service, index) => service.send('POST', '/v1/engines', { name: index === 0 ? 'shared' : 'twin', ...way })));
    expect(adding.map(({ status }) => status).sort()).toEqual([201, 409]);
    if (adding[0]?.status === 409) {
      expect(await other.send('DELETE', '/v1/engines/twin')).toMatchObject({ status: 204 });
      expect(await one.send('POST', '/v1/engines', { name: 'shared', ...way })).toMatchObject({ status: 201 });
    }
    for (const service of pair) await shows(service, { body: { state: 'connected' } });
    // A connection is shown before it is told of.
    await eventually(async () => expect((await told(one)).at(-1)).toBe('engine.connected shared'), PATIENCE);
    const before = (await told(one)).length;
    expect(await one.send('PATCH', '/v1/engines/shared', { endpoint: engine.endpoint, tls: null })).toMatchObject({ status: 200 });
    for (const service of pair) await shows(service, { body: { state: 'connected', endpoint: engine.endpoint, tls: false, credentials: [] } });
    await engine.docker('network', 'create', 'after');
    for (const service of pair) await eventually(async () => expect((await told(service)).slice(before)).toEqual(['network.created after']), PATIENCE);
    await engine.docker('network', 'rm', 'after');
  });

  it('are there again after all were killed', async () => {
    await Promise.all(pair.map((service) => service.kill('SIGKILL')));
    await Promise.all(pair.map((service) => service.start()));
    for (const service of pair) await shows(service, { status: 200, body: { state: 'connected', source: 'service' } });
    expect(await told(pair[0]!)).not.toContain('engine.gap shared');
  });
});
