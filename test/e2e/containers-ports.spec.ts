import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { doneOf, refusalOf, valueOf, type Face } from './face.js';
import { FACES } from './faces.js';
import { standing, startService, type Service } from './service.js';

let service: Service;
beforeAll(async () => {
  service = await startService(['local'], { pools: 'base=10.200.0.0/16,size=24' });
});
afterAll(() => service.stop());

/** The engine publishes a port without an address twice, for IPv4 and for IPv6. */
function onEveryAddress(port: object): object[] {
  return ['0.0.0.0', '::'].map((hostAddress) => ({ ...port, hostAddress, hostPortRange: null }));
}

/** A program that is no container holds the port. */
function listenIn(netns: string, port: number): ChildProcess {
  const script = `require('net').createServer().listen(${port}, '0.0.0.0')`;
  return spawn('nsenter', [`--net=/run/netns/${netns}`, process.execPath, '-e', script], { stdio: 'ignore' });
}

/** Sends back on UDP port 53 of a container what comes there: its image has no program that does. */
async function echoIn(container: string): Promise<ChildProcess> {
  const pid = await service.engine.docker('inspect', '--format', '{{.State.Pid}}', container);
  const script = `const s = require('dgram').createSocket('udp4'); s.on('message', (m, from) => s.send(m, from.port, from.address)); s.bind(53)`;
  return spawn('nsenter', [`--net=/proc/${pid}/ns/net`, process.execPath, '-e', script], { stdio: 'ignore' });
}

