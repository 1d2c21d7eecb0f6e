import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  namesNetwork,
  quoteLargeCounts,
  toListedContainer,
  toObservedEngine,
  toObservedNetwork,
} from '../../src/docker/docker.mapper.js';
import { isObject, LONG_AGO, type JsonObject } from '../../src/docker/engine-json.js';

/** Answers of a real engine 20.10, as recorded. */
function recorded(name: string): JsonObject {
  const json: unknown = JSON.parse(readFileSync(new URL(`recorded/${name}.json`, import.meta.url), 'utf8'));
  if (!isObject(json)) throw new TypeError(`${name} is no object`);
  return json;
}

describe('an engine', () => {
  it('is told by its version and info', () => {
    expect(toObservedEngine(recorded('version'), recorded('info'), '1.41')).toEqual({
      version: '20.10.24+dfsg1',
      apiVersion: '1.41',
      platform: { name: null, os: 'linux', architecture: 'amd64', kernelVersion: '6.1.0-37-amd64' },
      networkDrivers: ['bridge', 'host', 'ipvlan', 'macvlan', 'null', 'overlay'],
      swarmRole: 'none',
      membership: null,
      defaultAddressPools: [{ base: '10.200.0.0/16', size: 24 }],
      tellsRequestedAddresses: true,
    });
  });

  it.each([
    [recorded('info-manager'), 'manager'],
    [{ Swarm: { LocalNodeState: 'active', ControlAvailable: false } }, 'worker'],
    [{ Swarm: { LocalNodeState: 'pending', ControlAvailable: true } }, 'none'],
    [{}, 'none'],
  ])('plays its part in a swarm: %#', (info, role) => {
    expect(toObservedEngine({}, info, '1.41').swarmRole).toBe(role);
  });

  it('that tells nothing is still an engine', () => {
    expect(toObservedEngine({}, {}, '1.47')).toEqual({
      version: 'unknown',
      apiVersion: '1.47',
      platform: { name: null, os: 'unknown', architecture: 'unknown', kernelVersion: null },
      networkDrivers: [],
      swarmRole: 'none',
      membership: null,
      defaultAddressPools: [],
      tellsRequestedAddresses: true,
    });
  });
});

