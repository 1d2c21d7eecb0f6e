import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { refusalOf, doneOf, valueOf, type Face, type Input } from './face.js';
import { FACES } from './faces.js';
import { serve, standing, startServiceLab, type ServiceLab } from './service-lab.js';

let lab: ServiceLab;
beforeAll(async () => {
  lab = await startServiceLab('create');
  await lab.engine.docker('network', 'create', '--subnet', '10.31.0.0/24', 'front');
  await lab.engine.docker('network', 'create', '--subnet', '10.32.0.0/24', 'back');
  await lab.engine.docker('network', 'create', '--subnet', '10.33.0.0/24', 'third');
  await eventually(async () => expect((await lab.app.http.get('/v1/networks?name=third')).body.total).toBe(1));
});
afterAll(() => lab.stop());

const SLEEPER = { image: 'fl-busybox', command: ['sleep', '3600'] };

function inside(container: string, ...command: string[]): Promise<string> {
  return lab.engine.docker('exec', container, ...command);
}

/** The engine publishes a port without an address twice, for IPv4 and for IPv6. */
function onEveryAddress(port: object): object[] {
  return ['0.0.0.0', '::'].map((hostAddress) => ({ ...port, hostAddress }));
}

/** A program that is no container holds the port. */
function listenIn(netns: string, port: number): ChildProcess {
  const script = `require('net').createServer().listen(${port}, '0.0.0.0')`;
  return spawn('nsenter', [`--net=/run/netns/${netns}`, process.execPath, '-e', script], { stdio: 'ignore' });
}

