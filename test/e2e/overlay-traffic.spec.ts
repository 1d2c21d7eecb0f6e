import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Container } from '../../src/resources/container.js';
import type { Network } from '../../src/resources/network.js';
import { aContainer } from '../builders/a-container.js';
import { aNetwork } from '../builders/a-network.js';
import { eventually } from '../support/eventually.js';
import { refusalOf, valueOf, type Face, type Input } from './face.js';
import { agreed, FACES } from './faces.js';
import { restFace } from './rest-face.js';
import { PATIENT, startSwarmLab, swarmByHand, untilPinged, type SwarmLab } from './swarm-lab.js';
import { answering, OFFLINE } from './traffic.js';

const ENGINES = ['one', 'two'] as const;
let lab: SwarmLab;
let hasEsp: boolean;

beforeAll(async () => {
  lab = await startSwarmLab(ENGINES);
  await swarmByHand(lab, lab.engines);
  await eventually(async () => {
    expect(valueOf(await restFace(lab.app).getSwarm('two')).engines).toEqual(['one', 'two']);
  }, PATIENT);
  hasEsp = await kernelHasEsp();
});
afterAll(() => lab.stop());

/** Whether the kernel takes a state as engines make it, with the cipher that they use. */
async function kernelHasEsp(): Promise<boolean> {
  const state = ['src', '192.0.2.1', 'dst', '192.0.2.2', 'proto', 'esp', 'spi', '0x100'];
  const xfrm = (...args: string[]): Promise<string> => lab.engine('one').exec('ip', 'xfrm', 'state', ...args);
  const key = ['aead', 'rfc4106(gcm(aes))', `0x${'01'.repeat(20)}`, '64'];
  return xfrm('add', ...state, 'mode', 'transport', ...key).then(async () => {
    await xfrm('delete', ...state);
    return true;
  }, () => false);
}

const run = (engine: string, from: Container, ...command: string[]): Promise<string> => lab.engine(engine).docker('exec', from.name, ...command);
const reaches = (engine: string, from: Container, to: string): Promise<boolean> =>
  run(engine, from, 'ping', '-c', '1', '-W', '1', to).then(() => true, () => false);

describe.each(FACES)('made through %s', (faceName, faceOf) => {
  const octet = faceName === 'REST' ? 10 : 20;
  let face: Face;
  beforeAll(() => {
    face = faceOf(lab.app);
  });

  /** An overlay, and a container of it on each engine. */
  async function anOverlayWithTwo(last: number, changes: Input = {}): Promise<[Network, Container, Container]> {
    const ipam = { pools: [{ subnet: `10.75.${octet + last}.0/24` }] };
    const network = valueOf(await face.createNetwork(aNetwork({ driver: 'overlay', attachable: true, ipam, ...changes })));
    const [one, two] = await Promise.all(
      ENGINES.map(async (engine) => valueOf(await face.createContainer(aContainer({ ...OFFLINE, engine, networks: [{ network: network.name }] })))),
    );
    return [network, one!, two!];
  }

  it('an internal overlay carries traffic between hosts and has no way out, which another one has', async () => {
    const [, plainOne, plainTwo] = await anOverlayWithTwo(0);
    const outside = lab.lan.addressOf(lab.engine('two'));
    await untilPinged(lab.engine('one'), plainOne.name, plainTwo.name);
    expect(await reaches('one', plainOne, outside)).toBe(true);

    const [network, one, two] = await anOverlayWithTwo(1, { internal: true });

    expect(network).toMatchObject({ internal: true, notes: [expect.stringContaining('Internal')] });
    await untilPinged(lab.engine('one'), one.name, two.name);
    await untilPinged(lab.engine('two'), two.name, one.name);
    for (const [engine, box] of [['one', one], ['two', two]] as const) {
      expect(await run(engine, box, 'ip', 'route')).not.toContain('default');
      expect(await reaches(engine, box, outside)).toBe(false);
      expect(await reaches(engine, box, plainOne.attachments[0]?.ipv4Address ?? '')).toBe(false);
    }
  });

  it('an encrypted overlay carries traffic as ESP between hosts, or none at all where the kernel has no ESP', async () => {
    const [network, one, two] = await anOverlayWithTwo(2, { options: { encrypted: '' } });
    expect(network.notes).toContainEqual(expect.stringMatching(/Encrypted: .*Where a kernel or a firewall has none, nothing gets through/));
    // Each engine has been told to send its VXLAN packets to the other one as ESP only.
    const [here, there] = ENGINES.map((name) => lab.lan.addressOf(lab.engine(name)));
    const policies = await eventually(async () => {
      const shown = await lab.engine('one').exec('ip', 'xfrm', 'policy');
      expect(shown).toContain(`src ${here}/32 dst ${there}/32`);
      return shown;
    }, PATIENT);
    expect(policies).toMatch(new RegExp(`tmpl src ${here} dst ${there}\\s+proto esp`));
    if (hasEsp) {
      await untilPinged(lab.engine('one'), one.name, two.name);
      expect(await lab.engine('one').exec('ip', 'xfrm', 'state')).toMatch(/proto esp/);
      return;
    }
    // Names come by another way than packets do: the two know of each other.
    const address = two.attachments[0]?.ipv4Address ?? '';
    await eventually(async () => expect(await run('one', one, 'nslookup', two.name)).toContain(address), PATIENT);
    expect(await reaches('one', one, address)).toBe(false);
    expect(await reaches('two', two, one.attachments[0]?.ipv4Address ?? '')).toBe(false);
  });

  it('an overlay with IPv6 is refused in words, and nothing of it is left', async () => {
    const pools = [{ subnet: `10.75.${octet + 3}.0/24` }, { subnet: `fd00:75:${octet}::/64` }];
    const input = aNetwork({ driver: 'overlay', ipv6Enabled: true, ipam: { pools } });
    const refused = refusalOf(await face.createNetwork(input));
    expect(refused).toMatchObject({ code: 'UNSUPPORTED_BY_ENGINE', status: 501, extras: { errors: [{ field: 'ipv6Enabled' }] } });
    expect(refused.detail).toContain('Leave ipv6Enabled and IPv6 subnets out');
    expect(await lab.engine('one').docker('network', 'ls', '--format', '{{.Name}}')).not.toContain(input.name);
  });
});

