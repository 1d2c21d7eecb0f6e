import { afterEach, describe, expect, it } from 'vitest';
import type { EngineEventStream } from '../../src/docker/docker.gateway.js';
import type { DockerodeGateway } from '../../src/docker/dockerode.gateway.js';
import { eventually } from '../support/eventually.js';
import { failureOf } from './engine-lab.js';
import { FakeEngine, hang, hastyGatewayTo, json, text, type Handler } from './fake-engine.js';

// What goes over the wire, seen from the other side: versions, paths, connections, streams.
let engine: FakeEngine;
let gateway: DockerodeGateway;

async function given(answers: Record<string, Handler>, ...versions: [string?, string?]): Promise<void> {
  engine = await FakeEngine.start(answers, ...versions);
  gateway = hastyGatewayTo(engine);
}

afterEach(async () => {
  await gateway.close();
  await engine.stop();
});

describe('the API version', () => {
  it.each([
    ['1.41', '1.12', '1.41'],
    ['1.47', '1.24', '1.47'],
    ['1.54', '1.40', '1.54'],
    ['1.55', '1.44', '1.54'],
    ['2.0', '1.54', '1.54'],
  ])('of an engine that speaks up to %s, at least %s, is %s', async (newest, oldest, spoken) => {
    await given({ '/networks': json([]) }, newest, oldest);
    expect((await gateway.connect()).apiVersion).toBe(spoken);
    await gateway.listNetworkIds();
    expect(engine.requests.at(-1)).toBe(`GET /v${spoken}/networks`);
  });

  it.each([
    ['1.40', '1.12', '1.41', 'Upgrade the engine'],
    ['1.60', '1.55', '1.55', 'Upgrade the service'],
  ])('of an engine that speaks %s to %s cannot be agreed on', async (newest, oldest, required, advice) => {
    await given({}, newest, oldest);
    const failure = await failureOf(gateway.connect());
    expect(failure?.code).toBe('UNSUPPORTED_BY_ENGINE');
    expect(failure?.detail).toContain(advice);
    expect(failure?.extras).toMatchObject({ requiredApiVersion: required, engineApiVersion: newest });
  });

  it('is agreed on again when connecting again, since the engine may be another by now', async () => {
    await given({}, '1.41');
    await gateway.connect();
    engine.answers['/version'] = json({ ApiVersion: '1.47', MinAPIVersion: '1.24' });
    expect((await gateway.connect()).apiVersion).toBe('1.47');
  });
});

describe('an id', () => {
  it('is encoded in the path', async () => {
    await given({});
    await gateway.inspectNetwork('a b/c?d#e%2f');
    await gateway.imageExists('ünï');
    expect(engine.requests.slice(-2)).toEqual([
      'GET /v1.41/networks/a%20b%2Fc%3Fd%23e%252f',
      'GET /v1.41/images/%C3%BCn%C3%AF/json',
    ]);
  });

  it.each(['', '.', '..', '../info', 'a/../../info', '/a', 'a//b'])(
    'that would lead to another path is not asked for: "%s"',
    async (id) => {
      await given({});
      await gateway.connect();
      const asked = engine.requests.length;
      expect(await gateway.inspectNetwork(id)).toBeUndefined();
      expect(await gateway.inspectContainer(id)).toBeUndefined();
      expect((await failureOf(gateway.removeNetwork(id)))?.code).toBe('NETWORK_NOT_FOUND');
      expect((await failureOf(gateway.removeContainer(id, { force: true })))?.code).toBe('CONTAINER_NOT_FOUND');
      expect(engine.requests).toHaveLength(asked);
    },
  );
});

describe('connections', () => {
  it('are kept for reads and fresh for commands, which could not be repeated on a dead one', async () => {
    await given({ '/networks': json([]), '/containers/a1/start': text('', 204) });
    await gateway.connect();
    for (let round = 0; round < 5; round += 1) await gateway.listNetworkIds();
    expect(engine.connections).toBe(1);
    await gateway.startContainer('a1');
    await gateway.startContainer('a1');
    expect(engine.connections).toBe(3);
  });

  it('all end with the gateway: requests under way and streams too', async () => {
    await given({
      '/networks': hang,
      '/containers/a1/start': hang,
      '/events': (_, response) => response.writeHead(200).flushHeaders(),
    });
    const stream = await gateway.openEvents();
    const under = [failureOf(gateway.listNetworkIds()), failureOf(gateway.startContainer('a1'))];
    await eventually(() => expect(engine.requests).toHaveLength(4));
    await gateway.close();
    const [read, command] = await Promise.all(under);
    expect(read).toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    expect(command).toMatchObject({ code: 'ENGINE_UNREACHABLE', extras: { outcome: 'unknown' } });
    expect(await Array.fromAsync(stream)).toEqual([]);
    expect((await failureOf(gateway.ping()))?.code).toBe('ENGINE_UNREACHABLE');
  });

  it('do not heed DOCKER_HOST, which may mean another engine', async () => {
    const before = { ...process.env };
    Object.assign(process.env, { DOCKER_HOST: 'tcp://127.0.0.1:9', DOCKER_TLS_VERIFY: '1' });
    try {
      await given({});
    } finally {
      process.env = before;
    }
    expect((await gateway.connect()).version).toBe('20.10.24');
  });
});