describe.each(FACES)('creating a container through %s', (faceName, faceOf) => {
  let face: Face;
  const named = (name: string): string => `${faceName.toLowerCase()}-${name}`;
  const create = async (name: string, input: Input = {}) =>
    valueOf(await face.createContainer({ ...SLEEPER, name: named(name), ...input }));
  beforeAll(() => {
    face = faceOf(lab.app);
  });

  it('puts it on the default bridge where no network is named, started', async () => {
    const done = doneOf(await face.createContainer({ ...SLEEPER, name: named('plain') }));
    const container = done.value;
    if (done.http !== undefined) {
      expect(done.http).toMatchObject({ status: 201, location: `/v1/containers/${container.id}` });
    }
    expect(done).toMatchObject({ warnings: [] });
    expect(container).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{64}$/),
      name: named('plain'),
      engine: 'local',
      image: 'fl-busybox',
      command: ['sleep', '3600'],
      state: 'running',
      exitCode: null,
      health: null,
      networkMode: 'bridge',
      attachments: [{ networkId: 'local~bridge', active: true, ipv4Address: expect.stringMatching(/^172\.|^10\.200\./), broken: null }],
    });
    expect(valueOf(await face.getContainer(container.id))).toEqual(container);
    expect(await lab.engine.docker('inspect', '-f', '{{.State.Status}}', container.id)).toBe('running');
  });

  it('invents a name where none is given', async () => {
    const container = valueOf(await face.createContainer(SLEEPER));
    expect(container.name).toMatch(/^\S{2,}$/);
    expect(await lab.engine.docker('inspect', '-f', '{{.Name}}', container.id)).toBe(`/${container.name}`);
  });

  it('puts it on one network with a static address and an alias that others resolve', async () => {
    const address = faceName === 'REST' ? '10.31.0.77' : '10.31.0.78';
    const one = await create('one', { networks: [{ network: 'front', ipv4Address: address, aliases: [named('alias')] }] });
    expect(one.networkMode).toBe('front');
    expect(one.attachments).toMatchObject([
      { networkName: 'front', active: true, ipv4Address: address, ipv4PrefixLength: 24, gateway: '10.31.0.1', aliases: [named('alias')] },
    ]);
    const other = await create('other', { networks: [{ network: 'front' }] });
    expect(await inside(other.id, 'nslookup', named('alias'))).toContain(address);
  });

  it('puts it on several networks before it starts, each with its own settings', async () => {
    const last = faceName === 'REST' ? 20 : 21;
    const many = await create('many', {
      networks: [
        { network: 'third', ipv4Address: `10.33.0.${last}` },
        { network: 'front', ipv4Address: `10.31.0.${last}`, aliases: ['inner'] },
        { network: 'back', driverOptions: { 'com.example.note': 'kept' } },
      ],
    });
    expect(many.networkMode).toBe('third');
    expect(many.state).toBe('running');
    expect(many.attachments).toMatchObject([
      { networkName: 'back', active: true, driverOptions: { 'com.example.note': 'kept' } },
      { networkName: 'front', active: true, ipv4Address: `10.31.0.${last}`, aliases: ['inner'] },
      { networkName: 'third', active: true, ipv4Address: `10.33.0.${last}` },
    ]);
    expect(await inside(many.id, 'ip', '-4', '-o', 'addr')).toMatch(new RegExp(`10\\.31\\.0\\.${last}/24[^]*10\\.33\\.0\\.${last}/24|10\\.33\\.0\\.${last}/24[^]*10\\.31\\.0\\.${last}/24`));
    const start = await lab.engine.docker('inspect', '-f', '{{.RestartCount}}', many.id);
    expect(start).toBe('0');
  });

  it('sets a MAC address on the first network', async () => {
    const macAddress = faceName === 'REST' ? '02:42:AB:00:00:01' : '02:42:ab:00:00:02';
    const container = await create('mac', { networks: [{ network: 'front', macAddress }] });
    expect(container.attachments[0]?.macAddress).toBe(macAddress.toLowerCase());
    expect(await inside(container.id, 'cat', '/sys/class/net/eth0/address')).toBe(macAddress.toLowerCase());
  });

  it('leaves it unstarted where start is false: its attachments are configured, not active', async () => {
    const container = await create('unstarted', { start: false, networks: [{ network: 'front', aliases: ['later'] }, { network: 'back' }] });
    expect(container).toMatchObject({ state: 'created', startedAt: null, exitCode: null });
    expect(container.attachments).toMatchObject([
      { networkName: 'back', active: false, ipv4Address: null, endpointId: null, broken: null },
      { networkName: 'front', active: false, ipv4Address: null, aliases: ['later'], broken: null },
    ]);
  });

  it('gives it no network in mode none', async () => {
    const container = await create('none', { networkMode: 'none' });
    expect(container.networkMode).toBe('none');
    expect(await inside(container.id, 'ls', '/sys/class/net')).toBe('lo');
  });

  it('shares the network stack of another container, named by any reference', async () => {
    const owner = await create('owner', { networks: [{ network: 'front' }] });
    for (const [index, ref] of [owner.name, owner.id, owner.id.slice(0, 12)].entries()) {
      const guest = await create(`guest-${index}`, { networkMode: `container:${ref}` });
      expect(guest).toMatchObject({ networkMode: `container:${owner.id}`, attachments: [], state: 'running' });
      expect(await inside(guest.id, 'ip', '-4', '-o', 'addr')).toContain(owner.attachments[0]?.ipv4Address);
    }
  });

  it('refuses host mode unless the setting allows it', async () => {
    const input = { ...SLEEPER, name: named('host'), networkMode: 'host' };
    expect(refusalOf(await face.createContainer(input))).toMatchObject({
      code: 'FORBIDDEN',
      status: 403,
      detail: expect.stringContaining('FAIRLEAD_ALLOW_HOST_NETWORK'),
    });
    expect((await standing(lab.engine)).containers).not.toContain(named('host'));
    const open = await serve(lab.engine, { allowHostNetwork: true });
    try {
      const done = doneOf(await faceOf(open).createContainer({ ...input, publishedPorts: [{ containerPort: 80, hostPort: 9999 }] }));
      expect(done.value).toMatchObject({ networkMode: 'host', state: 'running' });
      expect(done.warnings.join()).toMatch(/host (network )?mode/);
      expect(await inside(done.value.id, 'ls', '/sys/class/net')).toContain('docker0');
    } finally {
      await open.close();
    }
  });

  it('sets host name, DNS, extra hosts, labels and command as they are seen inside', async () => {
    const labels = { team: 'net', empty: '', 'with.dots/and-slash': 'ünïcode ✓' };
    const container = await create('inside', {
      networks: [{ network: 'front' }],
      hostname: 'web-1.example',
      dns: { servers: ['10.9.9.9'], search: ['example.org'], options: ['ndots:3'] },
      extraHosts: ['db:10.0.0.9', 'six:fd00::9'],
      labels,
      command: ['sh', '-c', 'echo "a  b" > /tmp/said; exec sleep 3600'],
    });
    expect(container).toMatchObject({
      hostname: 'web-1.example',
      dns: { servers: ['10.9.9.9'], search: ['example.org'], options: ['ndots:3'] },
      extraHosts: ['db:10.0.0.9', 'six:fd00::9'],
      labels,
      command: ['sh', '-c', 'echo "a  b" > /tmp/said; exec sleep 3600'],
    });
    expect(await inside(container.id, 'hostname')).toBe('web-1.example');
    expect(await inside(container.id, 'cat', '/etc/hosts')).toMatch(/10\.0\.0\.9\s+db[^]*fd00::9\s+six/);
    expect(await inside(container.id, 'cat', '/etc/resolv.conf')).toMatch(/search example\.org[^]*nameserver 127\.0\.0\.11[^]*ndots:3/);
    expect(await inside(container.id, 'cat', '/tmp/said')).toBe('a  b');
  });

  it('links to a container of the default bridge', async () => {
    const target = await create('target');
    const container = await create('linking', { links: [`${target.name}:friend`] });
    expect(container.links).toEqual([`${target.name}:friend`]);
    expect(await inside(container.id, 'cat', '/etc/hosts')).toMatch(new RegExp(`${target.attachments[0]?.ipv4Address}\\s+friend`));
    expect(refusalOf(await face.createContainer({ ...SLEEPER, links: ['nosuch:friend'] })).code).toBe('CONTAINER_NOT_FOUND');
  });
});

