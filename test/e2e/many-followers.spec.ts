import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { StreamLimits } from '../../src/http/stream-limits.js';
import { eventually } from '../support/eventually.js';
import { startPrivateEngine, type PrivateEngine } from '../support/private-engine.js';
import { startServiceProcess, type ServiceProcess } from '../support/service-process.js';
import { followSse, subscribeEvents } from './followers.js';
import { startService, type Service } from './service.js';

/** A subscriber that costs the test as little as can be: it counts what it is sent. */
interface Counter {
  readonly cursors: string[];
  close(): void;
}

/** Server-sent events on a bare socket. */
async function countSse({ url, key }: ServiceProcess, query: string): Promise<Counter> {
  const { hostname, port, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.write(`GET /v1/events${query} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${key}\r\nAccept: text/event-stream\r\n\r\n`);
  const cursors: string[] = [];
  let rest = '';
  const following = new Promise<void>((resolve) => {
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line.startsWith('id: ')) cursors.push(line.slice(4));
        if (line === ': follows') resolve();
      }
    });
  });
  await following;
  return { cursors, close: () => socket.destroy() };
}

/** Several subscriptions on one WebSocket. */
function countSubscriptions({ url, key }: ServiceProcess, count: number, variables: object): Counter[] {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${key}` },
    lazy: false,
    retryAttempts: 0,
  });
  const query = 'subscription ($filter: EventFilterInput, $after: String) { events(filter: $filter, after: $after) { cursor } }';
  return Array.from({ length: count }, () => {
    const cursors: string[] = [];
    client.subscribe<{ events: { cursor: string } }>(
      { query, variables: { ...variables } },
      { next: ({ data }) => cursors.push(...(data ? [data.events.cursor] : [])), error: () => undefined, complete: () => undefined },
    );
    return { cursors, close: () => void client.dispose() };
  });
}

describe('a thousand subscribers', () => {
  let engine: PrivateEngine;
  let service: ServiceProcess;
  beforeAll(async () => {
    engine = await startPrivateEngine({ addressPool: 'base=10.64.0.0/10,size=24' });
    service = await startServiceProcess({ engines: [{ name: 'local', endpoint: engine.endpoint }] });
    await service.untilConnected();
  });
  afterAll(async () => {
    await service.stop();
    await engine.stop();
  });

  it('receive each event once, in order, over both transports', { timeout: 90_000 }, async () => {
    await engine.docker('network', 'create', 'first');
    const { body } = (await eventually(async () => {
      const answer = await service.get('/v1/events?types=network.created');
      expect((answer.body as { items: unknown[] }).items).toHaveLength(1);
      return answer;
    })) as { body: { items: { cursor: string }[] } };
    const after = body.items[0]!.cursor;
    const sse = await Promise.all(Array.from({ length: 600 }, () => countSse(service, `?after=${after}&types=network.*`)));
    const sockets = Array.from({ length: 20 }, () => countSubscriptions(service, 20, { filter: { types: ['network.*'] }, after })).flat();
    const all = [...sse, ...sockets];
    expect(all).toHaveLength(1_000);
    for (let n = 0; n < 5; n += 1) await engine.docker('network', 'create', `n${n}`);
    for (let n = 0; n < 5; n += 1) await engine.docker('network', 'rm', `n${n}`);
    await eventually(() => expect(all.every(({ cursors }) => cursors.length === 10)).toBe(true), { timeoutMs: 60_000 });
    const told = (await service.get(`/v1/events?types=network.*&after=${after}`)).body as { items: { cursor: string }[] };
    const wanted = told.items.map(({ cursor }) => cursor);
    for (const { cursors } of all) expect(cursors).toEqual(wanted);
    for (const each of all) each.close();
  });
});

describe('a subscriber that does not read', () => {
  let service: Service;
  const stuck: Socket[] = [];
  /** Opens a stream and leaves it unread. */
  const openUnread = async (): Promise<Socket> => {
    const { hostname, port, host } = new URL(service.app.url);
    const socket = connect(Number(port), hostname);
    stuck.push(socket);
    socket.write(`GET /v1/events HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${service.app.key}\r\nAccept: text/event-stream\r\n\r\n`);
    await once(socket, 'data');
    return socket.pause();
  };
  /** Each event of it weighs 400 kB: what the buffers of a socket hold is soon full. */
  const pour = async (rounds: number): Promise<void> => {
    for (let n = 0; n < rounds; n += 1) {
      await service.engine.docker('pause', 'heavy');
      await service.engine.docker('unpause', 'heavy');
    }
  };

  beforeAll(async () => {
    service = await startService();
    // On a busy machine the pouring itself takes seconds, and the last word waits as long again.
    Object.assign(service.app.app.get(StreamLimits), { stallMs: 5_000 });
    const labels = Array.from({ length: 50 }, (_, n) => ['--label', `l${n}=${'x'.repeat(8_000)}`]).flat();
    await service.engine.docker('run', '-d', '--name', 'heavy', ...labels, 'fl-busybox', 'sleep', '10000');
  });
  afterAll(async () => {
    for (const socket of stuck) socket.destroy();
    await service.stop();
  });

  it('is dropped over SSE, told why if it reads on, and others do not notice', { timeout: 60_000 }, async () => {
    const reader = await followSse(service.app, '?types=container.paused');
    const before = process.memoryUsage();
    const [first] = await Promise.all(Array.from({ length: 40 }, openUnread));
    await pour(15);
    await eventually(() => expect(reader.seen).toHaveLength(15), { timeoutMs: 20_000 });
    // 30 events of 400 kB for each of 40: 480 MB, were they held for those who do not read.
    const after = process.memoryUsage();
    expect(after.rss - before.rss).toBeLessThan(240 * 1024 * 1024);
    let text = '';
    first!.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-2_000);
    });
    await eventually(() => expect(service.app.logged()).toContain('A stream was dropped'));
    // What it reads now ends with the reason.
    first!.resume();
    await eventually(() => expect(text.slice(-300)).toContain('"code":"TOO_SLOW"'));
    reader.stop();
  });

  it('is dropped over WebSocket with a code that says so, and resumes from its cursor', { timeout: 60_000 }, async () => {
    const { items } = (await service.app.http.get('/v1/events?limit=500')).body as { items: { cursor: string }[] };
    const after = items.at(-1)!.cursor;
    const client = new WebSocket(`${service.app.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await once(client, 'open');
    const closed = once(client, 'close');
    const seen: string[] = [];
    client.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as { type: string; payload?: { data: { events: { cursor: string } } } };
      if (message.type === 'next') seen.push(message.payload!.data.events.cursor);
    });
    client.send(JSON.stringify({ type: 'connection_init', payload: { Authorization: `Bearer ${service.app.key}` } }));
    await once(client, 'message');
    const query = `subscription { events(after: "${after}", filter: {types: ["container.*"]}) { cursor container { labels { key value } } } }`;
    client.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
    await service.engine.docker('pause', 'heavy');
    await eventually(() => expect(seen).toHaveLength(1));
    client.pause();
    await service.engine.docker('unpause', 'heavy');
    await pour(20);
    await eventually(() => expect(service.app.logged()).toContain('A WebSocket was dropped'));
    client.resume();
    const [code, reason] = (await closed) as [number, Buffer];
    expect([code, reason.toString()]).toEqual([4413, 'Too slow: connect again and resume after your last cursor']);
    const again = subscribeEvents(service.app, { types: ['container.*'] }, seen.at(-1) ?? after);
    const all = (await service.app.http.get(`/v1/events?limit=500&types=container.*&after=${after}`)).body as { items: { cursor: string }[] };
    await eventually(() => expect([...seen, ...again.seen.map(({ cursor }) => cursor)]).toEqual(all.items.map(({ cursor }) => cursor)));
  });
});
