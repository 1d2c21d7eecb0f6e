import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { DockerodeGateway } from '../../src/docker/dockerode.gateway.js';
import { failureOf } from './engine-lab.js';
import { FakeEngine, hang, hastyGatewayTo, json, text, type Handler } from './fake-engine.js';
import { aContainerSpec, aNetworkSpec } from './specs.js';

// What a real engine cannot be made to do: these answers come from a stand-in.
let engine: FakeEngine;
let gateway: DockerodeGateway;

async function given(answers: Record<string, Handler>): Promise<void> {
  engine = await FakeEngine.start(answers);
  gateway = hastyGatewayTo(engine);
}

afterEach(async () => {
  await gateway.close();
  await engine.stop();
});

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

  it('is asked again over a new connection where all that were kept have died unnoticed', async () => {
    await given({ '/networks': json([{ Id: 'a1' }]) });
    const ask = (): Promise<unknown> => Promise.all(Array.from({ length: 4 }, () => gateway.listNetworkIds()));
    await ask();
    expect(engine.connections).toBe(4);
    engine.dropConnections();
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
