import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NetworkSpec } from '../../src/docker/docker.gateway.js';
import type { ErrorCode } from '../../src/errors/error-codes.js';
import { codeOf, EngineLab, failureOf } from './engine-lab.js';

// The rows of engine-facts 3.1 that one engine without a swarm and without plugins shows.
let lab: EngineLab;

beforeAll(async () => {
  lab = await EngineLab.start({ name: 'network-rows', addressPool: 'base=10.200.0.0/20,size=24' });
  await lab.engine.exec('ip', 'link', 'add', 'vp0', 'type', 'veth', 'peer', 'name', 'vp1');
  await lab.network('standing', { pools: [{ subnet: '10.20.0.0/24' }] });
});
afterAll(() => lab.stop());

const BRIDGE = 'com.docker.network.bridge';
let made = 0;

function create(changes: Partial<NetworkSpec>): Promise<string> {
  made += 1;
  return lab.network(`made${made}`, changes);
}

type Row = readonly [title: string, changes: Partial<NetworkSpec>, code: ErrorCode];

const REFUSED: readonly Row[] = [
  ['#1 a name that is taken', { name: 'standing' }, 'NETWORK_NAME_TAKEN'],
  ['#4 an empty name', { name: '' }, 'VALIDATION_FAILED'],
  ['#5 the name bridge', { name: 'bridge' }, 'NETWORK_BUILTIN'],
  ['#5 the name host', { name: 'host' }, 'NETWORK_BUILTIN'],
  ['#5 the name none', { name: 'none' }, 'NETWORK_BUILTIN'],
  ['#5 the name default', { name: 'default' }, 'NETWORK_BUILTIN'],
  ['#7 a second host network', { driver: 'host' }, 'NETWORK_BUILTIN'],
  ['#7 a second null network', { driver: 'null' }, 'NETWORK_BUILTIN'],
  ['#10 an overlay without a swarm', { driver: 'overlay' }, 'NOT_SWARM_MANAGER'],
  ['#10 the scope global', { scope: 'global' }, 'NOT_SWARM_MANAGER'],
  ['#11 the scope swarm without a swarm', { scope: 'swarm' }, 'NOT_SWARM_MANAGER'],
  ['#13 an ingress bridge', { ingress: true }, 'VALIDATION_FAILED'],
  ['#14 a subnet that is none', { pools: [{ subnet: 'foo' }] }, 'VALIDATION_FAILED'],
  ['#14 a subnet without a mask', { pools: [{ subnet: '10.31.0.0' }] }, 'VALIDATION_FAILED'],
  ['#14 a /33', { pools: [{ subnet: '10.31.0.0/33' }] }, 'VALIDATION_FAILED'],
  ['#15 a /31', { pools: [{ subnet: '10.31.1.0/31' }] }, 'ADDRESS_NOT_ASSIGNABLE'],
  ['#15 a /32', { pools: [{ subnet: '10.31.2.0/32' }] }, 'ADDRESS_NOT_ASSIGNABLE'],
  ['#18 the same subnet', { pools: [{ subnet: '10.20.0.0/24' }] }, 'SUBNET_OVERLAP'],
  ['#18 a subnet inside', { pools: [{ subnet: '10.20.0.128/25' }] }, 'SUBNET_OVERLAP'],
  ['#18 a subnet around', { pools: [{ subnet: '10.20.0.0/16' }] }, 'SUBNET_OVERLAP'],
  ['#18 the subnet of docker0', { pools: [{ subnet: '10.200.0.128/25' }] }, 'SUBNET_OVERLAP'],
  ['#20 two IPv4 subnets', { pools: [{ subnet: '10.32.0.0/24' }, { subnet: '10.32.1.0/24' }] }, 'INVALID_DRIVER_OPTION'],
  ['#21 a gateway outside', { pools: [{ subnet: '10.33.0.0/24', gateway: '10.30.0.1' }] }, 'GATEWAY_OUTSIDE_SUBNET'],
  ['#22 a gateway that is none', { pools: [{ subnet: '10.33.1.0/24', gateway: 'foo' }] }, 'VALIDATION_FAILED'],
  ['#23 the broadcast address as gateway', { pools: [{ subnet: '10.33.2.0/24', gateway: '10.33.2.255' }] }, 'VALIDATION_FAILED'],
  ['#24 a gateway without a subnet', { pools: [{ gateway: '10.33.3.1' }] }, 'SUBNET_REQUIRED'],
  ['#24 a range without a subnet', { pools: [{ ipRange: '10.33.3.0/25' }] }, 'SUBNET_REQUIRED'],
  ['#26 a range that is none', { pools: [{ subnet: '10.33.4.0/24', ipRange: 'foo' }] }, 'VALIDATION_FAILED'],
  [
    '#27 an auxiliary address outside',
    { pools: [{ subnet: '10.33.5.0/24', auxiliaryAddresses: { x: '10.30.0.5' } }] },
    'ADDRESS_OUTSIDE_SUBNET',
  ],
  [
    '#28 an auxiliary address that is none',
    { pools: [{ subnet: '10.33.6.0/24', auxiliaryAddresses: { x: 'foo' } }] },
    'VALIDATION_FAILED',
  ],
  [
    '#29 the gateway as auxiliary address',
    { pools: [{ subnet: '10.33.7.0/24', gateway: '10.33.7.1', auxiliaryAddresses: { x: '10.33.7.1' } }] },
    'VALIDATION_FAILED',
  ],
  ['#30 IPv6 without a subnet', { ipv6Enabled: true }, 'SUBNET_REQUIRED'],
  ['#33 enable_icc=foo', { options: { [`${BRIDGE}.enable_icc`]: 'foo' } }, 'INVALID_DRIVER_OPTION'],
  ['#33 an MTU that is no number', { options: { 'com.docker.network.driver.mtu': 'foo' } }, 'INVALID_DRIVER_OPTION'],
  ['#33 masquerading foo', { options: { [`${BRIDGE}.enable_ip_masquerade`]: 'foo' } }, 'INVALID_DRIVER_OPTION'],
  ['#34 a negative MTU', { options: { 'com.docker.network.driver.mtu': '-5' } }, 'INVALID_DRIVER_OPTION'],
  ['#35 a host address that is none', { options: { [`${BRIDGE}.host_binding_ipv4`]: 'foo' } }, 'INVALID_DRIVER_OPTION'],
  ['#36 a bridge name of 16 characters', { options: { [`${BRIDGE}.name`]: 'br-abcdefghijklm' } }, 'INVALID_DRIVER_OPTION'],
  ['#37 the name of an interface that is no bridge', { options: { [`${BRIDGE}.name`]: 'vp1' } }, 'BRIDGE_NAME_IN_USE'],
  ['#42 a macvlan parent that is not there', { driver: 'macvlan', options: { parent: 'nosuch0' } }, 'INVALID_DRIVER_OPTION'],
  ['#43 a parent of a sub-interface that is not there', { driver: 'macvlan', options: { parent: 'nosuch0.10' } }, 'INVALID_DRIVER_OPTION'],
  ['#45 a macvlan mode that is none', { driver: 'macvlan', options: { parent: 'vp0', macvlan_mode: 'foo' } }, 'INVALID_DRIVER_OPTION'],
  ['#45 loopback as parent', { driver: 'macvlan', options: { parent: 'lo' } }, 'INVALID_DRIVER_OPTION'],
  ['#45 the VLAN 5000', { driver: 'macvlan', options: { parent: 'vp0.5000' } }, 'INVALID_DRIVER_OPTION'],
  ['#46 a configuration network that is not there', { configFrom: 'nosuch' }, 'CONFIG_NETWORK_INVALID'],
];

