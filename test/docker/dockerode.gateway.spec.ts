import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { EngineLab, failureOf } from './engine-lab.js';
import { aContainerSpec, aNetworkSpec } from './specs.js';

// What the port promises, on a real engine.
let lab: EngineLab;

beforeAll(async () => {
  lab = await EngineLab.start({ name: 'gateway', addressPool: 'base=10.200.0.0/16,size=24' });
});
afterAll(() => lab.stop());

describe('connecting', () => {
  it('tells what the engine is', async () => {
    expect(await lab.gateway.connect()).toEqual({
      version: expect.stringMatching(/^\d+\.\d+/),
      apiVersion: '1.41',
      platform: { name: null, os: 'linux', architecture: expect.any(String), kernelVersion: expect.any(String) },
      networkDrivers: expect.arrayContaining(['bridge', 'host', 'macvlan', 'null', 'overlay']),
      swarmRole: 'none',
      membership: null,
      defaultAddressPools: [{ base: '10.200.0.0/16', size: 24 }],
      tellsRequestedAddresses: true,
    });
    await lab.gateway.ping();
  });
});

describe('networks', () => {
  it('are made as asked for, listed, inspected and removed', async () => {
    const { id, warnings } = await lab.gateway.createNetwork(
      aNetworkSpec('full', {
        internal: true,
        attachable: true,
        ipv6Enabled: true,
        pools: [
          {
            subnet: '10.80.0.0/24',
            ipRange: '10.80.0.128/25',
            gateway: '10.80.0.3',
            auxiliaryAddresses: { router: '10.80.0.5' },
          },
          { subnet: 'fd00:80::/64', gateway: 'fd00:80::3' },
        ],
        options: { 'com.docker.network.driver.mtu': '1400' },
        labels: { team: 'blue', empty: '' },
      }),
    );
    expect(warnings).toEqual([]);
    expect(await lab.gateway.listNetworkIds()).toContain(id);
    expect(await lab.gateway.inspectNetwork(id)).toEqual({
      id,
      name: 'full',
      driver: 'bridge',
      scope: 'local',
      builtin: false,
      internal: true,
      attachable: true,
      ingress: false,
      configOnly: false,
      configFrom: null,
      ipv4Enabled: true,
      ipv6Enabled: true,
      ipamDriver: 'default',
      ipamOptions: {},
      pools: [
        {
          subnet: '10.80.0.0/24',
          ipRange: '10.80.0.128/25',
          gateway: '10.80.0.3',
          auxiliaryAddresses: { router: '10.80.0.5' },
          reported: null,
        },
        { subnet: 'fd00:80::/64', ipRange: null, gateway: 'fd00:80::3', auxiliaryAddresses: {}, reported: null },
      ],
      options: { 'com.docker.network.driver.mtu': '1400' },
      labels: { team: 'blue', empty: '' },
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      endpoints: [],
      ownAddresses: [],
    });
    await lab.gateway.removeNetwork(id);
    expect(await lab.gateway.inspectNetwork(id)).toBeUndefined();
    expect(await lab.gateway.listNetworkIds()).not.toContain(id);
  });

  it("are the engine's own three from the start", async () => {
    const ids = await lab.gateway.listNetworkIds();
    const networks = await Promise.all(ids.map((id) => lab.gateway.inspectNetwork(id)));
    const builtin = networks.filter((network) => network?.builtin).map((network) => network?.name);
    expect(builtin.sort()).toEqual(['bridge', 'host', 'none']);
  });

  it('take their settings from a configuration network', async () => {
    await lab.network('settings', { configOnly: true, pools: [{ subnet: '10.81.0.0/24' }] });
    const id = await lab.network('set', { configFrom: 'settings' });
    expect(await lab.gateway.inspectNetwork(id)).toMatchObject({
      configFrom: 'settings',
      pools: [{ subnet: '10.81.0.0/24' }],
    });
    await lab.gateway.removeNetwork(id);
  });
});

