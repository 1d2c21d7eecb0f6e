import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { EngineEventStream } from '../../src/docker/docker.gateway.js';
import { DockerodeGateway } from '../../src/docker/dockerode.gateway.js';
import { eventually } from '../support/eventually.js';
import { failureOf } from './engine-lab.js';
import { FakeEngine, json, text, type Handler } from './fake-engine.js';
import { aContainerSpec, aNetworkSpec } from './specs.js';

// What a real engine cannot be made to do: these answers come from a stand-in.
let engine: FakeEngine;
let gateway: DockerodeGateway;

async function given(answers: Record<string, Handler>, ...versions: [string?, string?]): Promise<void> {
  engine = await FakeEngine.start(answers, ...versions);
  const timeouts = { readMs: 300, pingMs: 200, commandMs: 400, stopMs: 200, pullMs: 500 };
  gateway = new DockerodeGateway({ name: 'fake', endpoint: engine.endpoint, timeouts });
}

afterEach(async () => {
  await gateway.close();
  await engine.stop();
});

const hang: Handler = () => undefined;
const HTML = '<html><body><h1>502 Bad Gateway</h1></body></html>';

function truncated(body: string): Handler {
  return (_, response) => {
    response.writeHead(200, { 'content-length': '5000' }).write(body, () => response.socket?.destroy());
  };
}

const reads: Record<string, (to: DockerodeGateway) => Promise<unknown>> = {
  connect: (to) => to.connect(),
  'list networks': (to) => to.listNetworkIds(),
  'list containers': (to) => to.listContainers(),
  'inspect a network': (to) => to.inspectNetwork('a1'),
  'inspect a container': (to) => to.inspectContainer('a1'),
  'find an image': (to) => to.imageExists('busybox'),
  'find containers on a network': (to) => to.listContainerIdsOnNetwork({ id: 'a1', name: 'n' }),
};

const commands: Record<string, (to: DockerodeGateway) => Promise<unknown>> = {
  'create a network': (to) => to.createNetwork(aNetworkSpec('n')),
  'remove a network': (to) => to.removeNetwork('a1'),
  'create a container': (to) => to.createContainer(aContainerSpec()),
  'start a container': (to) => to.startContainer('a1'),
  'stop a container': (to) => to.stopContainer('a1', 0),
  'restart a container': (to) => to.restartContainer('a1', 0),
  'pause a container': (to) => to.pauseContainer('a1'),
  'unpause a container': (to) => to.unpauseContainer('a1'),
  'remove a container': (to) => to.removeContainer('a1', { force: true }),
  attach: (to) => to.connectContainer('a1', 'b2', {}),
  detach: (to) => to.disconnectContainer('a1', 'b2', { force: false }),
  'pull an image': (to) => to.pullImage('busybox'),
};

describe.each(Object.entries(reads))('asked to %s, the gateway tells an engine error where the answer', (_, read) => {
  it.each([
    ['is HTML with status 200', text(HTML)],
    ['is HTML with status 502', text(HTML, 502)],
    ['is empty', text('')],
    ['is JSON cut short', text('{"Id":"a1","Name":')],
    ['breaks off', truncated('{"Id":"a1",')],
    ['is JSON of another shape', json([[1], null, 'x'])],
    ['is the JSON null', json(null)],
    ['is a number', json(7)],
    ['redirects elsewhere', text('', 302, { location: 'http://127.0.0.1:9/elsewhere' })],
    ['has a status that does not exist', text('{}', 599)],
  ])('%s', async (_title, handler) => {
    await given({ '*': handler, '/version': handler, '/info': handler });
    if (read !== reads['connect']) engine.answers['/version'] = json({ ApiVersion: '1.41', MinAPIVersion: '1.12' });
    const failure = await failureOf(read(gateway));
    expect(failure?.code).toBe('ENGINE_ERROR');
  });
});

describe('an object that lacks nearly everything', () => {
  it('is read all the same', async () => {
    await given({ '/networks/a1': json({ Id: 'a1', IPAM: null, Containers: null, Labels: null }) });
    expect(await gateway.inspectNetwork('a1')).toMatchObject({ id: 'a1', name: '', pools: [], endpoints: [] });
  });
});

describe('an engine that does not answer', () => {
  it.each(Object.entries(reads))('fails to %s by its time limit', async (_, read) => {
    await given({ '*': hang, '/version': hang });
    const failure = await failureOf(read(gateway));
    expect(failure?.code).toBe('ENGINE_TIMEOUT');
    expect(failure?.extras.outcome).toBeUndefined();
  });

  it.each(Object.entries(commands))('fails to %s by its time limit, outcome unknown', async (_, command) => {
    await given({ '*': hang });
    const failure = await failureOf(command(gateway));
    expect(failure?.code).toBe('ENGINE_TIMEOUT');
    expect(failure?.extras.outcome).toBe('unknown');
  });

  it('fails the ping within the short limit', async () => {
    await given({ '*': hang });
    const asked = Date.now();
    expect((await failureOf(gateway.ping()))?.code).toBe('ENGINE_TIMEOUT');
    expect(Date.now() - asked).toBeLessThan(300 * 2);
  });

  it('fails the subscription where not even the head of the answer comes', async () => {
    await given({ '*': hang });
    expect((await failureOf(gateway.openEvents()))?.code).toBe('ENGINE_TIMEOUT');
  });

  it('fails a read whose answer drips without end', async () => {
    await given({
      '/networks': (_, response) => {
        response.writeHead(200);
        const drip = setInterval(() => response.write(' '), 20);
        response.on('close', () => clearInterval(drip));
      },
    });
    expect((await failureOf(gateway.listNetworkIds()))?.code).toBe('ENGINE_TIMEOUT');
  });

  it('gives a stop the grace that the container has', async () => {
    await given({
      '/containers/a1/stop': (_, response) => {
        setTimeout(() => response.writeHead(204).end(), 700);
      },
    });
    await gateway.stopContainer('a1', 1);
  });
});

