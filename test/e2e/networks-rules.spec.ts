import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aContainer } from '../builders/a-container.js';
import { refusalOf, valueOf, type Face, type Input, type Refused } from './face.js';
import { FACES } from './faces.js';
import { everything, startService, type Service } from './service.js';

const BRIDGE = 'com.docker.network.bridge';
const TAKEN = '10.60.0.0/24';

let service: Service;
let before: string;

beforeAll(async () => {
  service = await startService();
  const standing = ['network', 'create', '--subnet', TAKEN, '--opt', `${BRIDGE}.name=brtaken`, 'taken'];
  await service.engine.docker(...standing);
  await service.engine.docker('network', 'create', '--config-only', '--subnet', '10.61.0.0/24', 'settings');
  await service.engine.docker('create', '--name', aContainer().name, 'fl-busybox');
  before = await everything(service.engine);
});

afterAll(() => service.stop());

interface Case {
  readonly why: string;
  readonly input: Input;
  readonly code: string;
  readonly status: number;
  readonly field?: string;
  readonly extras?: Input;
}

const pool = (...pools: Input[]): Input => ({ ipam: { pools } });
const option = (key: string, value: string): Input => ({ options: { [key]: value } });
const invalid = (why: string, input: Input, field: string): Case => ({ why, input, code: 'VALIDATION_FAILED', status: 400, field });
const bridgeOption = (why: string, key: string, value: string): Case => ({
  why,
  input: option(key, value),
  code: 'INVALID_DRIVER_OPTION',
  status: 422,
  field: `options.${key}`,
});
const outside = (why: string, more: Input, field: string, code = 'ADDRESS_OUTSIDE_SUBNET'): Case => ({
  why,
  input: pool({ subnet: '10.70.0.0/24', ...more }),
  code,
  status: 422,
  field: `ipam.pools[0].${field}`,
});
const subnet = 'ipam.pools[0].subnet';

const NAMES: Case[] = [
  ...['bridge', 'host', 'none', 'default'].map((name) => {
    return { why: `the engine's own name ${name}`, input: { name }, code: 'NETWORK_BUILTIN', status: 409 };
  }),
  ...['ingress', 'docker_gwbridge', 'container', 'nat'].map((name) => invalid(`the reserved name ${name}`, { name }, 'name')),
  ...['../../docker', '/run/docker', 'a/../b', 'a b', '', `a${'/b'.repeat(200)}`].map((driver) => invalid(`the driver "${driver.slice(0, 20)}"`, { driver }, 'driver')),
  invalid('an IPAM driver that is a path', { ipam: { driver: '../../docker' } }, 'ipam.driver'),
  ...['com.docker.swarm.service.name', 'fairlead.half-made-endpoint'].map((label) => invalid(`the label ${label}`, { labels: { [label]: 'x' } }, 'labels')),
  invalid('an empty name', { name: '' }, 'name'),
  invalid('a blank in a name', { name: 'a b' }, 'name'),
  invalid('a slash in a name', { name: '../etc' }, 'name'),
  invalid('a name that begins with a dash', { name: '-rm' }, 'name'),
  invalid('a name beyond ASCII', { name: 'nétz' }, 'name'),
  invalid('a control character in a name', { name: 'a\u0000b' }, 'name'),
  invalid('a line break at the end of a name', { name: 'ab\n' }, 'name'),
  invalid('a name of 129 characters', { name: 'n'.repeat(129) }, 'name'),
  { why: 'a name that is taken', input: { name: 'taken' }, code: 'NETWORK_NAME_TAKEN', status: 409, extras: { holder: { kind: 'network', name: 'taken' } } },
];

