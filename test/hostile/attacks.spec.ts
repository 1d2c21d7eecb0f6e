import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { LARGEST_BODY } from '../../src/http/request-failure.js';
import { json } from '../docker/fake-engine.js';
import { recorded, recordedText, RecordedEngine } from '../docker/recorded-engine.js';
import { eventually } from '../support/eventually.js';
import { startServiceProcess, type ServiceProcess } from '../support/service-process.js';
import { Attacker, type Reply } from './attacker.js';
import { Bystander } from './bystander.js';

const ROUND = 'attachments { container { attachments { network {';
const VERSION = '1.52';

/** An engine that shows so many containers on its network `shop`. */
async function crowdedEngine(count: number): Promise<RecordedEngine> {
  const engine = await RecordedEngine.start(VERSION);
  const web = recorded(VERSION, 'container-web');
  const [listed] = JSON.parse(recordedText(VERSION, 'containers.json')) as object[];
  const crowd = Array.from({ length: count }, (_, n) => ({ id: `${n}`.padStart(64, 'd'), name: `/crowd-${n}` }));
  for (const { id, name } of crowd) engine.fake.answers[`/containers/${id}/json`] = json({ ...web, Id: id, Name: name });
  engine.fake.answers['/containers/json'] = json(crowd.map(({ id, name }) => ({ ...listed, Id: id, Names: [name] })));
  return engine;
}

