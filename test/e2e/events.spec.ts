import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventBus } from '../../src/events/event-bus.js';
import { eventually } from '../support/eventually.js';
import { followSse, story, subscribe, subscribeEvents, type SeenEvent } from './followers.js';
import { startService, type Service } from './service.js';

describe('events', () => {
  let service: Service;
  let subnet = 0;

  const history = async (query = ''): Promise<{ items: SeenEvent[]; nextCursor: string | null; total: number }> =>
    (await service.app.http.get(`/v1/events?limit=500${query}`)).body as never;
  const lastCursor = async (): Promise<string> => (await history()).items.at(-1)?.cursor ?? '';
  const createNetwork = async (name: string, labels: Record<string, string> = {}): Promise<void> => {
    const ipam = { pools: [{ subnet: `10.77.${subnet++}.0/24` }] };
    expect((await service.app.http.post('/v1/networks').send({ name, labels, ipam })).status).toBe(201);
  };

  beforeAll(async () => {
    service = await startService();
  });
  afterAll(async () => {
    await service.stop();
  });

  it('are the same, in the same order and with the same cursors, as a stream, a subscription and history', async () => {
    const after = await lastCursor();
    const sse = await followSse(service.app, `?after=${after}`);
    const socket = subscribeEvents(service.app, {}, after);
    await createNetwork('same1');
    await createNetwork('same2');
    const wanted = ['network.created same1', 'network.created same2'];
    await eventually(() => expect(story(sse.seen)).toEqual(wanted));
    await eventually(() => expect(story(socket.seen)).toEqual(wanted));
    const { items } = await history(`&after=${after}`);
    const cursors = items.map(({ cursor }) => cursor);
    expect(sse.seen.map(({ cursor }) => cursor)).toEqual(cursors);
    expect(socket.seen.map(({ cursor }) => cursor)).toEqual(cursors);
    expect(sse.headers.get('content-type')).toBe('text/event-stream');
    sse.stop();
    socket.stop();
  });

  it('are CloudEvents on the wire, with the cursor as the id to come back with', async () => {
    const sse = await followSse(service.app, `?after=${await lastCursor()}`);
    await createNetwork('wire');
    await eventually(() => expect(sse.seen).toHaveLength(1));
    const frame = sse.frames.find((text) => text.startsWith('id: ')) ?? '';
    const [event] = sse.seen;
    expect(frame).toMatch(new RegExp(`^id: ${event?.cursor}\nevent: network.created\ndata: `));
    const cloudEvent = JSON.parse(frame.slice(frame.indexOf('data: ') + 6)) as Record<string, unknown>;
    expect(cloudEvent).toMatchObject({
      specversion: '1.0',
      id: event?.id,
      source: '/engines/local',
      type: 'network.created',
      subject: `networks/${event?.subject.id}`,
    });
    sse.stop();
  });

  it('are replayed after a cursor and then followed, with no gap and no repeat, while more pour in', async () => {
    const after = await lastCursor();
    const names = Array.from({ length: 12 }, (_, index) => `pour${index}`);
    const pouring = (async () => {
      for (const name of names) await createNetwork(name);
    })();
    await eventually(async () => expect((await history(`&after=${after}`)).items.length).toBeGreaterThan(3));
    const sse = await followSse(service.app, '', { 'last-event-id': after });
    const socket = subscribeEvents(service.app, {}, after);
    await pouring;
    const wanted = names.map((name) => `network.created ${name}`);
    await eventually(() => expect(story(sse.seen)).toEqual(wanted));
    await eventually(() => expect(story(socket.seen)).toEqual(wanted));
    sse.stop();
    socket.stop();
  });

  it('are followed on from what was read last, though the address still says where it once began', async () => {
    const begin = await lastCursor();
    await createNetwork('again1');
    await createNetwork('again2');
    const { items } = await eventually(async () => {
      const read = await history(`&after=${begin}`);
      expect(read.items).toHaveLength(2);
      return read;
    });
    for (const name of ['cursor', 'after']) {
      const sse = await followSse(service.app, `?${name}=${begin}`, { 'last-event-id': items[0]!.cursor });
      await eventually(() => expect(story(sse.seen)).toEqual(['network.created again2']));
      sse.stop();
    }
  });

  it('come only as the filter wants them', async () => {
    const after = await lastCursor();
    await createNetwork('plain');
    await createNetwork('labelled', { team: 'web' });
    const ends = [{ network: 'plain' }, { network: 'labelled' }];
    const web = { name: 'filtered', image: 'fl-busybox', command: ['sleep', '1000'], networks: ends, labels: { app: 'shop' } };
    expect((await service.app.http.post('/v1/containers').send(web)).status).toBe(201);
    expect((await service.app.http.delete('/v1/containers/filtered?force=true')).status).toBe(204);
    const told = async (query: string): Promise<string[]> => story((await history(`&after=${after}${query}`)).items);
    await eventually(async () => expect(await told('')).toContain('container.removed filtered'));
    expect(await told('&types=network.*')).toEqual(['network.created plain', 'network.created labelled']);
    expect(await told('&types=container.created&types=container.removed')).toEqual([
      'container.created filtered',
      'container.removed filtered',
    ]);
    expect(new Set(await told('&networks=plain'))).toEqual(
      new Set(['network.created plain', 'attachment.created plain/filtered', 'attachment.activated plain/filtered',
        'attachment.deactivated plain/filtered', 'attachment.removed plain/filtered']),
    );
    const ofShop = await told('&labels=app=shop');
    expect(ofShop).toContain('attachment.removed labelled/filtered');
    expect(ofShop.at(-1)).toBe('container.removed filtered');
    expect(ofShop).not.toContain('network.created plain');
    expect(await told('&labels=team')).toContain('network.created labelled');
    expect(await told('&engines=elsewhere')).toEqual([]);
    expect(await told('&origins=resync')).toEqual([]);
    expect(await told('&containers=filtered&types=attachment.*')).toHaveLength(8);
    const { data } = await service.app.gql<{ events: { nodes: SeenEvent[]; totalCount: number } }>(
      'query ($after: String) { events(after: $after, filter: {types: ["network.*"]}) { totalCount nodes { type subject { name } } } }',
      { after },
    );
    expect(story(data?.events.nodes ?? [])).toEqual(['network.created plain', 'network.created labelled']);
  });

  it('are paged by a link that leads on to the end', async () => {
    const after = await lastCursor();
    for (const name of ['page1', 'page2', 'page3']) await createNetwork(name);
    const seen: string[] = [];
    let path: string | undefined = `/v1/events?limit=1&after=${after}`;
    while (path !== undefined && seen.length < 10) {
      const { body, headers } = (await service.app.http.get(path)) as { body: { items: SeenEvent[] }; headers: Record<string, string> };
      seen.push(...story(body.items));
      path = /<([^>]+)>; rel="next"/.exec(headers['link'] ?? '')?.[1];
    }
    expect(seen).toEqual(['network.created page1', 'network.created page2', 'network.created page3']);
  });

  it.each([
    ['garbage', 'no-cursor-at-all', 400, 'INVALID_CURSOR'],
    ['one of another log', '000000000abc00000000005', 410, 'CURSOR_EXPIRED'],
  ])('refuse %s as a cursor', async (_what, cursor, status, code) => {
    const answer = await service.app.http.get(`/v1/events?after=${cursor}`);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ code });
    expect((await followSse(service.app, '', { 'last-event-id': cursor })).status).toBe(status);
    const socket = subscribeEvents(service.app, {}, cursor);
    await eventually(() => expect(JSON.stringify(socket.end?.reason)).toContain(code));
  });

  it('are told to nobody without a key', async () => {
    expect((await service.app.stranger.get('/v1/events').set('accept', 'text/event-stream')).status).toBe(401);
    const closed = await new Promise<unknown>((resolve) => {
      service.app.socket({ Authorization: 'Bearer wrong' }).subscribe(
        { query: 'subscription { events { type } }' },
        { next: () => resolve('an event'), error: resolve, complete: () => resolve('complete') },
      );
    });
    expect(closed).toMatchObject({ code: 4401 });
  });

  it('leave nothing behind when a follower leaves', async () => {
    const bus = service.app.app.get(EventBus);
    const before = bus.listenerCount('picture-changed');
    const followers = Array.from({ length: 20 }, () =>
      subscribe(service.app, 'networkChanged', 'subscription { networkChanged(ref: "bridge") { id } }'),
    );
    await eventually(() => expect(bus.listenerCount('picture-changed')).toBe(before + 20));
    for (const follower of followers) follower.stop();
    await eventually(() => expect(bus.listenerCount('picture-changed')).toBe(before));
  });
});