describe('creating a network is refused by a real engine for', () => {
  it.each(REFUSED)('%s', async (_, changes, code) => {
    const failure = await failureOf(create(changes));
    expect(failure?.code).toBe(code);
    expect(failure?.extras.engineMessage).toBeTruthy();
    expect(failure?.detail).not.toContain('$');
  });

  it('#18 everything there is, a /0', async () => {
    expect(await codeOf(create({ pools: [{ subnet: '0.0.0.0/0' }] }))).toBe('SUBNET_OVERLAP');
  });

  it('#38 the bridge name of another network', async () => {
    await create({ options: { [`${BRIDGE}.name`]: 'brx0' }, pools: [{ subnet: '10.34.0.0/24' }] });
    const again = create({ options: { [`${BRIDGE}.name`]: 'brx0' }, pools: [{ subnet: '10.34.1.0/24' }] });
    expect(await codeOf(again)).toBe('BRIDGE_NAME_IN_USE');
  });

  it('#44 a macvlan parent in use', async () => {
    await create({ driver: 'macvlan', options: { parent: 'vp0' }, pools: [{ subnet: '10.34.2.0/24' }] });
    const again = create({ driver: 'macvlan', options: { parent: 'vp0' }, pools: [{ subnet: '10.34.3.0/24' }] });
    expect(await codeOf(again)).toBe('PARENT_IN_USE');
  });

  it('#47 own addresses beside a configuration network', async () => {
    await lab.network('config', { configOnly: true, pools: [{ subnet: '10.34.4.0/24' }] });
    const both = create({ configFrom: 'config', pools: [{ subnet: '10.34.5.0/24' }] });
    expect(await codeOf(both)).toBe('CONFIG_NETWORK_INVALID');
  });

  it('#8, #9 an unknown driver, an unknown IPAM driver, after the engine has looked for a plugin for 15 s', async () => {
    const attempts = [{ driver: 'nosuch' }, { driver: 'none' }, { ipamDriver: 'nosuch' }].map(create);
    expect(await Promise.all(attempts.map(codeOf))).toEqual(['UNKNOWN_DRIVER', 'UNKNOWN_DRIVER', 'UNKNOWN_DRIVER']);
  });

  it('#32 one network more than there are pools', async () => {
    const ids: string[] = [];
    let code: string = 'none';
    while (code === 'none' && ids.length < 40) {
      code = await codeOf(create({}).then((id) => ids.push(id)));
    }
    for (const id of ids) await lab.gateway.removeNetwork(id);
    expect(code).toBe('ADDRESS_POOL_EXHAUSTED');
    expect(ids.length).toBeGreaterThan(5);
  });
});

