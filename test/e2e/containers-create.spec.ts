import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { refusalOf, doneOf, valueOf, type Face, type Input } from './face.js';
import { FACES } from './faces.js';
import { serve, standing, startService, type Service } from './service.js';

let service: Service;
beforeAll(async () => {
  service = await startService(['local'], { pools: 'base=10.200.0.0/16,size=24' });
  await service.engine.docker('network', 'create', '--subnet', '10.31.0.0/24', 'front');
  await service.engine.docker('network', 'create', '--subnet', '10.32.0.0/24', 'back');
  await service.engine.docker('network', 'create', '--subnet', '10.33.0.0/24', 'third');
  await eventually(async () => expect((await service.app.http.get('/v1/networks?name=third')).body.total).toBe(1));
});
afterAll(() => service.stop());

const SLEEPER = { image: 'fl-busybox', command: ['sleep', '3600'] };

function inside(container: string, ...command: string[]): Promise<string> {
  return service.engine.docker('exec', container, ...command);
}

describe.each(FACES)('creating a container through %s', (faceName, faceOf) => {
  let face: Face;
  const named = (name: string): string => `${faceName.toLowerCase()}-${name}`;
  const create = async (name: string, input: Input = {}) =>
    valueOf(await face.createContainer({ ...SLEEPER, name: named(name), ...input }));
  beforeAll(() => {
    face = faceOf(service.app);
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
    expect(await service.engine.docker('inspect', '-f', '{{.State.Status}}', container.id)).toBe('running');
  });

  it('invents a name where none is given', async () => {
    const container = valueOf(await face.createContainer(SLEEPER));
    expect(container.name).toMatch(/^\S{2,}$/);
    expect(await service.engine.docker('inspect', '-f', '{{.Name}}', container.id)).toBe(`/${container.name}`);
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
    const start = await service.engine.docker('inspect', '-f', '{{.RestartCount}}', many.id);
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
    expect((await standing(service.engine)).containers).not.toContain(named('host'));
    const open = await serve(service.engine, { allowHostNetwork: true });
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
