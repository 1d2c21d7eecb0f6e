import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toObservedContainer } from '../../src/docker/container.mapper.js';
import { isObject, LONG_AGO, type JsonObject } from '../../src/docker/engine-json.js';
import { parseContainerPort, toPublishedPorts } from '../../src/docker/published-ports.mapper.js';

const ID = 'c6f64ad534966760b4b67c0f08b04f2411dad90e644adf12c49894e3d337272f';
const NETWORK = '1ce176b11d7dd559af47bf5dab49b684f4899f8c799535d51fe2e8a1917eca05';

function recorded(name: string): JsonObject {
  const json: unknown = JSON.parse(readFileSync(new URL(`recorded/${name}.json`, import.meta.url), 'utf8'));
  if (!isObject(json)) throw new TypeError(`${name} is no object`);
  return json;
}

function endpointOf(json: JsonObject, apiVersion = '1.41') {
  const container = { Id: ID, Config: { Hostname: 'house' }, NetworkSettings: { Networks: { n: json } } };
  return toObservedContainer(container, apiVersion).endpoints[0];
}

describe('a container', () => {
  it('that runs is read with what it uses now', () => {
    expect(toObservedContainer(recorded('container-running'), '1.41')).toEqual({
      id: ID,
      name: 'web',
      image: 'fl-busybox',
      imageId: 'sha256:72911496fd41c998aa224d181389cd529283c2cf5a79a95c8b7fb510eab64bac',
      command: ['sleep', '3600'],
      state: 'running',
      running: true,
      exitCode: null,
      health: null,
      labels: { team: 'blue' },
      hostname: 'house',
      networkMode: 'shop',
      dns: { servers: ['1.1.1.1'], search: [], options: [] },
      extraHosts: ['db:10.0.0.5'],
      exposedPorts: ['53/udp', '80/tcp', '443/tcp'],
      publishedPorts: [
        { containerPort: 80, protocol: 'tcp', hostAddress: '0.0.0.0', hostPort: 18080, hostPortRange: null },
        { containerPort: 80, protocol: 'tcp', hostAddress: '::', hostPort: 18080, hostPortRange: null },
        { containerPort: 443, protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 32768, hostPortRange: null },
      ],
      links: [],
      createdAt: '2026-11-24T00:15:42.976Z',
      startedAt: '2026-11-24T00:15:43.477Z',
      endpoints: [
        {
          networkName: 'shop',
          networkId: NETWORK,
          endpointId: '86f867c9106e2f21b4f9f7663eae1b2037c9f4054c0fce30b2d9079768755da4',
          ipv4Address: '10.10.0.77',
          ipv4PrefixLength: 24,
          ipv6Address: 'fd00:10::2',
          ipv6PrefixLength: 64,
          macAddress: '02:42:0a:0a:00:4d',
          gateway: '10.10.0.1',
          ipv6Gateway: 'fd00:10::1',
          aliases: ['www', 'house'],
          dnsNames: null,
          links: ['db:database'],
          driverOptions: { some: 'option' },
          gatewayPriority: null,
          requestedIpv4Address: '10.10.0.77',
          requestedIpv6Address: null,
        },
      ],
    });
  });

  it('that never ran is read with what it will use', () => {
    expect(toObservedContainer(recorded('container-created'), '1.41')).toMatchObject({
      state: 'created',
      running: false,
      exitCode: null,
      startedAt: null,
      publishedPorts: [{ containerPort: 80, protocol: 'tcp', hostAddress: null, hostPort: null, hostPortRange: null }],
      endpoints: [{ networkName: 'shop', networkId: null, endpointId: null, ipv4Address: null, ipv4PrefixLength: null }],
    });
  });

  it('that ended tells how', () => {
    expect(toObservedContainer(recorded('container-exited'), '1.41')).toMatchObject({ state: 'exited', exitCode: 1 });
  });

  it('has its legacy links as they were asked for, and bridge for default', () => {
    const linking = toObservedContainer(recorded('container-linking'), '1.41');
    expect(linking).toMatchObject({ links: ['linked:friend'], networkMode: 'bridge' });
    expect(toObservedContainer({ HostConfig: { NetworkMode: 'default' } }, '1.41').networkMode).toBe('bridge');
  });

  it.each([{}, { State: null, Config: null, HostConfig: null, NetworkSettings: null }, { NetworkSettings: { Networks: null } }])(
    'may lack nearly everything: %o',
    (json) => {
      expect(toObservedContainer(json, '1.41')).toEqual({
        id: '',
        name: '',
        image: '',
        imageId: '',
        command: [],
        state: 'exited',
        running: false,
        exitCode: null,
        health: null,
        labels: {},
        hostname: null,
        networkMode: 'bridge',
        dns: { servers: [], search: [], options: [] },
        extraHosts: [],
        exposedPorts: [],
        publishedPorts: [],
        links: [],
        createdAt: LONG_AGO,
        startedAt: null,
        endpoints: [],
      });
    },
  );

  it.each([
    [{ Status: 'paused', Running: true }, 'paused'],
    [{ Status: 'restarting', Running: true, Restarting: true }, 'restarting'],
    [{ Status: 'removing' }, 'removing'],
    [{ Status: 'dead' }, 'dead'],
    [{ Status: 'configured' }, 'created'],
    [{ Status: 'stopped' }, 'exited'],
    [{ Status: 'stopping', Running: true }, 'running'],
    [{ Status: 'some new state', Running: true }, 'running'],
    [{ Status: 'some new state' }, 'exited'],
  ])("in the state %o is %s, Podman's states included", (State, state) => {
    expect(toObservedContainer({ State }, '1.41').state).toBe(state);
  });

  it.each([
    ['none', null],
    ['', null],
    ['starting', 'starting'],
    ['unhealthy', 'unhealthy'],
  ])('with the health "%s" shows %s', (Status, health) => {
    expect(toObservedContainer({ State: { Health: { Status } } }, '1.41').health).toBe(health);
  });

  it('tells no exit code while it runs or before it ran', () => {
    const exitCode = (State: JsonObject) => toObservedContainer({ State: { ExitCode: 137, ...State } }, '1.41').exitCode;
    expect(exitCode({ StartedAt: '2026-11-24T00:15:43Z', Running: true })).toBeNull();
    expect(exitCode({ StartedAt: '0001-01-01T00:00:00Z' })).toBeNull();
    expect(exitCode({ StartedAt: '2026-11-24T00:15:43Z', Running: false })).toBe(137);
  });
});