const ACCEPTED: readonly (readonly [title: string, changes: Partial<NetworkSpec>])[] = [
  ['#6 the name ingress', { name: 'ingress' }],
  ['#6 the name docker_gwbridge', { name: 'docker_gwbridge' }],
  ['#6 the name container', { name: 'container' }],
  ['#6 the name nat', { name: 'nat' }],
  ['#16 a subnet with host bits', { pools: [{ subnet: '10.35.0.7/24' }] }],
  ['#17 a multicast subnet', { pools: [{ subnet: '239.1.0.0/24' }] }],
  ['#17 a loopback subnet', { pools: [{ subnet: '127.9.0.0/24' }] }],
  ['#25 a range outside of the subnet', { pools: [{ subnet: '10.35.1.0/24', ipRange: '10.99.0.0/25' }] }],
  ['#25 a range larger than the subnet', { pools: [{ subnet: '10.35.2.0/24', ipRange: '10.35.0.0/16' }] }],
  ['#31 an IPv6 subnet without IPv6', { pools: [{ subnet: 'fd00:35::/64' }] }],
  ['#34 an MTU of 99999999', { options: { 'com.docker.network.driver.mtu': '99999999' } }],
  ['#41 a driver option that nobody knows', { options: { 'nobody.knows': 'it' } }],
];

describe('creating a network is taken by a real engine, so that the service must check first:', () => {
  it.each(ACCEPTED)('%s', async (_, changes) => {
    const id = await create(changes);
    expect(await lab.gateway.inspectNetwork(id)).toMatchObject({ id });
    await lab.gateway.removeNetwork(id);
  });

  it('#19 the subnet of an interface of the host', async () => {
    await lab.engine.exec('ip', 'address', 'add', '10.36.0.1/24', 'dev', 'vp1');
    const id = await create({ pools: [{ subnet: '10.36.0.0/24' }] });
    await lab.gateway.removeNetwork(id);
  });

  it('#2 a name that is taken, where nobody asks to check it', async () => {
    const body = { Name: 'twin', IPAM: { Config: [{ Subnet: '10.37.0.0/24' }] } };
    const first = await lab.raw('POST', '/networks/create', body);
    const second = await lab.raw('POST', '/networks/create', { ...body, IPAM: { Config: [{ Subnet: '10.37.1.0/24' }] } });
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.json).toMatchObject({ Warning: expect.stringContaining('already exists') });
  });

  it('#41 fields that nobody knows', async () => {
    const body = { Name: 'unknownfields', Nobody: 'knows', IPAM: { Config: [{ Subnet: '10.37.2.0/24' }] } };
    expect((await lab.raw('POST', '/networks/create', body)).status).toBe(200);
  });
});

describe('what the port cannot ask wrongly is still told apart:', () => {
  it('#3 a name that two networks bear', async () => {
    expect(await codeOf(lab.gateway.inspectNetwork('twin'))).toBe('AMBIGUOUS_REFERENCE');
    expect(await codeOf(lab.gateway.removeNetwork('twin'))).toBe('AMBIGUOUS_REFERENCE');
  });

  it('#39 values of a wrong type', async () => {
    const create = (body: object) => lab.rawCode('network.create', 'POST', '/networks/create', body);
    expect(await create({ Name: 'x', Options: { a: 1 } })).toBe('VALIDATION_FAILED');
    expect(await create({ Name: 'x', Labels: { a: 1 } })).toBe('VALIDATION_FAILED');
    expect(await create({ Name: 'x', Internal: 'foo' })).toBe('VALIDATION_FAILED');
  });

  it('#40 a request without a body', async () => {
    expect(await lab.rawCode('network.create', 'POST', '/networks/create')).toBe('MALFORMED_REQUEST');
  });

  it('a version that the engine does not speak', async () => {
    expect(await lab.rawCode('network.list', 'GET', '/v1.99/networks')).toBe('UNSUPPORTED_BY_ENGINE');
    expect(await lab.rawCode('network.list', 'GET', '/v1.9/networks')).toBe('UNSUPPORTED_BY_ENGINE');
  });
});
