import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aContainer } from '../builders/a-container.js';
import { addressIn, aNetwork, aSubnet } from '../builders/a-network.js';
import { startNetworkPlugin, type NetworkPlugin } from '../support/network-plugin.js';
import { valueOf } from './face.js';
import { agreed, FACES } from './faces.js';
import { startService, type Service } from './service.js';
import { trafficOf, type Traffic } from './traffic.js';

let service: Service;
let traffic: Traffic;
let plugin: NetworkPlugin;
beforeAll(async () => {
  service = await startService();
  traffic = trafficOf(service.engine);
  plugin = await startNetworkPlugin(service.engine, `fairlead-e2e-${process.pid}`);
});
afterAll(async () => {
  await service.stop();
  await plugin.stop();
});

const drivers = async () => {
  const { networkDrivers, ipamDrivers } = valueOf(await agreed(service.app, (asked) => asked.getEngine('local')));
  return { networkDrivers, ipamDrivers };
};

it('an engine lists the drivers that come with it', async () => {
  const { networkDrivers, ipamDrivers } = await drivers();
  expect(networkDrivers).toEqual(expect.arrayContaining(['bridge', 'host', 'ipvlan', 'macvlan', 'null', 'overlay']));
  expect(ipamDrivers).toEqual(['default', 'null']);
});

describe.each(FACES)('a plugin that is named through %s', (_name, faceOf) => {
  it('carries the traffic of its network with a subnet of the caller, and is listed as a network driver', async () => {
    const face = faceOf(service.app);
    const subnet = aSubnet();
    const input = aNetwork({ driver: plugin.name, options: { flavour: 'plain' }, ipam: { pools: [{ subnet }] } });
    const network = valueOf(await face.createNetwork(input));
    expect(network).toMatchObject({ driver: plugin.name, options: { flavour: 'plain' }, scope: 'local' });
    expect((await drivers()).networkDrivers).toContain(plugin.name);
    const [one, two] = [
      valueOf(await face.createContainer(aContainer({ networks: [{ network: network.id, ipv4Address: addressIn(subnet, 9), aliases: ['api'] }] }))),
      valueOf(await face.createContainer(aContainer())),
    ];
    valueOf(await face.attach({ network: network.id, container: two.id }));
    expect(await traffic.ping(two.id, 'api')).toContain(`(${addressIn(subnet, 9)})`);
    expect(await traffic.run(one.id, 'cat', '/sys/class/net/eth0/address')).toBe(one.attachments[0]?.macAddress);
    valueOf(await face.removeNetwork(network.id, { detach: true }));
    expect(plugin.calls).toEqual(expect.arrayContaining(['NetworkDriver.Join', 'NetworkDriver.Leave', 'NetworkDriver.DeleteNetwork']));
  });

  it('gives the addresses of a bridge network, and is listed as an IPAM driver while it does', async () => {
    const face = faceOf(service.app);
    const network = valueOf(await face.createNetwork({ name: 'given', ipam: { driver: plugin.name, options: { zone: 'a' } } }));
    expect(network).toMatchObject({
      driver: 'bridge',
      ipam: { driver: plugin.name, options: { zone: 'a' }, pools: [{ subnet: '10.71.0.0/24', gateway: '10.71.0.1', usage: { free: null } }] },
    });
    expect((await drivers()).ipamDrivers).toContain(plugin.name);
    const onIt = aContainer({ networks: [{ network: 'given' }] });
    const one = valueOf(await face.createContainer(onIt));
    const two = valueOf(await face.createContainer(aContainer({ networks: [{ network: 'given' }] })));
    expect(one.attachments[0]?.ipv4Address).toMatch(/^10\.71\.0\.\d+$/);
    expect(await traffic.ping(two.id, one.name)).toContain(`(${one.attachments[0]?.ipv4Address})`);
    valueOf(await face.removeNetwork('given', { detach: true }));
    expect((await drivers()).ipamDrivers).not.toContain(plugin.name);
  });
});