describe('an engine whose connection breaks', () => {
  const drop: Handler = (request) => request.socket.destroy();

  it.each(Object.entries(commands))('leaves it unknown whether it did %s', async (_, command) => {
    await given({ '*': drop });
    const failure = await failureOf(command(gateway));
    expect(failure?.code).toBe('ENGINE_UNREACHABLE');
    expect(failure?.extras.outcome).toBe('unknown');
    expect(engine.requests.filter((line) => !line.includes('/version'))).toHaveLength(1);
  });

  it.each(Object.entries(reads))('is asked once more to %s, then told unreachable', async (_, read) => {
    await given({ '*': drop, '/info': drop });
    const failure = await failureOf(read(gateway));
    expect(failure?.code).toBe('ENGINE_UNREACHABLE');
    expect(engine.requests.filter((line) => !line.includes('/version'))).toHaveLength(2);
  });

  it('leaves it unknown what became of a creation whose answer breaks off or makes no sense', async () => {
    await given({ '/networks/create': truncated('{"Id":'), '/containers/create': json({ warnings: [] }, 201) });
    const unknown = { code: 'ENGINE_ERROR', extras: { outcome: 'unknown' } };
    expect(await failureOf(gateway.createNetwork(aNetworkSpec('n')))).toMatchObject(unknown);
    expect(await failureOf(gateway.createContainer(aContainerSpec()))).toMatchObject(unknown);
  });

  it('leaves it unknown what an engine behind a broken proxy did', async () => {
    await given({ '*': text(HTML, 502) });
    expect(await failureOf(gateway.startContainer('a1'))).toMatchObject({
      code: 'ENGINE_ERROR',
      extras: { outcome: 'unknown', engineMessage: HTML },
    });
  });

  it('is asked again where a kept connection has died unnoticed', async () => {
    let dropNext = false;
    await given({
      '/networks': (request, response) => {
        if (dropNext) request.socket.destroy();
        else json([{ Id: 'a1' }])(request, response);
        dropNext = false;
      },
    });
    await gateway.listNetworkIds();
    dropNext = true;
    expect(await gateway.listNetworkIds()).toEqual(['a1']);
  });
});

describe('an engine that is not there', () => {
  it.each([
    ['no socket', 'unix:///nonexistent/docker.sock'],
    ['nobody listening', 'tcp://127.0.0.1:9'],
    ['a name that nobody bears', 'tcp://nosuch.invalid:2375'],
  ])('is told unreachable, and that nothing was done: %s', async (_, endpoint) => {
    await given({});
    const nobody = new DockerodeGateway({ name: 'nobody', endpoint, timeouts: { readMs: 5_000 } });
    const calls = [nobody.connect(), nobody.ping(), nobody.startContainer('a1'), nobody.openEvents()];
    for (const failure of await Promise.all(calls.map(failureOf))) {
      expect(failure?.code).toBe('ENGINE_UNREACHABLE');
      expect(failure?.extras.outcome).toBeUndefined();
    }
    await nobody.close();
  });

  it('is told an engine error where something else than HTTP answers', async () => {
    await given({});
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.resume().end('SSH-2.0-OpenSSH_9.2\r\n');
    });
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
    const timeouts = { readMs: 2_000 };
    const odd = new DockerodeGateway({ name: 'odd', endpoint: `tcp://127.0.0.1:${port}`, timeouts });
   expect((await failureOf(odd.connect()))?.code).toBe('ENGINE_ERROR');
    await odd.close();
    const tls = new DockerodeGateway({ name: 'odd', endpoint: `tcp://127.0.0.1:${port}`, tls: {}, timeouts });
    expect((await failureOf(tls.connect()))?.code).toBe('ENGINE_UNREACHABLE');
    await tls.close();
    await new Promise((resolve) => server.close(resolve));
  });
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
    await gateway.inspectContainer('ünï');
    expect(engine.requests.slice(-2)).toEqual([
      'GET /v1.41/networks/a%20b%2Fc%3Fd%23e%252f',
      'GET /v1.41/containers/%C3%BCn%C3%AF/json',
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
    expect(JSON.parse(filters)).toMatchObject({ type: ['network', 'container', 'daemon'] });
    expect(filters).not.toContain('exec');
  });
});