const DRIVERS: Case[] = [
  { why: 'a second host network', input: { driver: 'host' }, code: 'NETWORK_BUILTIN', status: 409 },
  { why: 'a second null network', input: { driver: 'null' }, code: 'NETWORK_BUILTIN', status: 409 },
  { why: 'the driver none', input: { driver: 'none' }, code: 'NETWORK_BUILTIN', status: 409 },
  { why: 'an overlay without a swarm', input: { driver: 'overlay' }, code: 'NOT_SWARM_MANAGER', status: 409 },
  { why: 'swarm scope without a swarm', input: { scope: 'swarm' }, code: 'NOT_SWARM_MANAGER', status: 409 },
  { why: 'global scope without a swarm', input: { scope: 'global' }, code: 'NOT_SWARM_MANAGER', status: 409 },
  invalid('a bridge as ingress network', { ingress: true }, 'ingress'),
  { why: 'a configuration network with a driver', input: { configOnly: true, driver: 'macvlan' }, code: 'CONFIG_NETWORK_INVALID', status: 422 },
  { why: 'an unknown configuration network', input: { configFrom: 'nosuch' }, code: 'NETWORK_NOT_FOUND', status: 404 },
  { why: 'settings from an ordinary network', input: { configFrom: 'taken' }, code: 'CONFIG_NETWORK_INVALID', status: 422 },
  { why: 'own subnets beside a configuration network', input: { configFrom: 'settings', ...pool({ subnet: '10.70.0.0/24' }) }, code: 'CONFIG_NETWORK_INVALID', status: 422 },
  { why: 'own options beside a configuration network', input: { configFrom: 'settings', options: { a: 'b' } }, code: 'CONFIG_NETWORK_INVALID', status: 422 },
  { why: 'own labels beside a configuration network', input: { configFrom: 'settings', labels: { a: 'b' } }, code: 'CONFIG_NETWORK_INVALID', status: 422, field: 'labels' },
  { why: 'IPv6 beside a configuration network', input: { configFrom: 'settings', ipv6Enabled: true }, code: 'CONFIG_NETWORK_INVALID', status: 422, field: 'ipv6Enabled' },
  { why: 'a configuration network made from one', input: { configFrom: 'settings', configOnly: true }, code: 'CONFIG_NETWORK_INVALID', status: 422 },
  { why: 'no IPv4', input: { ipv4Enabled: false }, code: 'UNSUPPORTED_BY_ENGINE', status: 501, extras: { requiredApiVersion: '1.48', engineApiVersion: '1.41' } },
];

const parentOption = (why: string, driver: string, options: Input, field = 'options.parent'): Case => ({
  why,
  input: { driver, options },
  code: 'INVALID_DRIVER_OPTION',
  status: 422,
  field,
});
/** What stands on an interface of the host; the engine alone knows which there are. */
const PARENTS: Case[] = [
  parentOption('a macvlan network without parent', 'macvlan', {}),
  parentOption('an ipvlan network without parent', 'ipvlan', { ipvlan_mode: 'l3' }),
  parentOption('an unknown macvlan mode', 'macvlan', { parent: 'lo', macvlan_mode: 'foo' }, 'options.macvlan_mode'),
  parentOption('an unknown ipvlan mode', 'ipvlan', { parent: 'lo', ipvlan_mode: 'l4' }, 'options.ipvlan_mode'),
  parentOption('an unknown ipvlan flag', 'ipvlan', { parent: 'lo', ipvlan_flag: 'foo' }, 'options.ipvlan_flag'),
  { why: 'a macvlan network from settings without parent', input: { driver: 'macvlan', configFrom: 'settings' }, code: 'INVALID_DRIVER_OPTION', status: 422, field: 'options.parent' },
];
const ABSENT_PARENTS: Case[] = [
  parentOption('a macvlan parent that is not there', 'macvlan', { parent: 'nosuch0' }, 'options'),
  parentOption('the VLAN of a parent that is not there', 'macvlan', { parent: 'nosuch0.10' }, 'options'),
  parentOption('the VLAN 5000', 'macvlan', { parent: 'lo.5000' }, 'options'),
  parentOption('a VLAN that is no number', 'macvlan', { parent: 'lo.x' }),
  parentOption('the loopback interface', 'macvlan', { parent: 'lo' }, 'options'),
];

const OPTIONS: Case[] = [
  bridgeOption('a switch that is neither true nor false', `${BRIDGE}.enable_icc`, 'foo'),
  bridgeOption('masquerading that is neither true nor false', `${BRIDGE}.enable_ip_masquerade`, 'yes'),
  bridgeOption('inhibit_ipv4 that is neither true nor false', `${BRIDGE}.inhibit_ipv4`, ''),
  bridgeOption('an MTU that is no number', 'com.docker.network.driver.mtu', 'foo'),
  bridgeOption('a negative MTU', 'com.docker.network.driver.mtu', '-5'),
  bridgeOption('an MTU below what IPv4 needs', 'com.docker.network.driver.mtu', '67'),
  bridgeOption('an MTU above what an interface carries', 'com.docker.network.driver.mtu', '65536'),
  bridgeOption('a host address that is none', `${BRIDGE}.host_binding_ipv4`, 'foo'),
  bridgeOption('a bridge name of 16 characters', `${BRIDGE}.name`, 'a234567890123456'),
  bridgeOption('a blank in a bridge name', `${BRIDGE}.name`, 'a b'),
  { why: "another network's bridge", input: option(`${BRIDGE}.name`, 'brtaken'), code: 'BRIDGE_NAME_IN_USE', status: 409, extras: { holder: { name: 'taken' } } },
  { why: "the default network's bridge", input: option(`${BRIDGE}.name`, 'docker0'), code: 'BRIDGE_NAME_IN_USE', status: 409, extras: { holder: { name: 'bridge' } } },
];

