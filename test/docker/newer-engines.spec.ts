import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toObservedContainer } from '../../src/docker/container.mapper.js';
import { parseEvent } from '../../src/docker/docker-events.reader.js';
import { quoteLargeCounts, toListedContainer, toObservedEngine, toObservedNetwork } from '../../src/docker/docker.mapper.js';
import { DockerodeGateway } from '../../src/docker/dockerode.gateway.js';
import type { JsonObject } from '../../src/docker/engine-json.js';
import { failureOf } from './engine-lab.js';
import { NEWER_VERSIONS, recorded, RecordedEngine, recordedText, type NewerVersion } from './recorded-engine.js';
import { aContainerSpec, aNetworkSpec } from './specs.js';

const knows = (version: NewerVersion, since: NewerVersion): boolean => version >= since;

function network(version: NewerVersion, name: string) {
  return toObservedNetwork(JSON.parse(quoteLargeCounts(recordedText(version, `network-${name}.json`))) as JsonObject);
}

describe.each(NEWER_VERSIONS)('answers of API %s', (version) => {
  it('tell what the engine is', () => {
    expect(toObservedEngine(recorded(version, 'version'), recorded(version, 'info'), version)).toMatchObject({
      version: recorded(version, 'version')['Version'],
      apiVersion: version,
      platform: { name: 'Docker Engine - Community', os: 'linux', architecture: 'amd64' },
      networkDrivers: ['bridge', 'host', 'ipvlan', 'macvlan', 'null', 'overlay'],
      swarmRole: 'none',
      defaultAddressPools: [{ base: '10.200.0.0/16', size: 24 }],
      tellsRequestedAddresses: true,
    });
  });

  it('tell of a network, from 1.52 on with counts of its addresses', () => {
    const counted = knows(version, '1.52');
    expect(network(version, 'shop')).toMatchObject({
      name: 'shop',
      builtin: false,
      ipv4Enabled: true,
      ipv6Enabled: true,
      pools: [
        {
          subnet: '10.10.0.0/24',
          ipRange: '10.10.0.128/25',
          gateway: '10.10.0.1',
          auxiliaryAddresses: { router: '10.10.0.5' },
          reported: counted ? { inUse: '5', free: '126' } : null,
        },
        { subnet: 'fd00:10::/64', reported: counted ? { inUse: '3', free: '18446744073709551613' } : null },
      ],
      options: { 'com.docker.network.driver.mtu': '1400' },
      labels: { team: 'blue' },
      endpoints: [{ containerId: recorded(version, 'container-web')['Id'] }],
    });
    for (const name of ['bridge', 'host', 'none']) expect(network(version, name)).toMatchObject({ name, builtin: true, endpoints: [] });
  });

  it('tell from 1.48 on that a network has no IPv4; before, each has', () => {
    const name = knows(version, '1.48') ? 'six' : 'edge';
    expect(network(version, name).ipv4Enabled).toBe(name === 'edge');
    expect(recorded(version, 'network-edge')['EnableIPv4']).toBe(name === 'six' ? true : undefined);
  });

  it('tell of a running container, from 1.48 on with the priorities of its gateways', () => {
    const priority = (number: number): number | null => (knows(version, '1.48') ? number : null);
    const observed = toObservedContainer(recorded(version, 'container-web'), version);
    expect(observed).toMatchObject({
      name: 'web',
      state: 'running',
      health: 'healthy',
      hostname: 'house',
      networkMode: 'shop',
      publishedPorts: [
        { containerPort: 80, protocol: 'tcp', hostAddress: '0.0.0.0', hostPort: 18080 },
        { containerPort: 80, protocol: 'tcp', hostAddress: '::', hostPort: 18080 },
      ],
      endpoints: [
        { networkName: 'edge', ipv4Address: '10.20.0.2', aliases: [], gatewayPriority: priority(10), requestedIpv4Address: null },
        {
          networkName: 'shop',
          ipv4Address: '10.10.0.77',
          ipv4PrefixLength: 24,
          ipv6Address: 'fd00:10::2',
          ipv6PrefixLength: 64,
          macAddress: '02:42:0a:0a:00:4d',
          gateway: '10.10.0.1',
          ipv6Gateway: 'fd00:10::1',
          aliases: ['www', 'api'],
          dnsNames: ['web', 'www', 'api', observed.id.slice(0, 12), 'house'],
          links: ['db:database'],
          driverOptions: { 'com.example.key': 'value' },
          gatewayPriority: priority(0),
          requestedIpv4Address: '10.10.0.77',
        },
      ],
    });
  });

  it('tell of a container that never ran what it was asked for with', () => {
    expect(toObservedContainer(recorded(version, 'container-later'), version)).toMatchObject({
      state: 'created',
      health: null,
      endpoints: [
        { networkId: null, endpointId: null, ipv4Address: null, requestedIpv4Address: '10.10.0.99', macAddress: '02:42:0a:0a:00:63', aliases: ['soon'] },
      ],
    });
  });

  it('list containers with their states and networks, from 1.52 on with the health of those that run', () => {
    const listed = JSON.parse(recordedText(version, 'containers.json')) as JsonObject[];
    expect(listed.map(toListedContainer)).toMatchObject([
      { state: 'running', networkNames: ['edge', 'shop'], health: knows(version, '1.52') ? 'healthy' : undefined },
      { state: 'created', networkNames: ['shop'], health: undefined },
    ]);
  });

  it('tell events, whether or not they repeat them in the old fields', () => {
    const lines = recordedText(version, 'events.jsonl').trim().split('\n');
    expect(lines.some((line) => line.includes('"status"'))).toBe(!knows(version, '1.52'));
    expect(lines.map(parseEvent).map((event) => [event?.type, event?.action, event?.timeNano])).toEqual([
      ['network', 'create', '1795162543477339409'],
      ['container', 'create', '1795162543478339412'],
      ['network', 'connect', '1795162543479339415'],
      ['container', 'start', '1795162543480339418'],
      ['container', 'health_status: healthy', '1795162543481339421'],
    ]);
  });
});

