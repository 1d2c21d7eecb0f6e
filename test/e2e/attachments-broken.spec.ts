import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Attachment } from '../../src/resources/attachment.js';
import { eventually } from '../support/eventually.js';
import { aContainer, type ContainerInput } from '../builders/a-container.js';
import { aNetwork, aSubnet, addressIn } from '../builders/a-network.js';
import { doneOf, refusalOf, valueOf, type Face, type Input } from './face.js';
import { agreed, FACES } from './faces.js';
import { inspect, startService, type Service } from './service.js';

let service: Service;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service.stop());

async function records(container: string): Promise<Record<string, Input>> {
  const { NetworkSettings } = await inspect(service.engine, 'container', container);
  return (NetworkSettings as { Networks: Record<string, Input> }).Networks;
}

describe.each(FACES)('through %s', (_name, faceOf) => {
  let face: Face;
  const create = async (input: ContainerInput) => valueOf(await face.createContainer(input));
  const only = async (container: string, networkName: string): Promise<Attachment | undefined> =>
    valueOf(await face.getContainer(container)).attachments.find((each) => each.networkName === networkName);

  beforeAll(() => {
    face = faceOf(service.app);
  });

  describe('where an attachment cannot be had', () => {
    it('leaves no phantom when the subnet is full', async () => {
      const subnet = aSubnet().replace('/24', '/29');
      const taken = [2, 3, 4, 5].map((last) => [`r${last}`, subnet.replace('.0/29', `.${last}`)]);
      const pool = { subnet, auxiliaryAddresses: Object.fromEntries(taken) as Record<string, string> };
      const network = valueOf(await face.createNetwork(aNetwork({ ipam: { pools: [pool] } })));
      expect(network.ipam.pools[0]?.usage).toEqual({ capacity: '6', inUse: '5', free: '1' });
      const last = await create(aContainer({ networks: [{ network: network.name }] }));
      const box = await create(aContainer());
      const refused = refusalOf(await face.attach({ network: network.name, container: box.name }));
      expect(refused).toMatchObject({ code: 'ADDRESS_POOL_EXHAUSTED', status: 409, extras: { holder: { id: network.id } } });
      expect(Object.keys(await records(box.id))).toEqual(['bridge']);
      expect(valueOf(await face.getContainer(box.id)).attachments.map(({ networkName }) => networkName)).toEqual(['bridge']);
      expect(valueOf(await face.restartContainer(box.id, { timeoutSeconds: 1 })).state).toBe('running');
      valueOf(await face.detach(network.name, last.name));
      expect(doneOf(await face.attach({ network: network.name, container: box.name })).value.active).toBe(true);
    });

    it('puts the old attachment back where the one in its place cannot be had', async () => {
      const subnet = aSubnet();
      const reserved = { a: addressIn(subnet, 129), b: addressIn(subnet, 130), c: addressIn(subnet, 131) };
      // The gateway and these are all of the range: no dynamic address is left.
      const pool = { subnet, ipRange: subnet.replace('.0/24', '.128/30'), auxiliaryAddresses: reserved };
      const network = valueOf(await face.createNetwork(aNetwork({ ipam: { pools: [pool] } })));
      const box = await create(aContainer());
      const ends = { network: network.name, container: box.name };
      const old = valueOf(await face.attach({ ...ends, ipv4Address: addressIn(subnet, 30), aliases: ['old'] }));
      const refused = refusalOf(await face.attach({ ...ends, aliases: ['new'] }, { replace: true }));
      expect(refused).toMatchObject({ code: 'ADDRESS_POOL_EXHAUSTED', status: 409 });
      expect(refused.extras).not.toHaveProperty('notRestored');
      const { value: now } = doneOf(await agreed(service.app, (asked) => asked.getAttachment(old.id)));
      expect(now).toEqual({ ...old, endpointId: now.endpointId });
      expect(now.endpointId).not.toBe(old.endpointId);
      expect(valueOf(await face.restartContainer(box.id, { timeoutSeconds: 1 })).state).toBe('running');
    });
  });

  it('shows an attachment broken whose network is gone, refuses to start with it, and heals it by removing it', async () => {
    const network = valueOf(await face.createNetwork(aNetwork()));
    const box = await create(aContainer({ start: false }));
    valueOf(await face.attach({ network: network.name, container: box.name }));
    await service.engine.docker('network', 'rm', network.name);
    const id = `${network.name}.${box.id}`;
    const broken = await eventually(async () => {
      const shown = valueOf(await agreed(service.app, (asked) => asked.getAttachment(id)));
      expect(shown).toMatchObject({ id, networkId: null, networkName: network.name, active: false, containerId: box.id });
      return shown;
    });
    expect(broken.broken).toMatch(/cannot start.*Detach it/s);
    expect(await only(box.id, network.name)).toEqual(broken);
    const refused = refusalOf(await face.startContainer(box.id));
    expect(refused).toMatchObject({ code: 'CONTAINER_STATE', status: 409 });
    expect(refused.detail).toContain(network.name);
    expect(doneOf(await face.removeAttachment(id, { dryRun: true })).changed).toBe(false);
    const healed = doneOf(await face.removeAttachment(id));
    expect(healed.changed).toBe(true);
    expect(Object.keys(await records(box.id))).toEqual(['bridge']);
    expect(valueOf(await face.startContainer(box.id)).state).toBe('running');
  });

  it('shows it broken still when another network takes the name', async () => {
    const network = valueOf(await face.createNetwork(aNetwork()));
    const box = await create(aContainer({ networks: [{ network: network.name }] }));
    valueOf(await face.stopContainer(box.id, { timeoutSeconds: 1 }));
    await service.engine.docker('network', 'rm', network.name);
    await eventually(async () => expect((await face.getNetwork(network.id)).ok).toBe(false));
    valueOf(await face.createNetwork(aNetwork({ name: network.name })));
    const shown = await only(box.id, network.name);
    expect(shown).toMatchObject({ id: `${network.name}.${box.id}`, networkId: null });
    expect(shown?.broken).toContain('another network');
    expect(refusalOf(await face.startContainer(box.id)).code).toBe('CONTAINER_STATE');
    valueOf(await face.removeAttachment(`${network.name}.${box.id}`));
    valueOf(await face.attach({ network: network.name, container: box.id }));
    expect(valueOf(await face.startContainer(box.id)).attachments).toMatchObject([{ networkName: network.name, active: true }]);
  });

  it('shows the phantom broken that a failed docker network connect leaves, and heals it', async () => {
    const subnet = aSubnet();
    const network = valueOf(await face.createNetwork(aNetwork({ ipam: { pools: [{ subnet }] } })));
    const box = await create(aContainer());
    const connect = service.engine.docker('network', 'connect', '--ip', '10.1.2.3', network.name, box.name);
    await expect(connect).rejects.toThrow(/does not belong/);
    expect((await records(box.id))[network.name]).toMatchObject({ NetworkID: '' });
    // No event tells of it: our own next look at the container does.
    expect(refusalOf(await face.attach({ network: network.name, container: box.name })).code).toBe('ATTACHMENT_DIFFERS');
    const id = `${network.name}.${box.id}`;
    const shown = valueOf(await agreed(service.app, (asked) => asked.getAttachment(id)));
    expect(shown).toMatchObject({ id, networkId: null, active: false });
    expect(shown.broken).toContain('half-way');
    const healed = doneOf(await face.attach({ network: network.name, container: box.name }, { replace: true }));
    expect(healed.value).toMatchObject({ id: `${network.id}.${box.id}`, active: true, broken: null });
    expect(valueOf(await face.restartContainer(box.id, { timeoutSeconds: 1 })).state).toBe('running');
  });

  it('takes a phantom away by its id', async () => {
    const network = valueOf(await face.createNetwork(aNetwork()));
    const box = await create(aContainer());
    await service.engine.docker('network', 'connect', '--ip', '10.1.2.3', network.name, box.name).catch(() => undefined);
    const id = `${network.name}.${box.id}`;
    refusalOf(await face.attach({ network: network.name, container: box.name }));
    expect(valueOf(await face.getAttachment(id)).broken).not.toBeNull();
    expect(doneOf(await face.removeAttachment(id)).changed).toBe(true);
    expect(Object.keys(await records(box.id))).toEqual(['bridge']);
    expect(valueOf(await face.restartContainer(box.id, { timeoutSeconds: 1 })).state).toBe('running');
  });
});