const POOLS: Case[] = [
  invalid('a subnet that is none', pool({ subnet: 'foo' }), subnet),
  invalid('a subnet without prefix length', pool({ subnet: '10.70.0.0' }), subnet),
  invalid('a subnet with a prefix of 33', pool({ subnet: '10.70.0.0/33' }), subnet),
  invalid('a subnet with a leading zero', pool({ subnet: '010.70.0.0/24' }), subnet),
  invalid('a subnet with host bits', pool({ subnet: '10.70.0.5/24' }), subnet),
  invalid('a loopback subnet', pool({ subnet: '127.5.0.0/16' }), subnet),
  invalid('a multicast subnet', pool({ subnet: '224.1.0.0/16' }), subnet),
  invalid('an IPv6 multicast subnet', { ipv6Enabled: true, ...pool({ subnet: 'ff02::/64' }) }, subnet),
  invalid('a subnet of everything', pool({ subnet: '0.0.0.0/0' }), subnet),
  invalid('an IPv6 subnet without IPv6', pool({ subnet: 'fd00:1::/64' }), subnet),
  invalid('an empty pool', pool({}), subnet),
  { why: 'a subnet of two addresses', input: pool({ subnet: '10.70.0.0/31' }), code: 'ADDRESS_NOT_ASSIGNABLE', status: 422, field: subnet },
  { why: 'an IPv6 subnet of one address', input: { ipv6Enabled: true, ...pool({ subnet: 'fd00:1::5/128' }) }, code: 'ADDRESS_NOT_ASSIGNABLE', status: 422, field: subnet },
  { why: 'a gateway without subnet', input: pool({ gateway: '10.70.0.1' }), code: 'SUBNET_REQUIRED', status: 422, field: subnet },
  { why: 'a range without subnet', input: pool({ ipRange: '10.70.0.0/25' }), code: 'SUBNET_REQUIRED', status: 422, field: subnet },
  { why: 'IPv6 without an IPv6 subnet', input: { ipv6Enabled: true }, code: 'SUBNET_REQUIRED', status: 422, field: 'ipam.pools' },
  { why: 'two IPv4 subnets on a bridge', input: pool({ subnet: '10.70.0.0/24' }, { subnet: '10.71.0.0/24' }), code: 'INVALID_DRIVER_OPTION', status: 422, field: 'ipam.pools' },
  invalid('pools that overlap each other', { driver: 'macvlan', options: { parent: 'lo' }, ...pool({ subnet: '10.70.0.0/16' }, { subnet: '10.70.1.0/24' }) }, 'ipam.pools[1].subnet'),
  invalid('a range that is none', pool({ subnet: '10.70.0.0/24', ipRange: 'foo' }), 'ipam.pools[0].ipRange'),
  invalid('a range with host bits', pool({ subnet: '10.70.0.0/24', ipRange: '10.70.0.9/25' }), 'ipam.pools[0].ipRange'),
  outside('a range outside the subnet', { ipRange: '10.71.0.0/25' }, 'ipRange'),
  outside('a range larger than the subnet', { ipRange: '10.70.0.0/16' }, 'ipRange'),
  invalid('a gateway that is none', pool({ subnet: '10.70.0.0/24', gateway: 'foo' }), 'ipam.pools[0].gateway'),
  invalid('a gateway with a prefix length', pool({ subnet: '10.70.0.0/24', gateway: '10.70.0.1/24' }), 'ipam.pools[0].gateway'),
  outside('a gateway outside the subnet', { gateway: '10.71.0.1' }, 'gateway', 'GATEWAY_OUTSIDE_SUBNET'),
  outside('an IPv6 gateway of an IPv4 subnet', { gateway: 'fd00::1' }, 'gateway', 'GATEWAY_OUTSIDE_SUBNET'),
  invalid('the network address as gateway', pool({ subnet: '10.70.0.0/24', gateway: '10.70.0.0' }), 'ipam.pools[0].gateway'),
  invalid('the broadcast address as gateway', pool({ subnet: '10.70.0.0/24', gateway: '10.70.0.255' }), 'ipam.pools[0].gateway'),
  invalid('an auxiliary address that is none', pool({ subnet: '10.70.0.0/24', auxiliaryAddresses: { x: 'foo' } }), 'ipam.pools[0].auxiliaryAddresses.x'),
  outside('an auxiliary address outside the subnet', { auxiliaryAddresses: { x: '10.71.0.5' } }, 'auxiliaryAddresses.x'),
  invalid('the gateway as auxiliary address', pool({ subnet: '10.70.0.0/24', gateway: '10.70.0.9', auxiliaryAddresses: { x: '10.70.0.9' } }), 'ipam.pools[0].auxiliaryAddresses.x'),
  invalid('one auxiliary address twice', pool({ subnet: '10.70.0.0/24', auxiliaryAddresses: { x: '10.70.0.9', y: '10.70.0.9' } }), 'ipam.pools[0].auxiliaryAddresses.y'),
  invalid('the broadcast address as auxiliary one', pool({ subnet: '10.70.0.0/24', auxiliaryAddresses: { x: '10.70.0.255' } }), 'ipam.pools[0].auxiliaryAddresses.x'),
  ...['10.60.0.0/24', '10.60.0.128/25', '10.0.0.0/8', '172.17.4.0/24'].map((taken): Case => {
    const name = taken.startsWith('172') ? 'bridge' : 'taken';
    const extras = { overlappingNetworks: [expect.objectContaining({ name, engine: 'local' })] };
    return { why: `the subnet ${taken}, which overlaps`, input: pool({ subnet: taken }), code: 'SUBNET_OVERLAP', status: 409, extras };
  }),
];

