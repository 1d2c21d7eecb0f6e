import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineEventStream } from '../../src/docker/docker.gateway.js';
import { DockerodeGateway } from '../../src/docker/dockerode.gateway.js';
import type { EngineEvent } from '../../src/docker/observed.js';
import { eventually } from '../support/eventually.js';
import { codeOf, EngineLab, failureOf } from './engine-lab.js';
import { aContainerSpec, aNetworkSpec } from './specs.js';

// What the port promises, on a real engine.
let lab: EngineLab;

beforeAll(async () => {
  lab = await EngineLab.start({ name: 'gateway', addressPool: 'base=10.200.0.0/16,size=24' });
});
afterAll(() => lab.stop());

/** Everything that a stream has given so far. */
function collect(stream: EngineEventStream): { events: EngineEvent[]; ended: Promise<void> } {
  const events: EngineEvent[] = [];
  const ended = (async () => {
    for await (const event of stream) events.push(event);
  })();
  return { events, ended };
}

describe('connecting', () => {
  it('tells what the engine is', async () => {
    expect(await lab.gateway.connect()).toEqual({
      version: expect.stringMatching(/^\d+\.\d+/),
      apiVersion: '1.41',
      platform: { name: null, os: 'linux', architecture: expect.any(String), kernelVersion: expect.any(String) },
      networkDrivers: expect.arrayContaining(['bridge', 'host', 'macvlan', 'null', 'overlay']),
      swarmRole: 'none',
      defaultAddressPools: [{ base: '10.200.0.0/16', size: 24 }],
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
        { containerPort: 80, protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 18080 },
        { containerPort: 443, protocol: 'tcp', hostAddress: null, hostPort: null },
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

describe('attachments', () => {
  it('are made with their settings and taken away, running or not', async () => {
    const network = await lab.network('second', { pools: [{ subnet: '10.84.0.0/24' }] });
    for (const isRunning of [true, false]) {
      const id = await (isRunning ? lab.running() : lab.container());
      await lab.gateway.connectContainer(network, id, {
        ipv4Address: '10.84.0.9',
        aliases: ['web'],
        links: ['a:b'],
        driverOptions: { some: 'option' },
      });
      const endpoint = async () =>
        (await lab.gateway.inspectContainer(id))?.endpoints.find(({ networkName }) => networkName === 'second');
      expect(await endpoint()).toMatchObject({
        ipv4Address: isRunning ? '10.84.0.9' : null,
        requestedIpv4Address: '10.84.0.9',
        aliases: ['web'],
        links: ['a:b'],
        driverOptions: { some: 'option' },
      });
      expect(await lab.gateway.listContainerIdsOnNetwork({ id: network, name: 'second' })).toEqual([id]);
      await lab.gateway.disconnectContainer(network, id, { force: false });
      expect(await endpoint()).toBeUndefined();
      await lab.gateway.removeContainer(id, { force: true });
    }
    await lab.gateway.removeNetwork(network);
  });

  it('refuse what an engine of API 1.41 would drop without a word', async () => {
    const attach = lab.gateway.connectContainer('bridge', 'any', { macAddress: '02:42:00:00:00:01' });
    expect(await failureOf(attach)).toMatchObject({
      code: 'UNSUPPORTED_BY_ENGINE',
      extras: { requiredApiVersion: '1.54', engineApiVersion: '1.41' },
    });
    const prioritised = lab.container({ endpoint: { gatewayPriority: 1 } });
    expect(await failureOf(prioritised)).toMatchObject({ extras: { requiredApiVersion: '1.48' } });
    const withoutIpv4 = lab.network('six', { ipv4Enabled: false });
    expect(await failureOf(withoutIpv4)).toMatchObject({ extras: { requiredApiVersion: '1.48' } });
  });
});

describe('events', () => {
  it('tell, in order and with exact times, what happens after the subscription', async () => {
    const stream = await lab.gateway.openEvents();
    const { events, ended } = collect(stream);
    const network = await lab.network('told', { pools: [{ subnet: '10.85.0.0/24' }] });
    const container = await lab.running({ networkMode: 'told', labels: { name: 'Müller "timeNano":7' } });
    await lab.gateway.removeContainer(container, { force: true });
    await lab.gateway.removeNetwork(network);
    await eventually(() => expect(events.at(-1)).toMatchObject({ type: 'network', action: 'destroy' }));
    stream.close();
    stream.close();
    await ended;
    expect(stream.endReason).toBe('closed by the service');
    expect(events.map(({ type, action }) => `${type}/${action}`)).toEqual([
      'network/create',
      'container/create',
      'network/connect',
      'container/start',
      'container/kill',
      'container/die',
      'network/disconnect',
      'container/destroy',
      'network/destroy',
    ]);
    expect(events[2]).toMatchObject({ actorId: network, attributes: { container, name: 'told', type: 'bridge' } });
    for (const { raw, timeNano, time } of events) {
      expect(raw).toContain(`"timeNano":${timeNano}`);
      expect(Date.parse(time)).toBe(Math.floor(Number(BigInt(timeNano) / 1_000_000n)));
    }
  });

  it('tell of health, and nothing of the exec flood behind it', async () => {
    const stream = await lab.gateway.openEvents();
    const { events, ended } = collect(stream);
    const id = await lab.engine.docker('run', '-d', '--health-cmd', 'true', '--health-interval', '1s', 'fl-busybox', 'sleep', '99');
    await eventually(() => expect(events.some(({ action }) => action === 'health_status: healthy')).toBe(true));
    expect(events.filter(({ action }) => action.startsWith('exec'))).toEqual([]);
    await lab.gateway.removeContainer(id, { force: true });
    stream.close();
    await ended;
  });
});

describe('an engine in trouble', () => {
  it('that freezes times out, and answers again when it thaws', async () => {
    const timeouts = { pingMs: 300, readMs: 400, commandMs: 500 };
    const gateway = new DockerodeGateway({ name: 'frozen', endpoint: lab.engine.endpoint, timeouts });
    await gateway.connect();
    const stream = await gateway.openEvents();
    lab.engine.freeze();
    try {
      await eventually(async () => expect(await codeOf(gateway.ping())).toBe('ENGINE_TIMEOUT'));
      expect(await codeOf(gateway.listNetworkIds())).toBe('ENGINE_TIMEOUT');
      const failure = await failureOf(gateway.createNetwork(aNetworkSpec('frozen')));
      expect(failure).toMatchObject({ code: 'ENGINE_TIMEOUT', extras: { outcome: 'unknown' } });
      expect(stream.endReason).toBeNull();
    } finally {
      lab.engine.thaw();
    }
    await eventually(() => gateway.ping());
    await gateway.close();
    expect(await Array.fromAsync(stream)).toEqual([]);
  });

  it('that is killed ends what is under way and the stream, and is found again after its restart', async () => {
    const network = await lab.network('kept', { pools: [{ subnet: '10.86.0.0/24' }] });
    const container = await lab.container();
    const stream = await lab.gateway.openEvents();
    const { ended } = collect(stream);
    // Looking for a driver's plugin takes the engine 15 s.
    const underWay = failureOf(lab.network('under-way', { driver: 'nosuch' }));
    await lab.gateway.ping();
    await lab.engine.kill('SIGKILL');
    expect(await underWay).toMatchObject({ code: 'ENGINE_UNREACHABLE', extras: { outcome: 'unknown' } });
    await ended;
    expect(stream.endReason).not.toBeNull();
    const away = await failureOf(lab.gateway.startContainer(container));
    expect(away?.code).toBe('ENGINE_UNREACHABLE');
    expect(away?.extras.outcome).toBeUndefined();
    await lab.engine.start();
    expect(await lab.gateway.listNetworkIds()).toContain(network);
    expect(await lab.gateway.connect()).toMatchObject({ apiVersion: '1.41' });
  });
});