describe('on an engine that holds an address itself', () => {
  const subnet = aSubnet();
  let swarm: Service;

  beforeAll(async () => {
    swarm = await startService(['manager']);
    // The swarm's own sandbox sits on this network, where no container shows it.
    const bridge = ['--opt', 'com.docker.network.bridge.name=docker_gwbridge', '--subnet', subnet, 'docker_gwbridge'];
    await swarm.engine.docker('network', 'create', ...bridge);
    await swarm.engine.docker('swarm', 'init', '--advertise-addr', '127.0.0.1', '--listen-addr', '127.0.0.1');
    await eventually(async () => {
      const { Containers } = await inspect(swarm.engine, 'network', 'docker_gwbridge');
      expect(Containers).toMatchObject({ 'ingress-sbox': { IPv4Address: addressIn(subnet, 2).concat('/24') } });
    });
  });

  afterAll(() => swarm.stop());

  it.each(FACES)('leaves no phantom where the address is taken after all (%s)', async (_name, faceOf) => {
    const face = faceOf(swarm.app);
    const box = valueOf(await face.createContainer(aContainer()));
    const input = { network: 'docker_gwbridge', container: box.name, ipv4Address: addressIn(subnet, 2) };
    const refused = refusalOf(await face.attach(input));
    expect(refused).toMatchObject({ code: 'ADDRESS_IN_USE', status: 409, extras: { engineMessage: 'Address already in use' } });
    expect(await attachedTo(box.id)).toEqual(['bridge']);
    expect(valueOf(await face.getContainer(box.id)).attachments.map(({ networkName }) => networkName)).toEqual(['bridge']);
    expect(valueOf(await face.restartContainer(box.id, { timeoutSeconds: 1 })).state).toBe('running');
  });

  it.each(FACES)('puts the old attachment back where the new address is taken after all (%s)', async (_name, faceOf) => {
    const face = faceOf(swarm.app);
    const box = valueOf(await face.createContainer(aContainer()));
    const ends = { network: 'docker_gwbridge', container: box.name };
    const old = valueOf(await face.attach({ ...ends, aliases: ['old'] }));
    const refused = refusalOf(await face.attach({ ...ends, ipv4Address: addressIn(subnet, 2) }, { replace: true }));
    expect(refused.code).toBe('ADDRESS_IN_USE');
    expect(refused.extras).not.toHaveProperty('notRestored');
    expect(valueOf(await face.getAttachment(old.id))).toMatchObject({ aliases: ['old'], active: true, broken: null });
    expect(valueOf(await face.restartContainer(box.id, { timeoutSeconds: 1 })).state).toBe('running');
  });

  async function attachedTo(container: string): Promise<string[]> {
    const { NetworkSettings } = await inspect(swarm.engine, 'container', container);
    return Object.keys((NetworkSettings as { Networks: object }).Networks);
  }
});