describe('the network of the routing mesh', () => {
  /** Ends as soon as it is told to, but not before this many seconds. */
  const web = (seconds: number): string[] => {
    const [, , serve = ''] = answering('served');
    return ['sh', '-c', `trap "sleep ${seconds}; exit 0" TERM; ${serve.replace('exec httpd -f', 'httpd')}; while :; do sleep 1 & wait; done`];
  };
  const publish = (face: Face, name: string, port: number, seconds = 0): Promise<unknown> =>
    face.createService({ name, image: 'fl-busybox', command: web(seconds), replicas: 2, publishedPorts: [{ targetPort: 80, publishedPort: port }] }).then(valueOf);
  const addressesOf = (face: Face, service: string, network: string): Promise<string[]> =>
    eventually(async () => {
      const { items } = valueOf(await face.listTasks({ service, desiredState: 'running' }));
      expect(items.map(({ state }) => state)).toEqual(['running', 'running']);
      const found = items.flatMap(({ addresses }) => addresses.filter(({ networkName }) => networkName === network));
      expect(found).toHaveLength(2);
      return found.map(({ address }) => address);
    }, PATIENT);

  it.each(FACES)('is replaced through %s once nothing is published over it, and the new one carries published ports', async (faceName, faceOf) => {
    const face = faceOf(lab.app);
    const tag = faceName.toLowerCase();
    const port = faceName === 'REST' ? 18_501 : 18_502;
    const standing = await eventually(async () => {
      const { items } = valueOf(await face.listNetworks({ driver: 'overlay' }));
      const [name] = items.filter(({ ingress }) => ingress).map((network) => network.name);
      if (name === undefined) throw new Error('the swarm has not made its routing mesh yet');
      return name;
    }, PATIENT);
    await publish(face, `first-${tag}`, port, 2);
    await addressesOf(face, `first-${tag}`, standing);

    const used = refusalOf(await agreed(lab.app, (each) => each.removeNetwork(standing, { detach: true })));
    expect(used).toMatchObject({ code: 'NETWORK_IN_USE', status: 409 });
    expect(used.detail).toContain(`service first-${tag}. It carries their published ports`);
    valueOf(await face.removeService(`first-${tag}`));
    // Taken away now, it would stay on the nodes for good, and no port could be published any more.
    const ending = refusalOf(await face.removeNetwork(standing, { detach: true }));
    expect(ending).toMatchObject({ code: 'NETWORK_IN_USE', detail: expect.stringContaining('have not ended yet') as string });
    await eventually(async () => expect((await face.removeNetwork(standing)).ok).toBe(true), PATIENT);
    for (const engine of lab.engines) {
      await eventually(async () => expect((await engine.docker('network', 'ls', '--format', '{{.Name}}')).split('\n')).not.toContain(standing), PATIENT);
    }

    const subnet = `10.76.${faceName === 'REST' ? 1 : 2}.0/24`;
    const mesh = valueOf(await face.createNetwork({ name: `mesh-${tag}`, engine: 'one', driver: 'overlay', ingress: true, ipam: { pools: [{ subnet }] } }));
    expect(mesh).toMatchObject({ ingress: true, notes: [expect.stringContaining('routing mesh')] });
    await publish(face, `second-${tag}`, port);
    const addresses = await addressesOf(face, `second-${tag}`, mesh.name);

    // From the mesh's own end on a node, tasks on both nodes answer. IPVS, which leads the port there, not every kernel has.
    const one = lab.engine('one');
    const targets = existsSync('/proc/net/ip_vs') ? [...addresses, `127.0.0.1:${port}`] : addresses;
    for (const target of targets) {
      const into = target.startsWith('127.') ? [] : ['nsenter', `--net=${one.dir}/exec/netns/ingress_sbox`];
      await eventually(async () => expect(await one.exec('env', ...into, 'curl', '--silent', '--max-time', '3', `http://${target}/`)).toBe('served'), PATIENT);
    }
    valueOf(await face.removeService(`second-${tag}`));
  }, 120_000);
});
