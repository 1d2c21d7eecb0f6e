import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Container } from '../../src/resources/container.js';
import type { Network } from '../../src/resources/network.js';
import { aContainer } from '../builders/a-container.js';
import { aNetwork, aSubnet, addressIn } from '../builders/a-network.js';
import { eventually } from '../support/eventually.js';
import { refusalOf, valueOf, type Face, type Input } from './face.js';
import { FACES } from './faces.js';
import { standing, startService, type Service } from './service.js';
import { addLinks, answering, OFFLINE, TELLING_WHO_ASKS, trafficOf } from './traffic.js';

let service: Service;
beforeAll(async () => {
  service = await startService(['local'], { allowHostNetwork: true });
});
afterAll(() => service.stop());

const inside = (container: Container, ...command: string[]): Promise<string> => service.engine.docker('exec', container.name, ...command);
const ping = (from: Container, to: string): Promise<string> => inside(from, 'ping', '-c', '1', '-W', '1', to);
const reaches = (from: Container, to: string): Promise<boolean> =>
  ping(from, to).then((text) => text.includes('1 packets received'), () => false);
const hostReaches = (address: string): Promise<boolean> =>
  service.engine.exec('/bin/busybox', 'ping', '-c', '1', '-W', '1', address).then(() => true, () => false);
const addressOf = (container: Container, network: string): string =>
  container.attachments.find(({ networkName }) => networkName === network)?.ipv4Address ?? '';

