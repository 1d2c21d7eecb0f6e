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
  return ['0.0.0.0', '::'].map((hostAddress) => ({ ...port, hostAddress }));
}

/** A program that is no container holds the port. */
function listenIn(netns: string, port: number): ChildProcess {
  const script = `require('net').createServer().listen(${port}, '0.0.0.0')`;
  return spawn('nsenter', [`--net=/run/netns/${netns}`, process.execPath, '-e', script], { stdio: 'ignore' });
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
    const publishedPorts = [{ containerPort: 80, hostPort: base + 1, hostAddress: '127.0.0.1', protocol: 'tcp' }];
    const container = valueOf(await face.createContainer({ ...SERVER, name: named('narrow'), publishedPorts }));
    expect(container.publishedPorts).toEqual(publishedPorts);
    expect(await fetched('127.0.0.1', base + 1)).toBe('hello');
    const gateway = container.attachments[0]?.gateway ?? '';
    await expect(service.engine.exec('busybox', 'wget', '-q', '-T', '2', '-O', '-', `http://${gateway}:${base + 1}/`)).rejects.toThrow();
  });

  it('are told once the engine has chosen one, at every start anew', async () => {
    const input = { ...SERVER, name: named('free'), publishedPorts: [{ containerPort: 80 }], start: false };
    const created = valueOf(await face.createContainer(input));
    expect(created.publishedPorts).toEqual([{ containerPort: 80, protocol: 'tcp', hostAddress: null, hostPort: null }]);
    const started = valueOf(await face.startContainer(created.id));
    const [port] = started.publishedPorts;
    expect(port).toMatchObject({ containerPort: 80, hostPort: expect.any(Number) });
    expect(await fetched('127.0.0.1', port?.hostPort)).toBe('hello');
    expect(valueOf(await face.stopContainer(created.id)).publishedPorts).toEqual(created.publishedPorts);
  });

  it('carry UDP', async () => {
    const publishedPorts = [{ containerPort: 53, protocol: 'udp', hostPort: base + 2 }];
    const container = valueOf(await face.createContainer({ ...SERVER, name: named('udp'), publishedPorts }));
    expect(container.publishedPorts).toEqual(onEveryAddress({ containerPort: 53, protocol: 'udp', hostPort: base + 2 }));
    // Nobody listens in there: its kernel counts what has come in vain.
    await eventually(async () => {
      await service.engine.exec('bash', '-c', `echo ping > /dev/udp/127.0.0.1/${base + 2}`);
      const counted = await service.engine.docker('exec', container.id, 'awk', '/^Udp: [0-9]/ { print $3 }', '/proc/net/snmp');
      expect(Number(counted)).toBeGreaterThan(0);
    });
  });

  it('that a container holds are refused, naming the holder, and free again once it is stopped', async () => {
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
    const late = valueOf(await face.createContainer(input));
    expect(late.state).toBe('running');
    expect(refusalOf(await face.startContainer(holder.id))).toMatchObject({
      code: 'PORT_IN_USE',
      extras: { holder: { id: late.id } },
    });
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