const INPUTS: Case[] = [
  { why: 'an unknown engine', input: { engine: 'nowhere' }, code: 'ENGINE_NOT_FOUND', status: 404 },
  { why: 'an unknown field', input: { subnet: '10.70.0.0/24' }, code: 'VALIDATION_FAILED', status: 400 },
  { why: 'a label that is no text', input: { labels: { a: 1 } }, code: 'VALIDATION_FAILED', status: 400 },
  { why: 'a label without key', input: { labels: { '': 'x' } }, code: 'VALIDATION_FAILED', status: 400 },
  { why: 'a flag that is no flag', input: { internal: 'yes' }, code: 'VALIDATION_FAILED', status: 400 },
  { why: 'pools that are no list', input: { ipam: { pools: 'all' } }, code: 'VALIDATION_FAILED', status: 400 },
  { why: 'an unknown scope', input: { scope: 'galaxy' }, code: 'VALIDATION_FAILED', status: 400 },
];

async function refuse(face: Face, input: Input, dryRun: boolean): Promise<Refused> {
  return refusalOf(await face.createNetwork({ name: 'refused', ...input }, { dryRun }));
}

describe.each(FACES)('creating a network through %s', (_name, faceOf) => {
  it.each([...NAMES, ...DRIVERS, ...PARENTS, ...ABSENT_PARENTS, ...OPTIONS, ...POOLS, ...INPUTS])(
    'refuses $why with $code',
    async ({ input, code, status, field, extras = {} }) => {
      const refused = await refuse(faceOf(service.app), input, false);
      expect(refused).toMatchObject({ code, status, extras });
      expect(refused.detail.length).toBeGreaterThan(10);
      if (field !== undefined) expect(refused.extras.errors).toMatchObject([{ field }]);
    },
  );

  it('tells a dry run of every refusal that it can see beforehand', async () => {
    const known = [...NAMES, ...DRIVERS, ...PARENTS, ...OPTIONS, ...POOLS];
    const codes = await Promise.all(known.map(({ input }) => refuse(faceOf(service.app), input, true)));
    expect(codes.map(({ code }) => code)).toEqual(known.map(({ code }) => code));
  });

  it('tells all faulty bridge options at once', async () => {
    const options = { 'com.docker.network.driver.mtu': 'x', [`${BRIDGE}.enable_icc`]: 'x' };
    const refused = await refuse(faceOf(service.app), { options }, false);
    expect(refused.extras.errors).toHaveLength(2);
  });

  it('leaves nothing behind and no subnet lost where it refuses', async () => {
    expect(await everything(service.engine)).toBe(before);
    const face = faceOf(service.app);
    const made = valueOf(await face.createNetwork({ name: 'proof', ...pool({ subnet: '10.70.0.0/24' }) }));
    valueOf(await face.removeNetwork(made.id));
  });
});

it('answers every refusal in the same words on both faces', async () => {
  const [rest, graphql] = FACES.map(([, faceOf]) => faceOf(service.app));
  for (const { input } of [...NAMES, ...DRIVERS, ...PARENTS, ...ABSENT_PARENTS, ...OPTIONS, ...POOLS]) {
    expect(await refuse(graphql!, input, false)).toEqual(await refuse(rest!, input, false));
  }
});