describe.each(FACES)('ports published through %s', (faceName, faceOf) => {
  let face: Face;
  const base = faceName === 'REST' ? 18_000 : 19_000;
  const named = (name: string): string => `${faceName.toLowerCase()}-${name}`;
  const SERVER = { image: 'fl-busybox', command: ['sh', '-c', 'echo hello > /tmp/index.html; exec httpd -f -p 80 -h /tmp'] };
  const fetched = (address: string, port: number | null | undefined): Promise<string> =>
    eventually(() => lab.engine.exec('busybox', 'wget', '-q', '-O', '-', `http://${address}:${port}/`));
  beforeAll(() => {
    face = faceOf(lab.app);
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
    await expect(lab.engine.exec('busybox', 'wget', '-q', '-T', '2', '-O', '-', `http://${gateway}:${base + 1}/`)).rejects.toThrow();
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
      await lab.engine.exec('bash', '-c', `echo ping > /dev/udp/127.0.0.1/${base + 2}`);
      const counted = await lab.engine.docker('exec', container.id, 'awk', '/^Udp: [0-9]/ { print $3 }', '/proc/net/snmp');
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
    expect((await standing(lab.engine)).containers).not.toContain(named('late'));
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
    const listener = listenIn(lab.engine.netns, port);
    await eventually(async () => expect(await lab.engine.exec('busybox', 'netstat', '-ltn')).toContain(`:${port} `));
    const input = { ...SERVER, name: named('clash'), publishedPorts: [{ containerPort: 80, hostPort: port }] };
    expect(refusalOf(await face.createContainer(input))).toMatchObject({
      code: 'PORT_IN_USE',
      status: 409,
      extras: { engineMessage: expect.stringContaining('address already in use') },
    });
    expect((await standing(lab.engine)).containers).not.toContain(named('clash'));
    expect(valueOf(await face.listContainers({ name: named('clash') })).total).toBe(0);
    listener.kill();
    await once(listener, 'close');
  });

  it('of a container without a reachable network are warned of', async () => {
    await lab.engine.docker('network', 'create', '--internal', named('internal'));
    await eventually(async () => expect((await face.getNetwork(named('internal'))).ok).toBe(true));
    const publishedPorts = [{ containerPort: 80, hostPort: base + 5 }];
    const none = doneOf(await face.createContainer({ ...SERVER, networkMode: 'none', publishedPorts }));
    expect(none.warnings.join()).toMatch(/no network/);
    const internal = doneOf(await face.createContainer({ ...SERVER, networks: [{ network: named('internal') }], publishedPorts }));
    expect(internal.warnings.join()).toMatch(/internal/);
  });
});
