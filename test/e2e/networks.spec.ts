import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Container } from '../../src/resources/container.js';
import { aContainer } from '../builders/a-container.js';
import { recordsOf } from '../audit/record-list.js';
import { aNetwork, aSubnet, addressIn } from '../builders/a-network.js';
import { doneOf, refusalOf, valueOf, type Face } from './face.js';
import { agreed, FACES } from './faces.js';
import { everything, inspect, startService, type Service } from './service.js';
import { trafficOf } from './traffic.js';

let service: Service;

beforeAll(async () => {
  service = await startService(['local'], { pools: 'base=10.200.0.0/16,size=24' });
});

afterAll(() => service.stop());

describe.each(FACES)('networks through %s', (name, faceOf) => {
  let face: Face;

  beforeEach(() => {
    face = faceOf(service.app);
  });

  it('creates a network with all of its settings, as the engine itself shows', async () => {
    const [subnet, number] = [aSubnet(), name === 'REST' ? 1 : 2];
    const input = {
      name: `everything-${number}`,
      internal: true,
      ipv6Enabled: true,
      labels: { team: 'web', 'a.b/c': 'ü = "x"' },
      options: { 'com.docker.network.driver.mtu': '1400', 'com.docker.network.bridge.name': `brx${number}` },
      ipam: {
        pools: [
          {
            subnet,
            ipRange: subnet.replace('.0/24', '.128/25'),
            gateway: addressIn(subnet, 254),
            auxiliaryAddresses: { router: addressIn(subnet, 7), printer: addressIn(subnet, 8) },
          },
          { subnet: `fd00:${number}::/64`, gateway: `fd00:${number}::1` },
        ],
      },
    };
    const { value: made, changed, etag, http } = doneOf(await face.createNetwork(input));
    expect(changed).toBe(true);
    expect(made).toMatchObject({ ...input, driver: 'bridge', scope: 'local', engines: ['local'], builtin: false });
    if (name === 'REST') expect(http).toMatchObject({ status: 201, location: `/v1/networks/${made.id}` });
    const read = doneOf(await agreed(service.app, (asked) => asked.getNetwork(made.id)));
    expect(read.value).toEqual(made);
    expect(read.etag).toBe(etag);
    const engineSays = await inspect(service.engine, 'network', made.id);
    expect(engineSays).toMatchObject({
      Id: made.engineId,
      Name: input.name,
      Driver: 'bridge',
      Internal: true,
      EnableIPv6: true,
      Labels: input.labels,
      Options: input.options,
      IPAM: {
        Config: [
          {
            Subnet: subnet,
            IPRange: input.ipam.pools[0]?.ipRange,
            Gateway: addressIn(subnet, 254),
            AuxiliaryAddresses: { router: addressIn(subnet, 7), printer: addressIn(subnet, 8) },
          },
          { Subnet: `fd00:${number}::/64`, Gateway: `fd00:${number}::1` },
        ],
      },
    });
  });

  it('leaves to the engine what is not said', async () => {
    const made = valueOf(await face.createNetwork({ name: `plain-${name}` }));
    expect(made).toMatchObject({
      driver: 'bridge',
      internal: false,
      attachable: false,
      ingress: false,
      configOnly: false,
      configFrom: null,
      ipv4Enabled: true,
      ipv6Enabled: false,
      labels: {},
      options: {},
      attachmentCount: 0,
      ipam: { driver: 'default', options: {}, pools: [{ ipRange: null, auxiliaryAddresses: {} }] },
    });
    expect(made.ipam.pools[0]?.subnet).toMatch(/^10\.200\.\d+\.0\/24$/);
    expect(made.ipam.pools[0]?.gateway).toMatch(/^10\.200\.\d+\.1$/);
  });

  it('counts the addresses that are in use', async () => {
    const subnet = aSubnet();
    const pool = { subnet, ipRange: subnet.replace('.0/24', '.128/29'), auxiliaryAddresses: { a: addressIn(subnet, 130) } };
    const network = valueOf(await face.createNetwork(aNetwork({ ipam: { pools: [pool] } })));
    expect(network.ipam.pools[0]).toMatchObject({
      gateway: addressIn(subnet, 128),
      usage: { capacity: '8', inUse: '2', free: '6' },
    });
    const running = aContainer({ networks: [{ network: network.name }] });
    valueOf(await face.createContainer(running));
    const stopped = aContainer({ networks: [{ network: network.name }], start: false });
    valueOf(await face.createContainer(stopped));
    const used = valueOf(await agreed(service.app, (asked) => asked.getNetwork(network.id)));
    expect(used.attachmentCount).toBe(2);
    expect(used.ipam.pools[0]?.usage).toEqual({ capacity: '8', inUse: '3', free: '5' });
  });

  it('passes other drivers on to the engine and says what to know of them', async () => {
    const parent = name === 'REST' ? 'mv0' : 'mv1';
    await service.engine.exec('ip', 'link', 'add', parent, 'type', 'veth', 'peer', 'name', `${parent}p`);
    const input = aNetwork({ driver: 'macvlan', options: { parent } });
    const made = valueOf(await face.createNetwork(input));
    expect(made).toMatchObject({ driver: 'macvlan', options: { parent } });
    expect(made.notes.join()).toContain(parent);
    const second = refusalOf(await face.createNetwork(aNetwork({ driver: 'macvlan', options: { parent } })));
    expect(second).toMatchObject({ code: 'PARENT_IN_USE', status: 409, extras: { holder: { id: made.id, name: made.name } } });
    valueOf(await face.removeNetwork(made.id));
  });

  it('makes a network from a configuration network, whose subnet and options its containers have', async () => {
    const subnet = aSubnet();
    const options = { 'com.docker.network.driver.mtu': '1380' };
    const source = aNetwork({ configOnly: true, options, ipam: { pools: [{ subnet }] } });
    expect(valueOf(await face.createNetwork(source))).toMatchObject({ configOnly: true });
    const made = valueOf(await face.createNetwork({ name: `${source.name}-made`, configFrom: source.name }));
    expect(made).toMatchObject({ configOnly: false, configFrom: source.name });
    const box = async (): Promise<Container> => valueOf(await face.createContainer(aContainer({ networks: [{ network: made.name }] })));
    const [one, two] = [await box(), await box()];
    const traffic = trafficOf(service.engine);
    const there = two.attachments[0]?.ipv4Address ?? '';
    expect([one.attachments[0]?.ipv4Address, there]).toEqual([addressIn(subnet, 2), addressIn(subnet, 3)]);
    for (const to of [there, two.name]) expect(await traffic.ping(one.name, to)).toContain('1 packets received');
    expect(await traffic.run(one.name, 'cat', '/sys/class/net/eth0/mtu')).toBe('1380');
    const refused = refusalOf(await face.removeNetwork(source.name));
    expect(refused).toMatchObject({ code: 'NETWORK_IN_USE', status: 409 });
  });

  it('removes a network', async () => {
    const { id, name: called } = valueOf(await face.createNetwork(aNetwork()));
    const removed = doneOf(await face.removeNetwork(called));
    expect(removed.changed).toBe(true);
    if (face.name === 'GraphQL') expect(removed.value).toMatchObject({ id, name: called });
    else expect(removed.http?.status).toBe(204);
    const gone = refusalOf(await agreed(service.app, (asked) => asked.getNetwork(id)));
    expect(gone).toMatchObject({ code: 'NETWORK_NOT_FOUND', status: 404 });
    await expect(inspect(service.engine, 'network', id)).rejects.toThrow(/No such network/);
    expect(refusalOf(await face.removeNetwork(id))).toMatchObject({ code: 'NETWORK_NOT_FOUND' });
  });

  it('refuses to remove a network that a running or a stopped container is attached to', async () => {
    const network = valueOf(await face.createNetwork(aNetwork()));
    const running = valueOf(await face.createContainer(aContainer({ networks: [{ network: network.name }] })));
    const stopped = valueOf(await face.createContainer(aContainer({ networks: [{ network: network.name }], start: false })));
    const refused = refusalOf(await face.removeNetwork(network.id));
    expect(refused).toMatchObject({ code: 'NETWORK_IN_USE', status: 409 });
    expect(refused.extras.blockingContainers).toHaveLength(2);
    expect(refused.extras.blockingContainers).toEqual(
      expect.arrayContaining(
        [running, stopped].map(({ id, name: called }) => ({ kind: 'container', id, name: called, engine: 'local' })),
      ),
    );
    valueOf(await face.removeContainer(running.id, { force: true }));
    const still = refusalOf(await face.removeNetwork(network.id));
    expect(still.extras.blockingContainers).toMatchObject([{ name: stopped.name }]);
    expect((await inspect(service.engine, 'network', network.id)).Name).toBe(network.name);
  });

  it('sees containers that the docker client has put on the network a moment ago', async () => {
    const network = valueOf(await face.createNetwork(aNetwork()));
    // Attaching a stopped container raises no event: only the engine itself can tell.
    const { id } = valueOf(await face.createContainer(aContainer({ start: false })));
    await service.engine.docker('network', 'connect', network.name, id);
    const refused = refusalOf(await face.removeNetwork(network.id));
    expect(refused).toMatchObject({ code: 'NETWORK_IN_USE', extras: { blockingContainers: [{ id }] } });
  });

  it('takes every container off first where it is told to', async () => {
    const network = valueOf(await face.createNetwork(aNetwork()));
    const running = valueOf(await face.createContainer(aContainer({ networks: [{ network: network.name }] })));
    const stopped = valueOf(await face.createContainer(aContainer({ networks: [{ network: network.name }], start: false })));
    expect(doneOf(await face.removeNetwork(network.id, { detach: true })).changed).toBe(true);
    for (const { id } of [running, stopped]) {
      const left = valueOf(await agreed(service.app, (asked) => asked.getContainer(id)));
      expect(left.attachments).toEqual([]);
      expect((await inspect(service.engine, 'container', id)).NetworkSettings).toMatchObject({ Networks: {} });
    }
    expect(valueOf(await face.getContainer(running.id)).state).toBe('running');
    expect(valueOf(await face.startContainer(stopped.id)).state).toBe('running');
  });

  it('tells what a dry run would do and changes nothing', async () => {
    const network = valueOf(await face.createNetwork(aNetwork()));
    valueOf(await face.createContainer(aContainer({ networks: [{ network: network.name }] })));
    const unused = valueOf(await face.createNetwork(aNetwork({ labels: { dry: name } })));
    const before = await everything(service.engine);
    const input = aNetwork({ labels: { would: 'be' } });
    const created = doneOf(await face.createNetwork(input, { dryRun: true }));
    expect(created).toMatchObject({ changed: false, value: { ...input, attachmentCount: 0 } });
    if (name === 'REST') expect(created.http).toMatchObject({ status: 200, location: null });
    const overlapping = { ...aNetwork(), ipam: { pools: [{ subnet: network.ipam.pools[0]?.subnet }] } };
    expect(refusalOf(await face.createNetwork(overlapping, { dryRun: true })).code).toBe('SUBNET_OVERLAP');
    const removed = doneOf(await face.removeNetwork(network.id, { dryRun: true, detach: true }));
    expect(removed).toMatchObject({ changed: false, value: { id: network.id } });
    expect(refusalOf(await face.removeNetwork(network.id, { dryRun: true })).code).toBe('NETWORK_IN_USE');
    const pruned = doneOf(await face.pruneNetworks({ labels: [`dry=${name}`] }, { dryRun: true }));
    expect(pruned).toMatchObject({ changed: false, value: { networks: [{ id: unused.id }] } });
    expect(await everything(service.engine)).toBe(before);
    expect(valueOf(await face.listNetworks({ label: ['would'] })).total).toBe(0);
  });

  it('prunes what nothing is attached to, and keeps what a stopped container needs', async () => {
    const label = { prunable: name };
    const kept = valueOf(await face.createNetwork(aNetwork({ labels: label })));
    const stopped = valueOf(await face.createContainer(aContainer({ networks: [{ network: kept.name }], start: false })));
    const unused = valueOf(await face.createNetwork(aNetwork({ labels: { ...label, also: 'this' } })));
    const other = valueOf(await face.createNetwork(aNetwork()));
    const spared = [{ labels: ['also=that'] }, { withoutLabels: ['other', 'also=this'] }, { createdBefore: unused.createdAt }];
    for (const filter of spared) {
      const labels = [`prunable=${name}`, ...(filter.labels ?? [])];
      expect(valueOf(await face.pruneNetworks({ ...filter, labels })).networks).toEqual([]);
    }
    expect(refusalOf(await face.pruneNetworks({ createdBefore: 'yesterday' })).code).toBe('VALIDATION_FAILED');
    const filter = { labels: [`prunable=${name}`], withoutLabels: ['also=that'], createdBefore: '2100-01-01T00:00:00Z' };
    const pruned = doneOf(await face.pruneNetworks({ engine: 'local', ...filter }));
    expect(pruned.changed).toBe(true);
    expect(pruned.value.networks.map(({ id }) => id)).toEqual([unused.id]);
    const { items } = valueOf(await face.listNetworks({ label: ['prunable'] }));
    expect(items.map(({ id }) => id)).toContain(kept.id);
    expect(valueOf(await face.getNetwork(other.id)).id).toBe(other.id);
    expect(valueOf(await face.startContainer(stopped.id)).attachments).toMatchObject([{ networkId: kept.id, active: true }]);
    expect(refusalOf(await face.pruneNetworks({ engine: 'nowhere' })).code).toBe('ENGINE_NOT_FOUND');
  });

  it('puts on record how what it changed stood before and after', async () => {
    const network = valueOf(await face.createNetwork(aNetwork()));
    const container = valueOf(await face.createContainer(aContainer({ start: false })));
    const ends = { network: network.name, container: container.name };
    valueOf(await face.attach({ ...ends, aliases: ['first'] }));
    valueOf(await face.attach({ ...ends, aliases: ['second'] }, { replace: true }));
    refusalOf(await face.removeNetwork(network.name));
    doneOf(await face.removeNetwork(network.name, { detach: true, dryRun: true }));
    doneOf(await face.detach(network.name, container.name));
    doneOf(await face.pruneNetworks({ engine: 'local', labels: ['nothing=bears-this'] }));
    doneOf(await face.removeNetwork(network.name));
    const of = (target: string) => recordsOf(service.app, `engines=local&targets=${encodeURIComponent(target)}`);
    const pointer = { id: network.id, name: network.name };
    const target = { kind: 'network', ...pointer, reference: network.name };
    expect(await of(network.id)).toMatchObject([
      { action: 'network.create', target, engine: 'local', before: null, after: network, changed: true },
      { action: 'network.remove', target, outcome: 'refused', code: 'NETWORK_IN_USE', before: pointer, after: null, changed: false },
      { action: 'network.remove', target, outcome: 'succeeded', dryRun: true, before: pointer, after: null, changed: false },
      { action: 'network.remove', target, outcome: 'succeeded', before: pointer, after: null, changed: true },
    ]);
    const attachment = { kind: 'attachment', id: `${network.id}.${container.id}`, name: `${network.name}/${container.name}` };
    expect(await of(`${network.name}/${container.name}`)).toMatchObject([
      { action: 'attachment.attach', target: attachment, before: null, after: { aliases: ['first'] } },
      { action: 'attachment.attach', target: attachment, before: { aliases: ['first'] }, after: { aliases: ['second'] } },
      { action: 'attachment.detach', target: attachment, before: { aliases: ['second'] }, after: null },
    ]);
    const [pruned] = (await recordsOf(service.app, 'actions=network.prune')).slice(-1);
    expect(pruned).toMatchObject({ changed: false, before: { networks: [] }, after: null });
  });
});
