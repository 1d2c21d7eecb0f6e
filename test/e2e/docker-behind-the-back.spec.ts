import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { story, subscribe, subscribeEvents, type Follower, type SeenEvent } from './followers.js';
import { startService, type Service } from './service.js';

/** What the docker command-line client does behind the service's back shows everywhere. */
describe('while the docker client changes things', () => {
  let service: Service;
  let events: Follower<SeenEvent>;
  let told = 0;

  const docker = (...args: string[]): Promise<string> => service.engine.docker(...args);

  beforeAll(async () => {
    service = await startService();
    events = subscribeEvents(service.app);
    // A subscription says nothing when it is taken: the first event shows that it is.
    await eventually(async () => {
      await docker('network', 'create', '--subnet', '10.99.0.0/24', 'probe');
      await docker('network', 'rm', 'probe');
      expect(events.seen.length).toBeGreaterThan(0);
    });
    await eventually(() => expect(story(events.seen)).toContain('network.removed probe'));
    told = events.seen.length;
  });

  afterAll(async () => {
    await service.stop();
  });

  /** The steps told since the last look, once they are as expected. */
  async function expectStory(...expected: string[]): Promise<void> {
    await eventually(() => expect(story(events.seen.slice(told))).toEqual(expected));
    expect(events.seen.slice(told).every(({ origin }) => origin === 'engine')).toBe(true);
    told = events.seen.length;
  }

  async function bothFaces(path: string, query: string): Promise<{ rest: Record<string, unknown>; graph: unknown }> {
    const rest = (await service.app.http.get(path)) as { body: Record<string, unknown> };
    const { data } = await service.app.gql(query);
    return { rest: rest.body, graph: data };
  }

  it('shows a network that it creates', async () => {
    await docker('network', 'create', '--subnet', '10.31.0.0/24', '--label', 'team=web', 'frontend');
    await expectStory('network.created frontend');
    const { rest, graph } = await bothFaces('/v1/networks/frontend', '{ network(ref: "frontend") { name labels { key value } } }');
    expect(rest).toMatchObject({ name: 'frontend', labels: { team: 'web' }, ipam: { pools: [{ subnet: '10.31.0.0/24' }] } });
    expect(graph).toEqual({ network: { name: 'frontend', labels: [{ key: 'team', value: 'web' }] } });
  });

  it('shows a container that it runs', async () => {
    await docker('run', '-d', '--name', 'web', '--network', 'frontend', '--ip', '10.31.0.7', 'fl-busybox', 'sleep', '1000');
    await expectStory('container.created web', 'attachment.created frontend/web', 'attachment.activated frontend/web', 'container.started web');
    const { rest, graph } = await bothFaces(
      '/v1/containers/web',
      '{ container(ref: "web") { state attachments { active ipv4Address network { name } } } }',
    );
    expect(rest).toMatchObject({ state: 'running', attachments: [{ networkName: 'frontend', ipv4Address: '10.31.0.7', active: true }] });
    expect(graph).toEqual({
      container: { state: 'running', attachments: [{ active: true, ipv4Address: '10.31.0.7', network: { name: 'frontend' } }] },
    });
  });

  it('shows what it attaches and detaches, and tells followers of the network each time', async () => {
    const query = 'subscription { networkChanged(ref: "frontend") { name attachmentCount attachments { containerName } } }';
    const followed = subscribe<{ attachmentCount: number }>(service.app, 'networkChanged', query);
    await docker('run', '-d', '--name', 'guest', 'fl-busybox', 'sleep', '1000');
    await eventually(() => expect(story(events.seen)).toContain('container.started guest'));
    told = events.seen.length;
    await docker('network', 'connect', '--alias', 'visitor', 'frontend', 'guest');
    await expectStory('attachment.created frontend/guest', 'attachment.activated frontend/guest');
    const { rest } = await bothFaces('/v1/networks/frontend/attachments/guest', '{ engines { totalCount } }');
    expect(rest).toMatchObject({ active: true, aliases: ['visitor'] });
    await docker('network', 'disconnect', 'frontend', 'guest');
    await expectStory('attachment.deactivated frontend/guest', 'attachment.removed frontend/guest');
    expect((await service.app.http.get('/v1/networks/frontend/attachments/guest')).status).toBe(404);
    await eventually(() => expect(followed.seen.map(({ attachmentCount }) => attachmentCount)).toEqual([2, 1]));
    followed.stop();
    await docker('rm', '-f', 'guest');
    await eventually(() => expect(story(events.seen)).toContain('container.removed guest'));
    told = events.seen.length;
  });

  it('shows a container being renamed, paused and unpaused, and tells its followers', async () => {
    const query = 'subscription { containerChanged(ref: "web") { name state } }';
    const followed = subscribe<{ name: string; state: string }>(service.app, 'containerChanged', query);
    // The subscription is taken before the first change: an answer on the same socket path says nothing, so it is provoked.
    await eventually(async () => {
      await docker('pause', 'web');
      await docker('unpause', 'web');
      expect(followed.seen.length).toBeGreaterThan(0);
    });
    await eventually(() => expect(followed.seen.at(-1)).toEqual({ name: 'web', state: 'running' }));
    told = events.seen.length;
    await docker('rename', 'web', 'site');
    await expectStory('container.renamed site');
    await docker('pause', 'site');
    await expectStory('container.paused site');
    expect((await service.app.http.get('/v1/containers/site')).body).toMatchObject({ state: 'paused' });
    await docker('unpause', 'site');
    await expectStory('container.unpaused site');
    await eventually(() =>
      expect(followed.seen.slice(-3)).toEqual([
        { name: 'site', state: 'running' },
        { name: 'site', state: 'paused' },
        { name: 'site', state: 'running' },
      ]),
    );
    followed.stop();
  });

  it('shows a container being killed, and keeps its place on the network', async () => {
    await docker('kill', 'site');
    await expectStory('container.exited site', 'attachment.deactivated frontend/site');
    const { rest, graph } = await bothFaces(
      '/v1/networks/frontend?engine=local',
      '{ network(ref: "frontend") { attachments { active ipv4Address } } }',
    );
    expect(rest).toMatchObject({ attachmentCount: 1 });
    expect(graph).toEqual({ network: { attachments: [{ active: false, ipv4Address: '10.31.0.7' }] } });
  });

  it('finds an attachment of a stopped container, of which the engine says nothing', async () => {
    await docker('network', 'create', '--subnet', '10.32.0.0/24', 'backend');
    await expectStory('network.created backend');
    await docker('network', 'connect', 'backend', 'site');
    await eventually(() => expect(story(events.seen.slice(told))).toEqual(['attachment.created backend/site']), {
      timeoutMs: 20_000,
    });
    expect(events.seen.at(-1)).toMatchObject({ origin: 'resync' });
    told = events.seen.length;
    expect((await service.app.http.get('/v1/networks/backend/attachments/site')).body).toMatchObject({ active: false });
  });

  it('shows what it removes', async () => {
    await docker('rm', 'site');
    await eventually(() => expect(story(events.seen.slice(told))).toHaveLength(3));
    expect(story(events.seen.slice(told)).sort()).toEqual([
      'attachment.removed backend/site',
      'attachment.removed frontend/site',
      'container.removed site',
    ]);
    told = events.seen.length;
    await docker('network', 'rm', 'frontend', 'backend');
    await expectStory('network.removed frontend', 'network.removed backend');
    expect((await service.app.http.get('/v1/networks?builtin=false')).body).toMatchObject({ items: [], total: 0 });
  });
});