describe.each(FACES)('through %s', (faceName, faceOf) => {
  let face: Face;
  beforeAll(() => {
    face = faceOf(service.app);
  });
  const run = async (changes: Input = {}): Promise<Container> => valueOf(await face.createContainer(aContainer({ ...OFFLINE, ...changes })));
  const on = (...networks: Network[]): Promise<Container> => run({ networks: networks.map(({ name }) => ({ network: name })) });
  const make = async (changes: Input = {}): Promise<Network> => valueOf(await face.createNetwork(aNetwork(changes)));

  describe('the default bridge', () => {
    it('is where a container lands unless told otherwise: reached by address, without names', async () => {
      const [one, two] = [await run(), await run()];
      expect(one.attachments).toMatchObject([{ networkId: 'local~bridge', active: true, dnsNames: [] }]);
      expect(await reaches(one, addressOf(two, 'bridge'))).toBe(true);
      await expect(ping(one, two.name)).rejects.toThrow(/bad address/);
    });

    it('knows legacy links: a name and an alias in the hosts file, and the environment of the link', async () => {
      const target = await run({ exposedPorts: ['80/tcp'] });
      const linking = await run({ links: [`${target.name}:friend`] });
      for (const name of [target.name, 'friend']) expect(await reaches(linking, name)).toBe(true);
      const environment = await inside(linking, 'env');
      expect(environment).toContain(`FRIEND_PORT_80_TCP_ADDR=${addressOf(target, 'bridge')}`);
      expect(environment).toContain(`FRIEND_NAME=/${linking.name}/friend`);
      expect(await reaches(target, linking.name)).toBe(false);
    });
  });

  describe('a container that shares a network stack', () => {
    it('of the host sees its interfaces and takes no attachments', async () => {
      const container = await run({ networkMode: 'host', dns: undefined });
      const network = await make();
      const own = await service.engine.exec('ls', '/sys/class/net');
      expect((await inside(container, 'ls', '/sys/class/net')).split('\n')).toEqual(expect.arrayContaining(['docker0', 'lo']));
      expect(own).toContain('lo');
      expect(refusalOf(await face.attach({ network: network.id, container: container.id })).code).toBe('ATTACHMENT_IMPOSSIBLE');
    });

    it('of nobody has loopback only and takes no attachments', async () => {
      const container = await run({ networkMode: 'none', dns: undefined });
      const network = await make();
      expect(await inside(container, 'ls', '/sys/class/net')).toBe('lo');
      expect(await reaches(container, '127.0.0.1')).toBe(true);
      expect(refusalOf(await face.attach({ network: network.id, container: container.id })).code).toBe('ATTACHMENT_IMPOSSIBLE');
    });

    it('of another container is shown as sharing that one’s attachments, and takes none of its own', async () => {
      const network = await make();
      const owner = await on(network);
      const guest = await run({ networkMode: `container:${owner.name}`, dns: undefined });
      expect(guest).toMatchObject({ networkMode: `container:${owner.id}`, sharesNetworkOf: owner.id, attachments: [] });
      expect(owner.sharesNetworkOf).toBeNull();
      expect(await inside(guest, 'ip', '-4', '-o', 'addr')).toContain(addressOf(owner, network.name));
      const refused = refusalOf(await face.attach({ network: 'bridge', container: guest.id }));
      expect(refused).toMatchObject({ code: 'ATTACHMENT_IMPOSSIBLE', status: 409 });
    });
  });

  describe('a user-defined bridge', () => {
    it('has its options by name: interface, MTU, and containers kept from each other', async () => {
      const bridge = `br-${faceName.toLowerCase()}`;
      const network = await make({
        options: {
          'com.docker.network.bridge.name': bridge,
          'com.docker.network.bridge.enable_icc': 'false',
          'com.docker.network.driver.mtu': '1400',
        },
      });
      const [one, two] = [await on(network), await on(network)];
      expect(await service.engine.exec('ip', 'link', 'show', bridge)).toContain('mtu 1400');
      expect(await inside(one, 'cat', '/sys/class/net/eth0/mtu')).toBe('1400');
      expect(await inside(one, 'nslookup', two.name)).toContain(addressOf(two, network.name));
      expect(await reaches(one, addressOf(two, network.name))).toBe(false);
      expect(await hostReaches(addressOf(one, network.name))).toBe(true);
    });

    it('hides its containers behind the host from a machine beyond it, unless masquerading is off', async () => {
      const [near, far] = [`out${faceName}`, `beyond${faceName}`];
      const wire = aSubnet();
      const [host, machine] = [addressIn(wire, 1), addressIn(wire, 2)];
      await addLinks(service.engine, near, far);
      await service.engine.exec('ip', 'address', 'add', `${host}/24`, 'dev', near);
      const beyond = await run({ networkMode: 'none', dns: undefined, command: TELLING_WHO_ASKS });
      await trafficOf(service.engine).moveOut(far, beyond.name, `${machine}/24`, host);
      const seenFrom = async (masquerade: string): Promise<{ own: string; seen: string }> => {
        const network = await make({ options: { 'com.docker.network.bridge.enable_ip_masquerade': masquerade } });
        const asking = await on(network);
        const seen = await eventually(() => trafficOf(service.engine).fetch(asking.name, machine));
        return { own: addressOf(asking, network.name), seen };
      };
      expect((await seenFrom('true')).seen).toBe(host);
      const { own, seen } = await seenFrom('false');
      expect(seen).toBe(own);
    });

    it('publishes where its host binding address says, and nowhere else', async () => {
      const network = await make({ options: { 'com.docker.network.bridge.host_binding_ipv4': '127.0.0.1' } });
      const served = { command: answering('served'), networks: [{ network: network.name }], publishedPorts: [{ containerPort: 80 }] };
      const { publishedPorts } = valueOf(await face.getContainer((await run(served)).id));
      expect(publishedPorts).toMatchObject([{ containerPort: 80, hostAddress: '127.0.0.1' }]);
      const asked = (address: string): Promise<string> =>
        service.engine.exec('busybox', 'wget', '-q', '-O', '-', `http://${address}:${publishedPorts[0]?.hostPort}/`);
      expect(await eventually(() => asked('127.0.0.1'))).toBe('served');
      await expect(asked(network.ipam.pools[0]?.gateway ?? '')).rejects.toThrow(/Connection refused/);
    });

    it('gives addresses out of its range, keeps auxiliary ones free, and has the gateway that was asked for', async () => {
      const subnet = aSubnet();
      const pool = { subnet, ipRange: addressIn(subnet, 128) + '/30', gateway: addressIn(subnet, 7), auxiliaryAddresses: { router: addressIn(subnet, 128) } };
      const network = valueOf(await face.createNetwork({ ...aNetwork(), ipam: { pools: [pool] } }));
      const given = [await on(network), await on(network)];
      const addresses = given.map((container) => addressOf(container, network.name));
      for (const address of addresses) expect([129, 130, 131].map((last) => addressIn(subnet, last))).toContain(address);
      expect(await inside(given[0]!, 'ip', 'route')).toContain(`default via ${addressIn(subnet, 7)}`);
      expect(await reaches(given[0]!, addresses[1]!)).toBe(true);
    });

    it('has no way out where it is internal, though its containers reach each other', async () => {
      const [inner, outer] = [await make({ internal: true }), await make()];
      const [one, two, outside] = [await on(inner), await on(inner), await on(outer)];
      expect(await reaches(one, two.name)).toBe(true);
      expect(await reaches(one, addressOf(outside, outer.name))).toBe(false);
      expect(await reaches(outside, addressOf(one, inner.name))).toBe(false);
    });
  });

  describe('several networks on one container', () => {
    /** The interface of the default route, and the network that its address is on. */
    const routedOver = async (container: Container, family: '-4' | '-6'): Promise<string | undefined> => {
      const [, device] = /^default via \S+ dev (\S+)/m.exec(await inside(container, 'ip', family, 'route')) ?? [];
      if (device === undefined) return undefined;
      const shown = await inside(container, 'ip', '-4', '-o', 'addr', 'show', 'dev', device);
      const { attachments } = valueOf(await face.getContainer(container.id));
      return attachments.find(({ ipv4Address }) => shown.includes(` ${ipv4Address}/`))?.networkName;
    };
    const shownOver = async (container: Container, family: 'ipv4' | 'ipv6'): Promise<string | undefined> =>
      valueOf(await face.getContainer(container.id)).attachments.find(({ defaultRoute }) => defaultRoute.includes(family))?.networkName;

    it('are told apart by which carries the default route, in each family, as it moves', async () => {
      const v6 = faceName === 'REST' ? 'fd00:e::/64' : 'fd00:f::/64';
      const tag = faceName.toLowerCase();
      const named = (name: string, changes: Input = {}): Promise<Network> => make({ name: `${name}-${tag}`, ...changes });
      const [middle, last, inner] = [await named('m'), await named('z'), await named('a', { internal: true })];
      const dual = await named('zz', { ipv6Enabled: true, ipam: { pools: [{ subnet: aSubnet() }, { subnet: v6 }] } });
      const container = await on(last, middle);
      const check = async (ipv4: Network | undefined, ipv6?: Network): Promise<void> => {
        expect(await shownOver(container, 'ipv4')).toBe(ipv4?.name);
        expect(await routedOver(container, '-4')).toBe(ipv4?.name);
        expect(await shownOver(container, 'ipv6')).toBe(ipv6?.name);
        expect(await routedOver(container, '-6')).toBe(ipv6?.name);
      };
      await check(middle);
      valueOf(await face.attach({ network: inner.id, container: container.id }));
      await check(middle);
      valueOf(await face.attach({ network: dual.id, container: container.id }));
      await check(dual, dual);
      valueOf(await face.detach(dual.id, container.id));
      await check(middle);
      valueOf(await face.detach(middle.id, container.id));
      await check(last);
      valueOf(await face.detach(last.id, container.id));
      await check(inner);
    });

    it('are all reached by the names that the container has on each', async () => {
      const [front, back] = [await make(), await make()];
      const both = await run({ networks: [{ network: front.name, aliases: ['facade'] }, { network: back.name, aliases: ['store'] }] });
      const [guest, worker] = [await on(front), await on(back)];
      expect([await reaches(guest, 'facade'), await reaches(worker, 'store')]).toEqual([true, true]);
      expect([await reaches(guest, 'store'), await reaches(worker, 'facade')]).toEqual([false, false]);
      expect(both.attachments).toHaveLength(2);
    });
  });

  describe('networks on an interface of the host', () => {
    let parents = 0;
    /** One end of a cable whose other end lies in the engine's namespace too: what is plugged in there is outside. */
    const plugIn = async (): Promise<string> => {
      parents += 1;
      const [parent, peer] = [`up${faceName[0]!.toLowerCase()}${parents}`, `far${faceName[0]!.toLowerCase()}${parents}`];
      await service.engine.exec('ip', 'link', 'add', parent, 'type', 'veth', 'peer', 'name', peer);
      for (const end of [parent, peer]) await service.engine.exec('ip', 'link', 'set', end, 'up');
      return parent;
    };
    const kernelHas = async (...link: string[]): Promise<boolean> => {
      const parent = await plugIn();
      return service.engine.exec('ip', 'link', 'add', 'link', parent, 'name', 'probe0', 'type', ...link).then(
        async () => {
          await service.engine.exec('ip', 'link', 'del', 'probe0');
          return true;
        },
        () => false,
      );
    };

    it('by macvlan let containers talk to each other and be reached by whoever is on the wire, but not by the host', async () => {
      const subnet = aSubnet();
      const network = valueOf(
        await face.createNetwork({
          ...aNetwork({ driver: 'macvlan', options: { parent: await plugIn(), macvlan_mode: 'bridge' } }),
          ipam: { pools: [{ subnet, gateway: addressIn(subnet, 254) }] },
        }),
      );
      const [one, two] = [await on(network), await on(network)];
      expect(await reaches(one, addressOf(two, network.name))).toBe(true);
      expect(await reaches(one, two.name)).toBe(true);
      expect(await inside(one, 'ip', 'route')).toContain(`default via ${addressIn(subnet, 254)}`);
      expect(await hostReaches(addressOf(one, network.name))).toBe(false);
      expect(network.notes.join(' ')).toMatch(/host cannot reach/);
    });

    it('by macvlan in private mode keep their containers from each other, though each reaches the wire', async () => {
      const subnet = aSubnet();
      const onWire = async (mode: string): Promise<[Network, Container, Container]> => {
        const parent = await plugIn();
        const options = { parent, macvlan_mode: mode };
        const network = valueOf(await face.createNetwork({ ...aNetwork({ driver: 'macvlan', options }), ipam: { pools: [{ subnet }] } }));
        // The far end of the cable, in a container that stands for another machine on the wire.
        const wire = await run({ networkMode: 'none', dns: undefined });
        await trafficOf(service.engine).moveOut(parent.replace('up', 'far'), wire.name, `${addressIn(subnet, 200)}/24`);
        return [network, await on(network), await on(network)];
      };
      const [bridged, ...friends] = await onWire('bridge');
      expect(await reaches(friends[0], addressOf(friends[1], bridged.name))).toBe(true);
      for (const friend of friends) {
        expect(await reaches(friend, addressIn(subnet, 200))).toBe(true);
        valueOf(await face.removeContainer(friend.id, { force: true }));
      }
      valueOf(await face.removeNetwork(bridged.id));

      const [network, one, two] = await onWire('private');
      for (const box of [one, two]) expect(await reaches(box, addressIn(subnet, 200))).toBe(true);
      expect(await reaches(one, addressOf(two, network.name))).toBe(false);
      expect(await reaches(two, addressOf(one, network.name))).toBe(false);
    });

    it('by macvlan on an 802.1q sub-interface carry traffic where the kernel has them, or say that it has none', async () => {
      const input = aNetwork({ driver: 'macvlan', options: { parent: `${await plugIn()}.42` } });
      const before = await standing(service.engine);
      if (await kernelHas('vlan', 'id', '42')) {
        const network = valueOf(await face.createNetwork(input));
        const [one, two] = [await on(network), await on(network)];
        expect(await reaches(one, addressOf(two, network.name))).toBe(true);
        return;
      }
      expect(refusalOf(await face.createNetwork(input))).toMatchObject({
        ...{ code: 'UNSUPPORTED_BY_ENGINE', status: 501 },
        detail: expect.stringMatching(/kernel/) as string,
      });
      expect(await standing(service.engine)).toEqual(before);
    });

    it.each(['l2', 'l3'])('by ipvlan %s carry traffic where the kernel has it, or say that it has none', async (mode) => {
      const hasIpvlan = await kernelHas('ipvlan', 'mode', mode);
      const network = await make({ driver: 'ipvlan', options: { parent: await plugIn(), ipvlan_mode: mode } });
      expect(network.notes.join(' ')).toMatch(/host cannot reach/);
      if (hasIpvlan) {
        const [one, two] = [await on(network), await on(network)];
        expect(await reaches(one, addressOf(two, network.name))).toBe(true);
        return;
      }
      const before = await standing(service.engine);
      const unsupported = { code: 'UNSUPPORTED_BY_ENGINE', status: 501, detail: expect.stringMatching(/kernel/) as string };
      expect(refusalOf(await face.createContainer(aContainer({ networks: [{ network: network.name }] })))).toMatchObject(unsupported);
      expect(await standing(service.engine)).toEqual(before);
      const box = await run();
      expect(refusalOf(await face.attach({ network: network.id, container: box.id }))).toMatchObject(unsupported);
      const { attachments } = valueOf(await face.restartContainer(box.id));
      expect(attachments.map(({ networkName }) => networkName)).toEqual(['bridge']);
      expect(await standing(service.engine)).toMatchObject({ networks: before.networks });
      expect((await face.removeNetwork(network.id)).ok).toBe(true);
    });
  });

  describe('a range of ports', () => {
    it('is published port by port, each where it was asked for', async () => {
      const first = faceName === 'REST' ? 18_300 : 18_310;
      const publishedPorts = [0, 1, 2].map((n) => ({ containerPort: 80 + n, hostPort: first + n }));
      const container = await run({ command: ['sh', '-c', 'for p in 80 81 82; do httpd -p $p -h /tmp; done; sleep 3600'], publishedPorts });
      expect([...new Set(container.publishedPorts.map(({ hostPort }) => hostPort))]).toEqual([first, first + 1, first + 2]);
      for (const { hostPort } of publishedPorts) {
        const answer = await service.engine.exec('curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', '--retry', '20', '--retry-connrefused', '--retry-delay', '0', `http://127.0.0.1:${hostPort}/`);
        expect(answer).toBe('404');
      }
    });
  });
});