describe('at the end of the service', () => {
  it('streams are told and sockets are closed, and a request in flight is finished', async () => {
    const service = await startService();
    const sse = await followSse(service.app);
    let code: number | undefined;
    const client = service.app.socket();
    client.on('closed', (event) => {
      code = (event as { code: number }).code;
    });
    let connected = false;
    client.on('connected', () => {
      connected = true;
    });
    client.subscribe({ query: 'subscription { events { type } }' }, { next: () => undefined, error: () => undefined, complete: () => undefined });
    await eventually(() => expect(connected).toBe(true));
    const creation = service.app.http.post('/v1/networks').send({ name: 'last', ipam: { pools: [{ subnet: '10.78.0.0/24' }] } });
    const answered = creation.then(({ status }: { status: number }) => status);
    // It has reached the engine; what is left is to look at what was made, and to answer.
    await eventually(async () => expect(await service.engine.docker('network', 'ls', '--format', '{{.Name}}')).toContain('last'), { intervalMs: 1 });
    const closing = service.app.app.close();
    await closing;
    // Sent before the connection was closed; read when this process comes to it.
    await eventually(() => expect(sse.frames.join('\n')).toContain('event: end'));
    await eventually(() => expect(sse.end).toEqual({ reason: 'complete' }));
    await eventually(() => expect(code).toBe(1001));
    expect(await answered).toBe(201);
    expect(await service.engine.docker('network', 'ls', '--format', '{{.Name}}')).toContain('last');
    await service.stop();
  });
});