describe.each(NEWER_VERSIONS)('a gateway to an engine of API %s', (version) => {
  let engine: RecordedEngine;
  let gateway: DockerodeGateway;

  beforeEach(async () => {
    engine = await RecordedEngine.start(version);
    gateway = new DockerodeGateway({ name: 'newer', endpoint: engine.endpoint });
  });

  afterEach(async () => {
    await gateway.close();
    await engine.stop();
  });

  it('speaks that version and sees everything', async () => {
    expect((await gateway.connect()).apiVersion).toBe(version);
    const ids = await gateway.listNetworkIds();
    const seen = await Promise.all(ids.map((id) => gateway.inspectNetwork(id)));
    const names = ['shop', 'edge', 'bridge', 'host', 'none', ...(knows(version, '1.48') ? ['six'] : [])];
    expect(seen.map((each) => each?.name)).toEqual(names);
    const [web] = await gateway.listContainers();
    expect((await gateway.inspectContainer(web?.id ?? ''))?.name).toBe('web');
    expect((await gateway.rememberedEvents('0')).events).toHaveLength(5);
    expect(engine.fake.requests.filter((request) => !request.includes(`/v${version}/`))).toEqual(['GET /version']);
  });

  it('sends a network the IPv4 switch from 1.48 on, and refuses to do without before', async () => {
    const spec = aNetworkSpec('six', { ipv4Enabled: false, ipv6Enabled: true, pools: [{ subnet: 'fd00:60::/64' }] });
    if (knows(version, '1.48')) {
      await gateway.createNetwork(spec);
      expect(engine.sent).toMatchObject([{ to: 'POST /networks/create', body: { EnableIPv4: false, EnableIPv6: true } }]);
    } else {
      const failure = await failureOf(gateway.createNetwork(spec));
      expect(failure?.extras).toMatchObject({ requiredApiVersion: '1.48', engineApiVersion: version });
      expect(engine.sent).toEqual([]);
    }
  });

  it('sends the MAC address of a container to be with its network, where these versions look for it', async () => {
    const endpoint = { macAddress: '02:42:0a:0a:00:01', ipv4Address: '10.10.0.9' };
    await gateway.createContainer(aContainerSpec({ networkMode: 'shop', endpoint }));
    const [{ body } = { body: {} }] = engine.sent;
    expect(body).not.toHaveProperty('MacAddress');
    expect(body).toMatchObject({
      HostConfig: { NetworkMode: 'shop' },
      NetworkingConfig: {
        EndpointsConfig: { shop: { MacAddress: '02:42:0a:0a:00:01', IPAMConfig: { IPv4Address: '10.10.0.9' } } },
      },
    });
  });

  it('refuses a MAC address when attaching, which engines below 1.54 drop', async () => {
    const failure = await failureOf(gateway.connectContainer('shop', 'web', { macAddress: '02:42:0a:0a:00:01' }));
    expect(failure?.extras).toMatchObject({ requiredApiVersion: '1.54', engineApiVersion: version });
    expect(engine.sent).toEqual([]);
  });

  it('sends a gateway priority from 1.48 on, and refuses it before', async () => {
    const attaching = gateway.connectContainer('shop', 'web', { gatewayPriority: -5 });
    if (knows(version, '1.48')) {
      await attaching;
      expect(engine.sent).toMatchObject([{ to: 'POST /networks/shop/connect', body: { EndpointConfig: { GwPriority: -5 } } }]);
    } else expect((await failureOf(attaching))?.extras).toMatchObject({ requiredApiVersion: '1.48' });
  });
});