describe('a pull', () => {
  const progress = (...lines: object[]): Handler => text(lines.map((line) => `${JSON.stringify(line)}\r\n`).join(''));

  it('asks for one tag', async () => {
    await given({ '/images/create': progress({ status: 'Pulling' }, { status: 'Done' }) });
    await gateway.pullImage('registry:5000/busybox');
    expect(engine.requests.at(-1)).toContain('fromImage=registry%3A5000%2Fbusybox%3Alatest');
    await gateway.pullImage('busybox:1.36');
    expect(engine.requests.at(-1)).toContain('fromImage=busybox%3A1.36');
  });

  it('fails with what the engine tells in the midst of its progress', async () => {
    const message = 'manifest for busybox:nosuch not found: manifest unknown';
    await given({ '/images/create': progress({ status: 'Pulling' }, { errorDetail: { message }, error: message }) });
    expect((await failureOf(gateway.pullImage('busybox:nosuch')))?.code).toBe('IMAGE_NOT_FOUND');
  });
});

describe('an event stream', () => {
  const line = (name: string): string =>
    `${JSON.stringify({ Type: 'network', Action: 'create', Actor: { ID: name }, time: 1, timeNano: 1 })}\n`;

  async function follow(stream: EngineEventStream): Promise<string[]> {
    return (await Array.fromAsync(stream)).map(({ actorId }) => actorId);
  }

  it('gives what has come, then ends, where the connection breaks', async () => {
    await given({
      '/events': (_, response) => {
        response.writeHead(200);
        response.write(line('a') + line('b') + line('c').slice(0, 20), () => response.socket?.destroy());
      },
    });
    const stream = await gateway.openEvents();
    expect(await follow(stream)).toEqual(['a', 'b']);
    expect(stream.endReason).toMatch(/connection/);
  });

  it('ends where the engine ends it', async () => {
    await given({ '/events': text(line('a')) });
    const stream = await gateway.openEvents();
    expect(await follow(stream)).toEqual(['a']);
    expect(stream.endReason).not.toBeNull();
  });

  it('is refused as any request is', async () => {
    await given({ '/events': json({ message: 'no' }, 500) });
    expect(await failureOf(gateway.openEvents())).toMatchObject({ code: 'ENGINE_ERROR', extras: { engineMessage: 'no' } });
  });

  it('asks for what can change the picture', async () => {
    await given({ '/events': text('') });
    await gateway.openEvents();
    const filters = new URL(`http://x${engine.requests.at(-1)?.slice(4)}`).searchParams.get('filters') ?? '';
    expect(JSON.parse(filters)).toMatchObject({ type: ['network', 'container', 'daemon', 'service', 'node'] });
    expect(filters).not.toContain('exec');
  });
});

describe('a change of a node', () => {
  const outOfSequence = json({ message: 'rpc error: code = Unknown desc = update out of sequence' }, 500);

  it('is made of the node as it stands, also where that has changed since the look at it', async () => {
    let version = 0;
    await given({
      '/nodes/n1': (request, response) => json({ ID: 'n1', Version: { Index: ++version }, Spec: { Role: 'worker', Labels: { v: `${version}` } } })(request, response),
      '/nodes/n1/update': (request, response) => (version < 3 ? outOfSequence : text(''))(request, response),
    });
    await gateway.swarm.updateNode('n1', { availability: 'drain' });
    const updates = engine.requests.filter((request) => request.includes('/update'));
    expect(updates.map((request) => request.replace(/^.*\?/, ''))).toEqual(['version=1', 'version=2', 'version=3']);
  });

  it('is given up where it changes each time', async () => {
    await given({ '/nodes/n1': json({ ID: 'n1', Version: { Index: 1 }, Spec: {} }), '/nodes/n1/update': outOfSequence });
    expect(await failureOf(gateway.swarm.updateNode('n1', { role: 'worker' }))).toMatchObject({ code: 'PRECONDITION_FAILED' });
    expect(engine.requests.filter((request) => request.includes('/update'))).toHaveLength(5);
  });
});