describe('the network mode', () => {
  const mode = (NetworkMode: string, Networks: JsonObject) =>
    toObservedContainer({ Id: ID, HostConfig: { NetworkMode }, NetworkSettings: { Networks } }, '1.41').networkMode;

  it.each([
    ['a name', 'shop', { shop: { NetworkID: NETWORK } }, 'shop'],
    ["a network's id that the record files", NETWORK, { a: { NetworkID: 'x' }, shop: { NetworkID: NETWORK } }, 'shop'],
    ['an id before the first start', NETWORK, { shop: { NetworkID: '' } }, 'shop'],
    ['an id in doubt', NETWORK, { a: { NetworkID: '' }, b: { NetworkID: '' } }, NETWORK],
    ['another container', `container:${ID}`, {}, `container:${ID}`],
    ['host', 'host', { host: { NetworkID: 'x' } }, 'host'],
    ['a name that is no id', 'gone', { bridge: { NetworkID: '' } }, 'gone'],
  ])('is told for %s', (_, given, networks, told) => {
    expect(mode(given, networks)).toBe(told);
  });
});

describe('aliases', () => {
  const short = ID.slice(0, 12);

  it.each([
    ['the short id is the engine’s', ['web', short], '1.41', ['web']],
    ['so is the hostname behind it', ['web', short, 'house'], '1.44', ['web']],
    ['a hostname that was asked for is not', ['house', short], '1.41', ['house']],
    ['nor is what stands elsewhere', ['house', 'web', short], '1.41', ['house', 'web']],
    ['twice is once', ['web', 'web', short], '1.41', ['web']],
    ['newer engines tell what was asked for', ['web', short], '1.45', ['web', short]],
  ])('%s', (_, Aliases, apiVersion, aliases) => {
    expect(endpointOf({ Aliases }, apiVersion)?.aliases).toEqual(aliases);
  });

  it.each([null, undefined, 'web', [null, 7]])('are none where there are none: %o', (Aliases) => {
    expect(endpointOf({ Aliases })?.aliases).toEqual([]);
  });
});