describe('a network', () => {
  it('is read with its pools, labels and options', () => {
    expect(toObservedNetwork(recorded('network-bridge-user'))).toMatchObject({
      name: 'shop',
      driver: 'bridge',
      scope: 'local',
      builtin: false,
      configFrom: null,
      ipv4Enabled: true,
      ipv6Enabled: true,
      ipamDriver: 'default',
      ipamOptions: {},
      pools: [
        {
          subnet: '10.10.0.0/24',
          ipRange: '10.10.0.128/25',
          gateway: '10.10.0.1',
          auxiliaryAddresses: { router: '10.10.0.5' },
          reported: null,
        },
        { subnet: 'fd00:10::/64', ipRange: null, gateway: null, auxiliaryAddresses: {}, reported: null },
      ],
      options: { 'com.docker.network.driver.mtu': '1400' },
      labels: { team: 'blue' },
      endpoints: [{ containerId: expect.stringMatching(/^[0-9a-f]{64}$/), endpointId: expect.stringMatching(/^[0-9a-f]{64}$/) }],
    });
  });

  it.each([
    ['network-bridge-default', true],
    ['network-host', true],
    ['network-bridge-user', false],
    ['network-gwbridge', false],
    ['network-ingress', false],
  ])('%s is built in: %s', (name, builtin) => {
    expect(toObservedNetwork(recorded(name)).builtin).toBe(builtin);
  });

  it.each([
    { Name: 'bridge', Driver: 'macvlan' },
    { Name: 'host', Driver: 'overlay', Scope: 'swarm' },
    { Name: 'none', Driver: 'null', ConfigOnly: true },
    { Name: 'default', Driver: 'bridge' },
  ])('is not built in for its name alone: %o', (json) => {
    expect(toObservedNetwork({ Scope: 'local', ...json }).builtin).toBe(false);
  });

  it("lists containers, not the engine's own endpoints", () => {
    expect(toObservedNetwork(recorded('network-overlay')).endpoints).toHaveLength(1);
    expect(toObservedNetwork(recorded('network-ingress')).endpoints).toEqual([]);
  });

  it('of a swarm tells its scope and its ingress', () => {
    expect(toObservedNetwork(recorded('network-ingress'))).toMatchObject({ scope: 'swarm', ingress: true });
  });

  it('is dated in UTC, whatever zone the engine writes in', () => {
    const created = (Created: unknown) => toObservedNetwork({ Id: 'a', Created }).createdAt;
    expect(created('2026-11-24T01:15:45.573589274+01:00')).toBe('2026-11-24T00:15:45.573Z');
    for (const odd of ['0001-01-01T00:00:00Z', 'yesterday', '', null, 5]) expect(created(odd)).toBe(LONG_AGO);
  });

  it.each([{}, { IPAM: null, Containers: null, Labels: null, Options: null }, { IPAM: { Config: null }, ConfigFrom: null }])(
    'may lack nearly everything: %o',
    (json) => {
      expect(toObservedNetwork(json)).toEqual({
        id: '',
        name: '',
        driver: '',
        scope: 'local',
        builtin: false,
        internal: false,
        attachable: false,
        ingress: false,
        configOnly: false,
        configFrom: null,
        ipv4Enabled: true,
        ipv6Enabled: false,
        ipamDriver: 'default',
        ipamOptions: {},
        pools: [],
        options: {},
        labels: {},
        createdAt: LONG_AGO,
        endpoints: [],
        ownAddresses: [],
      });
    },
  );

  it.each([
    { IPAM: 'foo', Containers: [1], Labels: 'x', Options: { a: 1, b: 'two' }, Scope: 'moon', EnableIPv6: 'yes' },
    { IPAM: { Config: [null, 7, {}, { Subnet: 5 }, { Subnet: '' }] } },
  ])('of the wrong types is read without a fault: %o', (json) => {
    expect(toObservedNetwork(json)).toMatchObject({ pools: [], endpoints: [], scope: 'local', ipv6Enabled: false });
  });

  it('has the gateway without the prefix length that older engines write for plugins', () => {
    const json = { IPAM: { Config: [{ Subnet: '10.1.0.0/24', Gateway: '10.1.0.1/24' }] } };
    expect(toObservedNetwork(json).pools[0]?.gateway).toBe('10.1.0.1');
  });

  // As documented for API 1.48 and 1.52: no such engine was at hand to record.
  it('of a newer engine tells its IPv4 switch and its own exact count of addresses', () => {
    const text = `{"Id": "a", "EnableIPv4": false, "IPAM": {"Config": [{"Subnet": "fd00::/64"}, {"Subnet": "10.0.0.0/24"}]},
      "Labels": {"odd": "\\"IPsInUse\\": 5"},
      "Status": {"IPAM": {"Subnets": {"fd00::/64": {"IPsInUse": 3, "DynamicIPsAvailable": 18446744073709551613}}}}}`;
    const seen = toObservedNetwork(JSON.parse(quoteLargeCounts(text)) as JsonObject);
    expect(seen).toMatchObject({ ipv4Enabled: false, labels: { odd: '"IPsInUse": 5' } });
    expect(seen.pools.map(({ reported }) => reported)).toEqual([{ inUse: '3', free: '18446744073709551613' }, null]);
  });

  it("of Podman's is read too", () => {
    const json = {
      name: 'ignored',
      Name: 'podman',
      Id: '2f259bab93aaaaa2542ba43ef33eb990d0999ee1b9924b557b7be53c0b7a1bb9',
      Created: '2026-11-24T00:15:45.573589274Z',
      Scope: 'local',
      Driver: 'bridge',
      IPAM: { Driver: 'host-local', Options: { driver: 'host-local' }, Config: [{ Subnet: '10.88.0.0/16', Gateway: '10.88.0.1' }] },
      Containers: {},
      Options: null,
      Labels: null,
    };
    expect(toObservedNetwork(json)).toMatchObject({ name: 'podman', builtin: false, ipamDriver: 'host-local', labels: {} });
  });
});

describe('the list of containers', () => {
  const listed = JSON.parse(readFileSync(new URL('recorded/container-list.json', import.meta.url), 'utf8')) as JsonObject[];

  it('tells ids, states and the names of networks', () => {
    expect(listed.map(toListedContainer).map(({ state, networkNames }) => ({ state, networkNames }))).toContainEqual({
      state: 'created',
      networkNames: ['shop'],
    });
  });

  it('tells who names a network: by its id, or by its name before the first start', () => {
    const on = (network: { id: string; name: string }) =>
      listed.filter((json) => namesNetwork(json, network)).map((json) => (json['Names'] as string[])[0]);
    const shop = toObservedNetwork(recorded('network-bridge-user'));
    expect(on(shop).sort()).toEqual(['/later', '/web']);
    expect(on({ id: 'another', name: 'shop' })).toEqual(['/later']);
    expect(on({ id: shop.id, name: 'renamed' })).toEqual(['/web']);
  });

  it('may hold entries without networks', () => {
    expect(toListedContainer({ Id: 'a' })).toEqual({ id: 'a', state: 'unknown', networkNames: [] });
    expect(namesNetwork({ NetworkSettings: { Networks: { n: null } } }, { id: 'x', name: 'n' })).toBe(true);
    expect(namesNetwork({ NetworkSettings: null }, { id: 'x', name: 'n' })).toBe(false);
  });
});
