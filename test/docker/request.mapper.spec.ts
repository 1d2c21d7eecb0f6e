import { describe, expect, it } from 'vitest';
import { compareApiVersions, isApiVersion } from '../../src/docker/api-version.js';
import type { EndpointSpec } from '../../src/docker/docker.gateway.js';
import { toConnectBody, toContainerBody, toNetworkBody } from '../../src/docker/request.mapper.js';
import { aContainerSpec, aNetworkSpec } from './specs.js';

/** What goes over the wire: undefined values do not. */
function sent(body: object): unknown {
  return JSON.parse(JSON.stringify(body));
}

const speaking = (apiVersion: string) => ({ engine: 'lab', apiVersion });

function refusal(requiredApiVersion: string, engineApiVersion: string) {
  return expect.objectContaining({
    code: 'UNSUPPORTED_BY_ENGINE',
    extras: { engine: 'lab', requiredApiVersion, engineApiVersion },
  });
}

describe('the request for a network', () => {
  it('asks an old engine to look for a network of that name', () => {
    expect(sent(toNetworkBody(aNetworkSpec('n', { configFrom: 'c', scope: 'local' }), speaking('1.41')))).toEqual({
      Name: 'n',
      CheckDuplicate: true,
      Driver: 'bridge',
      Scope: 'local',
      Internal: false,
      Attachable: false,
      Ingress: false,
      ConfigOnly: false,
      ConfigFrom: { Network: 'c' },
      EnableIPv6: false,
      IPAM: { Driver: 'default', Options: {}, Config: [] },
      Options: {},
      Labels: {},
    });
  });

  it('names the pools as the engine does', () => {
    const pools = [{ subnet: '10.0.0.0/24', ipRange: '10.0.0.0/25', gateway: '10.0.0.1', auxiliaryAddresses: { a: '10.0.0.2' } }, {}];
    expect(sent(toNetworkBody(aNetworkSpec('n', { pools }), speaking('1.41')))).toMatchObject({
      IPAM: {
        Config: [
          { Subnet: '10.0.0.0/24', IPRange: '10.0.0.0/25', Gateway: '10.0.0.1', AuxiliaryAddresses: { a: '10.0.0.2' } },
          {},
        ],
      },
    });
  });

  it('tells of IPv4 only where the engine knows the switch, and is refused where it would be dropped', () => {
    const without = aNetworkSpec('n', { ipv4Enabled: false });
    expect(sent(toNetworkBody(without, speaking('1.48')))).toMatchObject({ EnableIPv4: false });
    expect(sent(toNetworkBody(aNetworkSpec('n'), speaking('1.47')))).not.toHaveProperty('EnableIPv4');
    expect(() => toNetworkBody(without, speaking('1.47'))).toThrow(refusal('1.48', '1.47'));
  });
});

describe('the request to attach', () => {
  const full: EndpointSpec = {
    ipv4Address: '10.0.0.9',
    ipv6Address: 'fd00::9',
    aliases: ['web'],
    links: ['db:database'],
    driverOptions: { some: 'option' },
  };

  it('holds what was asked for and nothing else', () => {
    expect(sent(toConnectBody('c', full, speaking('1.41')))).toEqual({
      Container: 'c',
      EndpointConfig: {
        IPAMConfig: { IPv4Address: '10.0.0.9', IPv6Address: 'fd00::9' },
        Aliases: ['web'],
        Links: ['db:database'],
        DriverOpts: { some: 'option' },
      },
    });
    expect(sent(toConnectBody('c', {}, speaking('1.41')))).toEqual({ Container: 'c', EndpointConfig: {} });
  });

  it.each([
    ['a MAC address', { macAddress: '02:42:00:00:00:01' }, '1.54', '1.53'],
    ['a gateway priority', { gatewayPriority: 0 }, '1.48', '1.47'],
  ])('with %s needs an engine that heeds it', (_, endpoint, required, older) => {
    expect(() => toConnectBody('c', endpoint, speaking(older))).toThrow(refusal(required, older));
    expect(sent(toConnectBody('c', endpoint, speaking(required)))).toMatchObject({
      EndpointConfig: 'macAddress' in endpoint ? { MacAddress: endpoint.macAddress } : { GwPriority: 0 },
    });
  });
});

