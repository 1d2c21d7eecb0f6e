import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Container } from '../../src/resources/container.js';
import type { Network } from '../../src/resources/network.js';
import { aContainer } from '../builders/a-container.js';
import { aNetwork, aSubnet, addressIn } from '../builders/a-network.js';
import { valueOf, type Face } from './face.js';
import { FACES } from './faces.js';
import { startService, type Service } from './service.js';

let service: Service;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service.stop());

/** Asks nobody outside for names that the engine does not know: the answer would take 10 s. */
const OFFLINE = { dns: { servers: ['127.0.0.1'], options: ['timeout:1', 'attempts:1'] } };

const ping = (from: string, to: string): Promise<string> =>
  service.engine.docker('exec', from, 'ping', '-c', '1', '-W', '2', to);

describe.each(FACES)('an attachment made through %s', (name, faceOf) => {
  let face: Face;
  let subnet: string;
  let network: Network;
  let server: Container;
  let client: Container;

  beforeAll(async () => {
    face = faceOf(service.app);
    subnet = aSubnet();
    network = valueOf(await face.createNetwork(aNetwork({ ipam: { pools: [{ subnet }] } })));
    const onNone = async (): Promise<Container> => {
      const box = valueOf(await face.createContainer(aContainer(OFFLINE)));
      valueOf(await face.detach('bridge', box.id));
      return box;
    };
    [server, client] = await Promise.all([onNone(), onNone()]);
  });

  it('carries traffic by address, name, alias and link, and no more once it is gone', async () => {
    await expect(ping(client.name, addressIn(subnet, 9))).rejects.toThrow();
    valueOf(await face.attach({ network: network.id, container: server.id, ipv4Address: addressIn(subnet, 9), aliases: ['api'] }));
    valueOf(await face.attach({ network: network.id, container: client.id, links: [`${server.name}:upstream`] }));
    for (const host of [addressIn(subnet, 9), server.name, 'api', 'upstream', server.id.slice(0, 12)]) {
      expect(await ping(client.name, host)).toContain(`(${addressIn(subnet, 9)})`);
    }
    // A link is a name for the one who asked for it only.
    await expect(ping(server.name, 'upstream')).rejects.toThrow();
    expect(await ping(server.name, client.name)).toContain('1 packets received');
    valueOf(await face.detach(network.id, server.id));
    await expect(ping(client.name, addressIn(subnet, 9))).rejects.toThrow();
    await expect(ping(client.name, 'api')).rejects.toThrow(/bad address/);
  });

  it('answers for every name that it shows', async () => {
    const made = valueOf(await face.attach({ network: network.id, container: server.id, aliases: ['one', 'two.three'] }));
    valueOf(await face.attach({ network: network.id, container: client.id }, { replace: true }));
    expect(made.dnsNames.length).toBeGreaterThanOrEqual(4);
    for (const host of made.dnsNames) expect(await ping(client.name, host)).toContain(`(${made.ipv4Address})`);
  });

  it('keeps two networks apart', async () => {
    const other = valueOf(await face.createNetwork(aNetwork()));
    const stranger = valueOf(await face.createContainer(aContainer({ networks: [{ network: other.name }] })));
    await expect(ping(client.name, stranger.name)).rejects.toThrow(/bad address/);
    await expect(ping(client.name, stranger.attachments[0]?.ipv4Address ?? '')).rejects.toThrow();
    valueOf(await face.attach({ network: other.name, container: client.id }));
    expect(await ping(client.name, stranger.name)).toContain('1 packets received');
  });

  it('leads over IPv6 where the network has it', async () => {
    const v6 = name === 'REST' ? 'fd00:c::' : 'fd00:d::';
    const dual = valueOf(
      await face.createNetwork(aNetwork({ ipv6Enabled: true, ipam: { pools: [{ subnet: aSubnet() }, { subnet: `${v6}/64` }] } })),
    );
    valueOf(await face.attach({ network: dual.name, container: server.id, ipv6Address: `${v6}9` }));
    const made = valueOf(await face.attach({ network: dual.name, container: client.id }));
    expect(made).toMatchObject({ ipv6PrefixLength: 64, ipv6Gateway: `${v6}1` });
    const shown = await service.engine.docker('exec', client.name, 'ip', '-6', 'addr');
    expect(shown).toContain(made.ipv6Address);
    expect(await ping(client.name, `${v6}9`)).toContain('1 packets received');
  });

  it('has no way out where the network is internal', async () => {
    const inner = valueOf(await face.createNetwork(aNetwork({ internal: true })));
    const both = aContainer({ networks: [{ network: inner.name }] });
    const [one, two] = [valueOf(await face.createContainer(both)), valueOf(await face.createContainer(aContainer({ networks: [{ network: inner.name }] })))];
    expect(await ping(one.name, two.name)).toContain('1 packets received');
    expect(inner.notes.join()).toContain('Internal');
  });
});