describe('while it is attacked the service answers others as fast as ever', { timeout: 60_000 }, () => {
  let service: ServiceProcess;
  let engine: RecordedEngine;
  let bystander: Bystander;
  /** Has a key of its own, for which the usual limits hold. */
  let insider: Attacker;
  let stranger: Attacker;
  /** Where nobody has come from before: of an address that too much has come from no key is looked at that is not known there. */
  let insiderFrom: string | undefined;
  let keysMade = 0;
  const newKey = async (): Promise<string> => {
    const scopes = ['engines:read', 'networks:manage', 'networks:read', 'containers:manage', 'containers:read', 'events:read', 'webhooks:manage'];
    keysMade += 1;
    const { status, body } = await service.send('POST', '/v1/api-keys', { name: `key-${keysMade}`, scopes });
    expect(status).toBe(201);
    return (body as { key: string }).key;
  };

  /** An insider whose key has all of its means. */
  async function enter(): Promise<void> {
    insider = new Attacker(service.url, await newKey(), insiderFrom);
  }

  beforeAll(async () => {
    const env = { FAIRLEAD_RATE_LIMIT_PER_KEY: '6000', FAIRLEAD_RATE_LIMIT_PER_ADDRESS: '120', FAIRLEAD_LOG_LEVEL: 'warn' };
    engine = await crowdedEngine(200);
    service = await startServiceProcess({ engines: [{ name: 'crowded', endpoint: engine.endpoint }], env });
    stranger = new Attacker(service.url);
    bystander = new Bystander({ url: service.url, pid: service.pid, key: await newKey() }, enter);
  }, 60_000);
  beforeEach(enter);
  afterEach(() => {
    insider.leave();
    stranger.leave();
  });
  afterAll(async () => {
    await bystander.stop();
    await service.stop();
    await engine.stop();
  });

  /** Every answer is a refusal: for what was sent, or for how much. */
  const refused = ({ status, text }: Reply): void => {
    expect(status, text.slice(0, 300)).toBeGreaterThanOrEqual(400);
    expect(status, text.slice(0, 300)).toBeLessThan(500);
  };
  const text = (of: Record<string, unknown>): string => JSON.stringify(of);
  const many = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));

  it('with wrong keys', async () => {
    const seen = new Set<number>();
    const attack = async (): Promise<void> => {
      const guesses = many(10, (n) => ({ authorization: `Bearer wrong-key-${n}-${'x'.repeat(5_000)}` }));
      for (const { status } of await Promise.all(guesses.map((guess) => stranger.send('GET', '/v1/networks', undefined, guess)))) seen.add(status);
    };
    await bystander.expectUnharmed(attack);
    for (let n = 0; !seen.has(429) && n < 30; n += 1) await attack();
    expect([...seen].sort()).toEqual([401, 429]);
  });

  const bodies: [string, () => string][] = [
    ['more fields than it knows', () => `{${many(29_000, (n) => `"${n.toString(36)}":1`).join(',')}}`],
    ['a map with too many entries', () => text({ name: 'a', labels: Object.fromEntries(many(19_000, (n) => [`k${n}`, 'v'])) })],
    ['lists in lists', () => `{"name":"a","labels":${'['.repeat(130_000)}${']'.repeat(130_000)}}`],
    ['objects in objects', () => `${'{"a":'.repeat(43_000)}1${'}'.repeat(43_000)}`],
    ['lists that do not end', () => '['.repeat(LARGEST_BODY)],
    ['a list of empty pools', () => text({ name: 'a', ipam: { pools: many(87_000, () => ({})) } })],
    ['prototypes', () => `{"name":"a","labels":{${many(5_800, () => '"__proto__":{"constructor":{"prototype":{}}}').join(',')}}}`],
    ['one long number', () => `{"name":${'1'.repeat(LARGEST_BODY - 20)}}`],
    ['one long text', () => text({ name: 'a', driver: 'a-'.repeat(LARGEST_BODY / 2 - 1_100), ipam: { pools: [{ subnet: '1.'.repeat(1_000) }] } })],
    ['more than is taken', () => ' '.repeat(12 * LARGEST_BODY)],
  ];
  it.each(bodies)('with bodies of %s', async (what, make) => {
    const body = make();
    expect(body.length <= LARGEST_BODY).toBe(what !== 'more than is taken');
    await bystander.expectUnharmed(async () => refused(await insider.send('POST', '/v1/networks', body)));
  });

  const queries: [string, () => string][] = [
    ['fields that must be compared with each other', () => `{ ${'networks{totalCount} '.repeat(249)} }`],
    ['the same, deeper', () => `{ ${'networks{nodes{name}} '.repeat(142)} }`],
    ['circles', () => `{ networks { nodes ${'{ attachments { network'.repeat(30)} { id } ${'} }'.repeat(30)} } }`],
    ['a crowd that is gone round', () => `{ network(ref: "shop") { attachmentCount ${ROUND} ${ROUND} attachments { container { name } } }}}} }}}} } }`],
    ['fragments that double', () => `{ networks { ...F0 } } ${many(98, (n) => `fragment F${n} on NetworkConnection { ...F${n + 1} ...F${n + 1} }`).join(' ')} fragment F98 on NetworkConnection { totalCount }`],
    ['aliases', () => `{ ${many(100, (n) => `a${n}:networks{totalCount}`).join(' ')} }`],
    ['the whole schema, many times', () => `{ ${many(60, (n) => `a${n}:__schema{types{name fields{name args{name}}}}`).join(' ')} }`],
    ['names that nearly exist', () => `{ ${many(990, (n) => `networx${n}`).join(' ')} }`],
    ['lists in lists', () => `{ network(ref:${'['.repeat(490)}${']'.repeat(490)}) { name } }`],
    ['braces', () => '{a'.repeat(LARGEST_BODY / 2 - 20)],
  ];
  it.each(queries)('with queries of %s', async (_what, make) => {
    const query = make();
    const statuses = new Set<number>();
    await bystander.expectUnharmed(async () => void statuses.add((await insider.graphql(query)).status));
    // Or it was not the query that was met.
    expect([...statuses].filter((status) => status !== 429)).not.toEqual([]);
  });

  it('which has a crowd to show', async () => {
    const { body } = await service.send('POST', '/graphql', { query: '{ network(ref: "shop") { attachmentCount } }' });
    expect(body).toEqual({ data: { network: { attachmentCount: 200 } } });
  });

  it('with variables that are large, deep and foreign', async () => {
    const query = 'query ($ref: String!) { network(ref: $ref) { name } }';
    const bodies = [
      text({ query, variables: { ref: 'a', ...Object.fromEntries(many(17_000, (n) => [`k${n}`, n])) } }),
      `{"query":${JSON.stringify(query)},"variables":{"ref":${'['.repeat(130_000)}${']'.repeat(130_000)}}}`,
      `{"query":${JSON.stringify(query)},"variables":{"__proto__":{"ref":"a"}}}`,
      text({ query, variables: { ref: 'a'.repeat(260_000) } }),
      `[${many(500, () => text({ query, variables: { ref: 'a' } })).join(',')}]`,
    ];
    await bystander.expectUnharmed(async () => {
      for (const body of bodies) await insider.send('POST', '/graphql', body);
    });
  });

  it('with texts on which careless expressions would take for ever', async () => {
    const evil = ['a'.repeat(4_000), `${'a-'.repeat(2_000)}!`, `${'a.'.repeat(2_000)}!`, `${'1.'.repeat(2_000)}/`, `${':'.repeat(4_000)}x`, `${' '.repeat(4_000)}x`, `${'*.'.repeat(2_000)}!`, `${'a=b,'.repeat(1_000)}!`];
    await bystander.expectUnharmed(async () => {
      for (const each of evil) {
        const value = encodeURIComponent(each).slice(0, 4_000);
        for (const field of ['name', 'label', 'containsAddress', 'sort', 'cursor']) await insider.send('GET', `/v1/networks?${field}=${value}`);
        for (const field of ['types', 'after']) await insider.send('GET', `/v1/events?${field}=${value}`);
        await insider.send('GET', '/v1/networks', undefined, { 'if-none-match': each, accept: each, 'x-request-id': each, 'last-event-id': each });
        for (const [path, body] of [
          ['containers', { name: each, image: each, hostname: each, extraHosts: [each], exposedPorts: [each], networkMode: each }],
          ['services', { name: each, image: each }],
          ['webhooks', { url: `http://${each}`, filter: { types: [each] } }],
        ] as const) await insider.send('POST', `/v1/${path}?dryRun=true`, text(body));
      }
    });
  });

  it('with bodies that would grow when they are read', async () => {
    const small = Buffer.alloc(20_000, 1);
    await bystander.expectUnharmed(async () => {
      for (const encoding of ['gzip', 'br', 'deflate']) refused(await insider.send('POST', '/v1/networks', small, { 'content-encoding': encoding }));
    });
  });

  const half = 'GET /v1/networks HTTP/1.1\r\nHost: localhost\r\nX-Half: ';
  it('with thousands of connections that are never used, which it does not keep', async () => {
    let opened = 0;
    await bystander.expectUnharmed(async () => {
      await Promise.all(many(50, (n) => stranger.open(n % 2 === 0 ? half : '')));
      opened += 50;
    });
    while (opened < 2_000) opened += (await Promise.all(many(100, () => stranger.open(half)))).length;
    await eventually(() => expect(stranger.openConnections).toBeLessThanOrEqual(1_000));
    // What is left goes when its time is over.
    await eventually(() => expect(stranger.openConnections).toBe(0), { timeoutMs: 20_000 });
  });

  it('with bodies that come a byte at a time, and answers that nobody reads', async () => {
    const dripping: Socket[] = [];
    await bystander.expectUnharmed(async () => {
      const { authorization } = insider.credentials as { authorization: string };
      const asked = `GET /openapi.json HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${authorization}\r\n\r\n`;
      const opened = await insider.open(`POST /v1/networks HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${authorization}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n`);
      dripping.push(opened);
      for (const socket of dripping) socket.write(' ');
      (await insider.open(asked.repeat(3))).pause();
    });
  });

  /** Where nothing else is said, from where those come who have no key. */
  const openSocket = async (closes: number[], localAddress = '127.0.0.3'): Promise<WebSocket> => {
    const socket = new WebSocket(`${service.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { localAddress, perMessageDeflate: true });
    socket.on('error', () => undefined).on('close', (code) => closes.push(code));
    await Promise.race([once(socket, 'open'), once(socket, 'close')]);
    return socket;
  };
  /** Some say nothing, some ping or pong, some talk before they are let in, some try a key. */
  const speakUninvited = (socket: WebSocket, n: number): void => {
    if (n % 8 === 1) for (let ping = 0; ping < 50; ping += 1) socket.ping('x'.repeat(100));
    if (n % 8 === 5) for (let pong = 0; pong < 50; pong += 1) socket.pong('x'.repeat(100));
    if (n % 4 === 2) for (let message = 0; message < 50; message += 1) socket.send('{"type":"ping","payload":{"x":"' + 'x'.repeat(10_000) + '"}}');
    if (n % 4 === 3) socket.send('{"type":"connection_init","payload":{"Authorization":"Bearer wrong"}}');
  };
  it('with WebSockets that nobody was let in by, which it closes', async () => {
    const closes: number[] = [];
    let opened = 0;
    await bystander.expectUnharmed(async () => {
      const sockets = await Promise.all(many(8, () => openSocket(closes)));
      opened += sockets.length;
      expect(sockets.map(({ extensions }) => extensions)).toEqual(many(8, () => ''));
      sockets.forEach(speakUninvited);
    });
    await eventually(() => expect(closes).toHaveLength(opened), { timeoutMs: 15_000 });
    expect(new Set(closes)).toContain(4429);
    expect(new Set(closes)).toContain(4408);
  });

  it('with a flood of messages of one who was let in', async () => {
    const closes: number[] = [];
    await bystander.expectUnharmed(async () => {
      const socket = await openSocket([], '127.0.0.2');
      if (socket.readyState !== WebSocket.OPEN) return;
      const closed = once(socket, 'close');
      socket.on('close', (code) => closes.push(code));
      socket.send(JSON.stringify({ type: 'connection_init', payload: { Authorization: `Bearer ${insider.key}` } }));
      const first = await Promise.race([once(socket, 'message'), closed.then(() => null)]);
      // By now the key may have been used so often that it is not good for another operation.
      if (first === null) return;
      for (let n = 0; n < 1_500; n += 1) socket.send('{"type":"ping"}');
      await closed;
    });
    expect(new Set(closes)).toEqual(new Set([4429]));
  });

  it('with large messages of one who was let in', async () => {
    const closes: number[] = [];
    const answers = new Set<unknown>();
    const large = text({ id: 'a', type: 'subscribe', payload: { query: '{ __typename }', variables: { filler: many(9_000, () => '').concat('x'.repeat(200_000)) } } });
    await bystander.expectUnharmed(async () => {
      const socket = await openSocket(closes, '127.0.0.5');
      socket.on('message', (data: Buffer) => answers.add((JSON.parse(data.toString()) as { type: string }).type));
      socket.send(text({ type: 'connection_init', payload: { Authorization: `Bearer ${insider.key}` } }));
      for (let n = 0; n < 40; n += 1) socket.send(large);
      if (socket.readyState !== WebSocket.CLOSED) await once(socket, 'close');
    });
    expect(new Set(closes)).toEqual(new Set([4429]));
    // Or it was not what it said that was met.
    expect([...answers]).toContain('connection_ack');
  });

  it('with bodies that lack their last byte for long, and come together', async () => {
    insiderFrom = '127.0.0.5';
    const body = text({ name: 'a', labels: Object.fromEntries(many(9_000, (n) => [`k${n}`, 'x'.repeat(10)])) });
    const statuses = new Set<string>();
    await bystander.expectUnharmed(async () => {
      const { authorization } = insider.credentials as { authorization: string };
      const head = `POST /v1/networks HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${authorization}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
      const held = await Promise.all(many(20, () => insider.open(`${head}${body.slice(0, -1)}`)));
      const answered = held.map((socket) => Promise.race([once(socket, 'data'), once(socket, 'close')]));
      for (const socket of held) socket.write('}');
      for (const [answer] of await Promise.all(answered)) if (Buffer.isBuffer(answer)) statuses.add(answer.toString().slice(9, 12));
    });
    expect([...statuses].filter((status) => status !== '429')).toEqual(['400']);
  });

  it('with all of it in turn, for longer than a key has means for', async () => {
    const bomb = Buffer.alloc(20_000, 1);
    const [large, dear] = [bodies, queries].map((kinds) => kinds.map(([, make]) => make())) as [string[], string[]];
    const met = new Set<number>();
    insiderFrom = '127.0.0.4';
    // Queries first: large bodies take all that a key has.
    const attacks: (() => Promise<unknown>)[] = [
      ...dear.map((query, n) => async () => {
        if ((await insider.graphql(query)).status !== 429) met.add(n);
      }),
      () => insider.send('POST', '/v1/networks', bomb, { 'content-encoding': 'gzip' }),
      ...large.map((body) => () => insider.send('POST', '/v1/networks', body)),
      () => stranger.send('GET', '/v1/networks', undefined, { authorization: 'Bearer wrong' }),
      () => Promise.all(many(20, () => stranger.open(half))),
      ...many(4, (n) => async () => speakUninvited(await openSocket([]), n)),
    ];
    await bystander.expectUnharmedFor(20_000, async () => {
      for (const attack of attacks) await attack();
    });
    expect(met.size).toBeGreaterThan(queries.length / 2);
  }, 120_000);

  it('and is then as it was', async () => {
    expect((await service.get('/v1/networks')).status).toBe(200);
    expect(service.output().split('\n').filter((line) => /"level":"(error|fatal)"/.test(line)).slice(0, 3)).toEqual([]);
    expect(({} as Record<string, unknown>).name).toBeUndefined();
  });
});