describe('containers', () => {
  it('are made as asked for, with the place on their first network, and go through their states', async () => {
    const network = await lab.network('home', { pools: [{ subnet: '10.82.0.0/24' }] });
    const spec = aContainerSpec({
      name: 'inhabitant',
      labels: { team: 'blue' },
      hostname: 'house',
      networkMode: 'home',
      endpoint: {
        ipv4Address: '10.82.0.77',
        macAddress: '02:42:ac:00:00:77',
        aliases: ['web', 'www'],
        links: ['other:friend'],
        driverOptions: { some: 'option' },
      },
      dnsServers: ['1.1.1.1'],
      dnsSearch: ['example.com'],
      dnsOptions: ['ndots:1'],
      extraHosts: ['db:10.0.0.5'],
      exposedPorts: ['53/udp'],
      publishedPorts: [
        { containerPort: 80, protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 18080, hostPortRange: null },
        { containerPort: 443, protocol: 'tcp', hostAddress: null, hostPort: null, hostPortRange: null },
      ],
    });
    const { id } = await lab.gateway.createContainer(spec);
    const created = await lab.gateway.inspectContainer(id);
    expect(created).toMatchObject({
      id,
      name: 'inhabitant',
      image: 'fl-busybox',
      imageId: expect.stringMatching(/^sha256:/),
      command: ['sleep', '3600'],
      state: 'created',
      running: false,
      exitCode: null,
      health: null,
      labels: { team: 'blue' },
      hostname: 'house',
      networkMode: 'home',
      dns: { servers: ['1.1.1.1'], search: ['example.com'], options: ['ndots:1'] },
      extraHosts: ['db:10.0.0.5'],
      exposedPorts: ['53/udp', '80/tcp', '443/tcp'].sort((a, b) => parseInt(a) - parseInt(b)),
      publishedPorts: spec.publishedPorts,
      startedAt: null,
      endpoints: [
        {
          networkName: 'home',
          networkId: null,
          endpointId: null,
          ipv4Address: null,
          ipv4PrefixLength: null,
          aliases: ['web', 'www'],
          links: ['other:friend'],
          driverOptions: { some: 'option' },
          dnsNames: null,
          gatewayPriority: null,
          requestedIpv4Address: '10.82.0.77',
          requestedIpv6Address: null,
        },
      ],
    });

    await lab.gateway.startContainer(id);
    const running = await lab.gateway.inspectContainer(id);
    expect(running).toMatchObject({
      state: 'running',
      running: true,
      exitCode: null,
      startedAt: expect.any(String),
      endpoints: [
        {
          networkId: network,
          endpointId: expect.stringMatching(/^[0-9a-f]{64}$/),
          ipv4Address: '10.82.0.77',
          ipv4PrefixLength: 24,
          macAddress: '02:42:ac:00:00:77',
          gateway: '10.82.0.1',
          aliases: ['web', 'www'],
        },
      ],
    });
    expect(running?.publishedPorts[0]).toEqual(spec.publishedPorts[0]);
    for (const { hostPort } of running?.publishedPorts ?? []) expect(hostPort).toBeGreaterThan(0);
    expect(await lab.gateway.inspectNetwork(network)).toMatchObject({
      endpoints: [{ containerId: id, endpointId: running?.endpoints[0]?.endpointId }],
    });

    await lab.gateway.pauseContainer(id);
    expect(await lab.gateway.inspectContainer(id)).toMatchObject({ state: 'paused', running: true });
    await lab.gateway.unpauseContainer(id);
    await lab.gateway.restartContainer(id, 0);
    expect(await lab.gateway.inspectContainer(id)).toMatchObject({ state: 'running' });
    await lab.gateway.stopContainer(id, 0);
    expect(await lab.gateway.inspectContainer(id)).toMatchObject({
      state: 'exited',
      running: false,
      exitCode: 137,
      publishedPorts: spec.publishedPorts,
    });
    expect(await lab.gateway.listContainerIdsOnNetwork({ id: network, name: 'home' })).toEqual([id]);
    await lab.gateway.removeContainer(id, { force: false });
    expect(await lab.gateway.inspectContainer(id)).toBeUndefined();
    await lab.gateway.removeNetwork(network);
  });

  it('are listed with the networks that their records name, stopped ones too', async () => {
    const id = await lab.container();
    const listed = await lab.gateway.listContainers();
    expect(listed.find((container) => container.id === id)).toEqual({ id, state: 'created', networkNames: ['bridge'] });
    await lab.gateway.removeContainer(id, { force: false });
  });

  it("name their network even where it was given by its id, and another container by the other's id", async () => {
    const network = await lab.network('by-id', { pools: [{ subnet: '10.83.0.0/24' }] });
    const byId = await lab.container({ networkMode: network, endpoint: { aliases: ['x'] } });
    expect(await lab.gateway.inspectContainer(byId)).toMatchObject({
      networkMode: 'by-id',
      endpoints: [{ networkName: 'by-id' }],
    });
    const plain = await lab.running({ name: 'plain' });
    const sharing = await lab.running({ networkMode: 'container:plain' });
    expect(await lab.gateway.inspectContainer(sharing)).toMatchObject({
      networkMode: `container:${plain}`,
      endpoints: [],
    });
    for (const id of [byId, plain, sharing]) await lab.gateway.removeContainer(id, { force: true });
    await lab.gateway.removeNetwork(network);
  });

  it('read a legacy link back as it was asked for', async () => {
    const target = await lab.running({ name: 'target' });
    const id = await lab.running({ links: ['target:friend'] });
    expect((await lab.gateway.inspectContainer(id))?.links).toEqual(['target:friend']);
    for (const each of [id, target]) await lab.gateway.removeContainer(each, { force: true });
  });

  it('tell how a health check goes', async () => {
    const id = await lab.engine.docker('run', '-d', '--health-cmd', 'true', '--health-interval', '1s', 'fl-busybox', 'sleep', '99');
    await eventually(async () => expect((await lab.gateway.inspectContainer(id))?.health).toBe('healthy'));
    await lab.gateway.removeContainer(id, { force: true });
  });

  it('need an image that is there', async () => {
    expect(await lab.gateway.imageExists('fl-busybox')).toBe(true);
    expect(await lab.gateway.imageExists('fl-busybox:latest')).toBe(true);
    expect(await lab.gateway.imageExists('library/nosuch:1')).toBe(false);
    const failure = await failureOf(lab.gateway.pullImage('127.0.0.1:9/nosuch:1'));
    expect(failure?.code).toBe('ENGINE_ERROR');
  });
});