describe('the request for a container', () => {
  it('exposes every port that it publishes', () => {
    const spec = aContainerSpec({
      exposedPorts: ['53/udp'],
      publishedPorts: [
        { containerPort: 80, protocol: 'tcp', hostAddress: null, hostPort: null, hostPortRange: null },
        { containerPort: 80, protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 8080, hostPortRange: null },
        { containerPort: 80, protocol: 'tcp', hostAddress: null, hostPort: null, hostPortRange: '9000-9009' },
      ],
    });
    expect(sent(toContainerBody(spec, speaking('1.41')))).toMatchObject({
      ExposedPorts: { '53/udp': {}, '80/tcp': {} },
      HostConfig: {
        PortBindings: {
          '80/tcp': [
            { HostIp: '', HostPort: '' },
            { HostIp: '127.0.0.1', HostPort: '8080' },
            { HostIp: '', HostPort: '9000-9009' },
          ],
        },
      },
    });
  });

  it('names the network of the endpoint as the network mode does', () => {
    const spec = aContainerSpec({ networkMode: 'shop', endpoint: { aliases: ['web'] } });
    expect(sent(toContainerBody(spec, speaking('1.41')))).toMatchObject({
      HostConfig: { NetworkMode: 'shop' },
      NetworkingConfig: { EndpointsConfig: { shop: { Aliases: ['web'] } } },
    });
    expect(sent(toContainerBody(aContainerSpec(), speaking('1.41')))).not.toHaveProperty('NetworkingConfig');
  });

  it('puts a MAC address where the engine heeds it', () => {
    const spec = aContainerSpec({ networkMode: 'shop', endpoint: { macAddress: '02:42:00:00:00:01' } });
    const old = sent(toContainerBody(spec, speaking('1.43')));
    expect(old).toMatchObject({ MacAddress: '02:42:00:00:00:01', NetworkingConfig: { EndpointsConfig: { shop: {} } } });
    expect(JSON.stringify(old).match(/02:42/g)).toHaveLength(1);
    const current = sent(toContainerBody(spec, speaking('1.44')));
    expect(current).not.toHaveProperty('MacAddress');
    expect(current).toMatchObject({ NetworkingConfig: { EndpointsConfig: { shop: { MacAddress: '02:42:00:00:00:01' } } } });
  });

  it('with a gateway priority needs an engine that heeds it', () => {
    const spec = aContainerSpec({ endpoint: { gatewayPriority: 5 } });
    expect(() => toContainerBody(spec, speaking('1.47'))).toThrow(refusal('1.48', '1.47'));
  });

  it('asks for no power over the host', () => {
    const text = JSON.stringify(toContainerBody(aContainerSpec({ networkMode: 'host' }), speaking('1.54')));
    for (const power of ['Privileged', 'Binds', 'Mounts', 'CapAdd', 'Devices', 'PidMode', 'SecurityOpt']) {
      expect(text).not.toContain(power);
    }
  });
});

describe('API versions', () => {
  it('are compared by number, not by letter', () => {
    expect(compareApiVersions('1.9', '1.41')).toBeLessThan(0);
    expect(compareApiVersions('1.100', '1.54')).toBeGreaterThan(0);
    expect(compareApiVersions('2.0', '1.54')).toBeGreaterThan(0);
    expect(compareApiVersions('1.41', '1.41')).toBe(0);
  });

  it.each(['', '1', '1.x', 'v1.41', '1.41.2', '-1.4'])('are not such as "%s"', (text) => {
    expect(isApiVersion(text)).toBe(false);
  });
});