describe.each(FACES)('ports published through %s', (faceName, faceOf) => {
  let face: Face;
  const base = faceName === 'REST' ? 18_000 : 19_000;
  const named = (name: string): string => `${faceName.toLowerCase()}-${name}`;
  const SERVER = { image: 'fl-busybox', command: ['sh', '-c', 'echo hello > /tmp/index.html; exec httpd -f -p 80 -h /tmp'] };
  const fetched = (address: string, port: number | null | undefined): Promise<string> =>
    eventually(() => service.engine.exec('busybox', 'wget', '-q', '-O', '-', `http://${address}:${port}/`));
  beforeAll(() => {
    face = faceOf(service.app);
  });

  it('are reached at the port that was asked for, on all addresses', async () => {
    const container = valueOf(await face.createContainer({ ...SERVER, name: named('http'), publishedPorts: [{ containerPort: 80, hostPort: base }] }));
    expect(container.publishedPorts).toEqual(onEveryAddress({ containerPort: 80, protocol: 'tcp', hostPort: base }));
    expect(await fetched('127.0.0.1', base)).toBe('hello');
    expect(valueOf(await face.listContainers({ publishedPort: base })).items.map(({ name }) => name)).toEqual([named('http')]);
  });

  it('are reached at one address where one was asked for, and nowhere else', async () => {
    const port = { containerPort: 80, hostPort: base + 1, hostAddress: '127.0.0.1', protocol: 'tcp' };
    const container = valueOf(await face.createContainer({ ...SERVER, name: named('narrow'), publishedPorts: [port] }));
    expect(container.publishedPorts).toEqual([{ ...port, hostPortRange: null }]);
    expect(await fetched('127.0.0.1', base + 1)).toBe('hello');
    const gateway = container.attachments[0]?.gateway ?? '';
    await expect(service.engine.exec('busybox', 'wget', '-q', '-T', '2', '-O', '-', `http://${gateway}:${base + 1}/`)).rejects.toThrow();
  });

  it('are told once the engine has chosen one, at every start anew', async () => {
    const input = { ...SERVER, name: named('free'), publishedPorts: [{ containerPort: 80 }], start: false };
    const created = valueOf(await face.createContainer(input));
    expect(created.publishedPorts).toEqual([{ containerPort: 80, protocol: 'tcp', hostAddress: null, hostPort: null, hostPortRange: null }]);
    const started = valueOf(await face.startContainer(created.id));
    const [port] = started.publishedPorts;
    expect(port).toMatchObject({ containerPort: 80, hostPort: expect.any(Number) });
    expect(await fetched('127.0.0.1', port?.hostPort)).toBe('hello');
    expect(valueOf(await face.stopContainer(created.id)).publishedPorts).toEqual(created.publishedPorts);
  });

  it('are taken from a range, the first that is free, until none is', async () => {
    const hostPortRange = `${base + 10}-${base + 11}`;
    const input = { ...SERVER, publishedPorts: [{ containerPort: 80, hostPortRange }] };
    const waiting = valueOf(await face.createContainer({ ...input, name: named('range'), start: false }));
    expect(waiting.publishedPorts).toEqual([{ containerPort: 80, protocol: 'tcp', hostAddress: null, hostPort: null, hostPortRange }]);
    const first = valueOf(await face.startContainer(waiting.id));
    const second = valueOf(await face.createContainer({ ...input, name: named('range-2') }));
    const ports = [first, second].map(({ publishedPorts }) => publishedPorts[0]?.hostPort);
    expect(ports.sort()).toEqual([base + 10, base + 11]);
    for (const port of ports) expect(await fetched('127.0.0.1', port)).toBe('hello');
    const refused = refusalOf(await face.createContainer({ ...input, name: named('range-3') }));
    expect(refused).toMatchObject({ code: 'PORT_IN_USE', status: 409, extras: { holder: { kind: 'container', engine: 'local' } } });
    expect(refused.detail).toContain(hostPortRange);
    expect((await standing(service.engine)).containers).not.toContain(named('range-3'));
  });

  it('carry UDP there and back', async () => {
    const publishedPorts = [{ containerPort: 53, protocol: 'udp', hostPort: base + 2 }];
    const container = valueOf(await face.createContainer({ ...SERVER, name: named('udp'), publishedPorts }));
    expect(container.publishedPorts).toEqual(onEveryAddress({ containerPort: 53, protocol: 'udp', hostPort: base + 2 }));
    const echo = await echoIn(container.id);
    const asked = `exec 3<> /dev/udp/127.0.0.1/${base + 2}; echo ping >&3; timeout 0.5 head -n 1 <&3`;
    await eventually(async () => expect(await service.engine.exec('bash', '-c', asked)).toBe('ping'));
    echo.kill();
    await once(echo, 'close');
  });

  it('that a container holds are refused, naming the holder, which may be stopped, and free again once it is removed', async () => {
    const wanted = [{ containerPort: 80, hostPort: base + 3 }];
    const holder = valueOf(await face.createContainer({ ...SERVER, name: named('holder'), publishedPorts: wanted }));
    const input = { ...SERVER, name: named('late'), publishedPorts: wanted };
    expect(refusalOf(await face.createContainer(input))).toMatchObject({
      code: 'PORT_IN_USE',
      status: 409,
      extras: { holder: { kind: 'container', id: holder.id, name: named('holder'), engine: 'local' } },
    });
    expect(refusalOf(await face.createContainer(input, { dryRun: true })).code).toBe('PORT_IN_USE');
    expect((await standing(service.engine)).containers).not.toContain(named('late'));
    valueOf(await face.createContainer({ ...input, name: named('other-proto'), publishedPorts: [{ ...wanted[0], protocol: 'udp' }] }));
    valueOf(await face.stopContainer(holder.id));
    const stopped = refusalOf(await face.createContainer(input));
    expect(stopped).toMatchObject({ code: 'PORT_IN_USE', extras: { holder: { id: holder.id } } });
    expect(stopped.detail).toMatch(/does not run \(exited\).*could not start again/);
    // Made for later, it hinders nobody, and whichever is started first has the port.
    const later = valueOf(await face.createContainer({ ...input, name: named('later'), start: false }));
    valueOf(await face.startContainer(holder.id));
    expect(refusalOf(await face.startContainer(later.id))).toMatchObject({ code: 'PORT_IN_USE', extras: { holder: { id: holder.id } } });
    valueOf(await face.removeContainer(later.id));
    valueOf(await face.removeContainer(holder.id, { force: true }));
    const late = valueOf(await face.createContainer(input));
    expect(late.state).toBe('running');
  });

  it('that another program holds are refused when the start fails, and no container is left behind', async () => {
    const port = base + 4;
    const listener = listenIn(service.engine.netns, port);
    await eventually(async () => expect(await service.engine.exec('busybox', 'netstat', '-ltn')).toContain(`:${port} `));
    const input = { ...SERVER, name: named('clash'), publishedPorts: [{ containerPort: 80, hostPort: port }] };
    expect(refusalOf(await face.createContainer(input))).toMatchObject({
      code: 'PORT_IN_USE',
      status: 409,
      extras: { engineMessage: expect.stringContaining('address already in use') },
    });
    expect((await standing(service.engine)).containers).not.toContain(named('clash'));
    expect(valueOf(await face.listContainers({ name: named('clash') })).total).toBe(0);
    listener.kill();
    await once(listener, 'close');
  });

  it('of a container without a reachable network are warned of', async () => {
    await service.engine.docker('network', 'create', '--internal', named('internal'));
    await eventually(async () => expect((await face.getNetwork(named('internal'))).ok).toBe(true));
    const publishedPorts = [{ containerPort: 80, hostPort: base + 5 }];
    const none = doneOf(await face.createContainer({ ...SERVER, networkMode: 'none', publishedPorts }));
    expect(none.warnings.join()).toMatch(/no network/);
    const internal = doneOf(await face.createContainer({ ...SERVER, networks: [{ network: named('internal') }], publishedPorts }));
    expect(internal.warnings.join()).toMatch(/internal/);
  });
});