describe('an endpoint', () => {
  // As documented for API 1.44 and 1.48: no such engine was at hand to record.
  it('of a newer engine tells its DNS names and its gateway priority', () => {
    const json = { DNSNames: ['web', 'c6f64ad53496'], GwPriority: 7 };
    expect(endpointOf(json, '1.48')).toMatchObject({ dnsNames: ['web', 'c6f64ad53496'], gatewayPriority: 7 });
    expect(endpointOf(json, '1.44')).toMatchObject({ dnsNames: ['web', 'c6f64ad53496'], gatewayPriority: null });
    expect(endpointOf({ DNSNames: null }, '1.48')).toMatchObject({ dnsNames: [], gatewayPriority: 0 });
  });

  it('has no prefix length without an address', () => {
    expect(endpointOf({ IPAddress: '', IPPrefixLen: 0, GlobalIPv6Address: '', GlobalIPv6PrefixLen: 0 })).toMatchObject({
      ipv4Address: null,
      ipv4PrefixLength: null,
      ipv6Address: null,
      ipv6PrefixLength: null,
    });
  });

  it('that is a phantom has no ids but what was asked for', () => {
    expect(endpointOf({ NetworkID: '', EndpointID: '', IPAMConfig: { IPv4Address: '10.99.0.5' } })).toMatchObject({
      networkId: null,
      endpointId: null,
      requestedIpv4Address: '10.99.0.5',
    });
  });

  it('may be null', () => {
    const json = { NetworkSettings: { Networks: { b: null, a: {} } } };
    expect(toObservedContainer(json, '1.41').endpoints.map(({ networkName }) => networkName)).toEqual(['a', 'b']);
  });
});

describe('ports', () => {
  it.each([
    ['80/tcp', { containerPort: 80, protocol: 'tcp' }],
    ['80', { containerPort: 80, protocol: 'tcp' }],
    ['53/udp', { containerPort: 53, protocol: 'udp' }],
    ['9/sctp', { containerPort: 9, protocol: 'sctp' }],
    ['80/foo', undefined],
    ['foo/tcp', undefined],
    ['0/tcp', undefined],
    ['70000/tcp', undefined],
    ['', undefined],
  ])('"%s" is read as %o', (key, port) => {
    expect(parseContainerPort(key)).toEqual(port);
  });

  it('are those bound while running, those asked for otherwise', () => {
    const json = {
      HostConfig: { PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '18100-18110' }] } },
      NetworkSettings: { Ports: { '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '18103' }], '81/tcp': null } },
    };
    expect(toPublishedPorts(json, true)).toEqual([
      { containerPort: 80, protocol: 'tcp', hostAddress: '0.0.0.0', hostPort: 18103, hostPortRange: null },
    ]);
    expect(toPublishedPorts(json, false)).toEqual([
      { containerPort: 80, protocol: 'tcp', hostAddress: null, hostPort: null, hostPortRange: '18100-18110' },
    ]);
  });

  it.each([null, 'x', { '80/tcp': 'x', '81/tcp': [null, 5], '82/foo': [{}] }])('of odd shapes are none: %o', (Ports) => {
    expect(toPublishedPorts({ NetworkSettings: { Ports } }, true)).toEqual([]);
  });
});
