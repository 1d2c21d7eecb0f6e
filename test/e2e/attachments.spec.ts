import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Container } from '../../src/resources/container.js';
import type { Network } from '../../src/resources/network.js';
import { aContainer } from '../builders/a-container.js';
import { aNetwork, aSubnet, addressIn } from '../builders/a-network.js';
import { doneOf, refusalOf, valueOf, type Face, type Input } from './face.js';
import { agreed, FACES } from './faces.js';
import { everything, inspect, startService, type Service } from './service.js';

let service: Service;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service.stop());

/** What the engine's own record says of a container's place on a network. */
async function record(container: string, network: string): Promise<Input | undefined> {
  const { NetworkSettings } = await inspect(service.engine, 'container', container);
  return (NetworkSettings as { Networks: Record<string, Input> }).Networks[network];
}

describe.each(FACES)('attaching through %s', (name, faceOf) => {
  let face: Face;
  let subnet: string;
  let network: Network;
  let running: Container;
  let stopped: Container;
  let lastAddress = 10;

  const free = (): string => addressIn(subnet, (lastAddress += 1));
  const box = async (start: boolean): Promise<Container> => valueOf(await face.createContainer(aContainer({ start })));

  beforeAll(async () => {
    face = faceOf(service.app);
    subnet = aSubnet();
    const v6 = name === 'REST' ? 'fd00:a::/64' : 'fd00:b::/64';
    network = valueOf(
      await face.createNetwork(aNetwork({ ipv6Enabled: true, ipam: { pools: [{ subnet }, { subnet: v6 }] } })),
    );
    [running, stopped] = await Promise.all([box(true), box(false)]);
  });

  it('puts a running container on a network with all settings, as the engine itself shows', async () => {
    const ipv4Address = free();
    const ipv6Address = name === 'REST' ? 'fd00:a::99' : 'fd00:b::99';
    const settings = {
      ipv4Address,
      ipv6Address,
      aliases: ['api', 'api.v1'],
      links: [`${stopped.name}:peer`],
      driverOptions: { 'com.example.key': 'value' },
    };
    const made = doneOf(await face.attach({ network: network.name, container: running.name, ...settings }));
    expect(made.changed).toBe(true);
    const id = `${network.id}.${running.id}`;
    if (name === 'REST') expect(made.http).toMatchObject({ status: 201, location: `/v1/attachments/${id}` });
    expect(made.value).toMatchObject({
      ...settings,
      id,
      engine: 'local',
      networkId: network.id,
      networkName: network.name,
      containerId: running.id,
      containerName: running.name,
      active: true,
      ipv4PrefixLength: 24,
      ipv6PrefixLength: 64,
      gateway: addressIn(subnet, 1),
      gatewayPriority: null,
      broken: null,
    });
    expect(made.value.dnsNames).toEqual(expect.arrayContaining([running.name, 'api', 'api.v1', running.id.slice(0, 12)]));
    expect(made.value.macAddress).toMatch(/^02:42:/);
    const read = doneOf(await agreed(service.app, (asked) => asked.getAttachment(id)));
    expect([read.value, read.etag]).toEqual([made.value, made.etag]);
    expect(await record(running.id, network.name)).toMatchObject({
      IPAMConfig: { IPv4Address: ipv4Address, IPv6Address: ipv6Address },
      IPAddress: ipv4Address,
      GlobalIPv6Address: ipv6Address,
      MacAddress: made.value.macAddress,
      EndpointID: made.value.endpointId,
      NetworkID: network.id,
      Links: settings.links,
      DriverOpts: settings.driverOptions,
    });
  });

  it('shows at once in every view what it has just done', async () => {
    const { id } = await box(true);
    valueOf(await face.attach({ network: network.id, container: id }));
    const found = valueOf(await agreed(service.app, (asked) => asked.getContainer(id)));
    expect(found.attachments.map(({ networkName }) => networkName)).toEqual(['bridge', network.name]);
    const listed = valueOf(await agreed(service.app, (asked) => asked.listAttachments({ container: id })));
    expect(listed.items).toEqual(found.attachments);
    valueOf(await face.detach(network.id, id));
    expect(refusalOf(await face.getAttachment(`${network.id}.${id}`)).code).toBe('ATTACHMENT_NOT_FOUND');
    expect(valueOf(await face.listAttachments({ network: network.id })).items.map(({ containerId }) => containerId)).not.toContain(id);
    expect(await record(id, network.name)).toBeUndefined();
  });

  it('keeps the settings of a stopped container for its next start', async () => {
    const ipv4Address = free();
    const made = doneOf(await face.attach({ network: network.name, container: stopped.name, ipv4Address, aliases: ['later'] }));
    expect(made.value).toMatchObject({ active: false, ipv4Address, ipv4PrefixLength: 24, aliases: ['later'], endpointId: null, broken: null });
    expect(valueOf(await face.startContainer(stopped.id)).state).toBe('running');
    const id = `${network.id}.${stopped.id}`;
    const live = valueOf(await agreed(service.app, (asked) => asked.getAttachment(id)));
    expect(live).toMatchObject({ active: true, ipv4Address, aliases: ['later'] });
    expect(await record(stopped.id, network.name)).toMatchObject({ IPAddress: ipv4Address });
    valueOf(await face.stopContainer(stopped.id, { timeoutSeconds: 1 }));
    expect(valueOf(await face.getAttachment(id))).toMatchObject({ active: false, ipv4Address, aliases: ['later'] });
  });

  it.each(['running', 'stopped'])('may be repeated for a %s container, and refuses other settings unless told to replace', async (state) => {
    const { id: container, name: called } = await box(state === 'running');
    const [first, second] = [free(), free()];
    const wanted = { network: network.name, container, ipv4Address: first, aliases: ['b', 'a'] };
    expect(doneOf(await face.attach(wanted)).changed).toBe(true);
    const again = doneOf(await face.attach({ ...wanted, aliases: ['a', 'b', 'a'], links: [] }));
    expect(again.changed).toBe(false);
    if (name === 'REST') expect(again.http?.status).toBe(200);
    const differing = refusalOf(await face.attach({ ...wanted, ipv4Address: second, aliases: [] }));
    expect(differing).toMatchObject({ code: 'ATTACHMENT_DIFFERS', status: 409 });
    expect(differing.extras.errors).toMatchObject([{ field: 'ipv4Address' }, { field: 'aliases' }]);
    expect(refusalOf(await face.attach({ network: network.name, container })).code).toBe('ATTACHMENT_DIFFERS');
    const strict = refusalOf(await face.attach(wanted, { strict: true }));
    expect(strict).toMatchObject({ code: 'ALREADY_ATTACHED', status: 409 });
    expect(strict.detail).toContain(called);
    const replaced = doneOf(await face.attach({ ...wanted, ipv4Address: second }, { replace: true }));
    expect(replaced).toMatchObject({ changed: true, value: { ipv4Address: second, aliases: ['b', 'a'], active: state === 'running' } });
    expect(await record(container, network.name)).toMatchObject({ IPAMConfig: { IPv4Address: second } });
  });

  it('takes a dynamic attachment for equal whatever address it got', async () => {
    const { id: container } = await box(true);
    const first = doneOf(await face.attach({ network: network.name, container }));
    const again = doneOf(await face.attach({ network: network.name, container, ipv4Address: null, aliases: null }));
    expect(again).toMatchObject({ changed: false, value: { ipv4Address: first.value.ipv4Address } });
  });

  it('attaches strictly where nothing stands', async () => {
    const { id: container } = await box(false);
    const made = doneOf(await face.attach({ network: network.name, container }, { strict: true }));
    expect(made).toMatchObject({ changed: true, value: { active: false } });
  });

  it('detaches running, stopped and paused containers by both ends or by id', async () => {
    const boxes = await Promise.all([box(true), box(false), box(true)]);
    valueOf(await face.pauseContainer(boxes[2].id));
    for (const [index, { id }] of boxes.entries()) {
      const attached = valueOf(await face.attach({ network: network.name, container: id }));
      const done = doneOf(
        index === 1 ? await face.detach(network.name, id) : await face.removeAttachment(attached.id),
      );
      expect(done.changed).toBe(true);
      if (name === 'REST') expect(done.http?.status).toBe(204);
      else expect(done.value).toMatchObject({ id: attached.id, active: index !== 1 });
      expect(await record(id, network.name)).toBeUndefined();
      expect(refusalOf(await face.removeAttachment(attached.id)).code).toBe('ATTACHMENT_NOT_FOUND');
      expect(refusalOf(await face.detach(network.name, id))).toMatchObject({ code: 'ATTACHMENT_NOT_FOUND', status: 404 });
    }
    valueOf(await face.unpauseContainer(boxes[2].id));
  });

  it('warns where the last network goes, and the container runs on', async () => {
    const { id } = await box(true);
    const done = doneOf(await face.detach('bridge', id));
    expect(done.warnings).toEqual([expect.stringContaining('without any network')]);
    expect(valueOf(await face.getContainer(id))).toMatchObject({ state: 'running', attachments: [] });
  });

  it('tells what a dry run would do and changes nothing', async () => {
    const { id: container } = await box(true);
    const other = valueOf(await face.createNetwork(aNetwork()));
    const attached = valueOf(await face.attach({ network: network.name, container }));
    const before = await everything(service.engine);
    const input = { network: other.name, container, aliases: ['dry'] };
    const would = doneOf(await face.attach(input, { dryRun: true }));
    expect(would).toMatchObject({ changed: false, value: { networkId: other.id, aliases: ['dry'], active: true } });
    const replaced = { network: network.name, container, aliases: ['dry'] };
    expect(doneOf(await face.attach(replaced, { dryRun: true, replace: true }))).toMatchObject({ changed: false, value: { aliases: ['dry'] } });
    expect(refusalOf(await face.attach(replaced, { dryRun: true })).code).toBe('ATTACHMENT_DIFFERS');
    const outside = { ...input, ipv4Address: '10.1.1.1' };
    expect(refusalOf(await face.attach(outside, { dryRun: true })).code).toBe('ADDRESS_OUTSIDE_SUBNET');
    expect(doneOf(await face.detach(network.name, container, { dryRun: true }))).toMatchObject({ changed: false, value: { id: attached.id } });
    expect(doneOf(await face.removeAttachment(attached.id, { dryRun: true }))).toMatchObject({ changed: false, value: { id: attached.id } });
    expect(await everything(service.engine)).toBe(before);
    expect(valueOf(await face.getContainer(container)).attachments).toHaveLength(2);
  });

  it('writes only where the entity tag still holds', async () => {
    const { id: container } = await box(true);
    const ends = { network: network.name, container };
    const { value, etag } = doneOf(await face.attach(ends));
    const stale = doneOf(await face.attach({ ...ends, aliases: ['moved'] }, { replace: true, ifMatch: etag }));
    expect(stale.changed).toBe(true);
    for (const write of [
      () => face.attach(ends, { replace: true, ifMatch: etag }),
      () => face.detach(network.name, container, { ifMatch: etag }),
      () => face.removeAttachment(value.id, { ifMatch: etag }),
    ]) {
      const refused = refusalOf(await write());
      expect(refused).toMatchObject({ code: 'PRECONDITION_FAILED', status: 412, extras: { currentETag: stale.etag } });
    }
    valueOf(await face.detach(network.name, container, { ifMatch: '*' }));
    const nothing = refusalOf(await face.attach(ends, { ifMatch: '*' }));
    expect(nothing).toMatchObject({ code: 'PRECONDITION_FAILED', status: 412 });
  });

  it('finds attachments by network, container, address and MAC address', async () => {
    const { id: container } = await box(true);
    const ipv4Address = free();
    const made = valueOf(await face.attach({ network: network.name, container, ipv4Address }));
    for (const filter of [
      { address: ipv4Address },
      { macAddress: made.macAddress?.toUpperCase() },
      { network: network.id, container },
      { engine: 'local', network: network.name, address: ipv4Address },
    ]) {
      const found = valueOf(await agreed(service.app, (asked) => asked.listAttachments(filter)));
      expect(found.items).toEqual([made]);
    }
    const none = await agreed(service.app, (asked) => asked.listAttachments({ network: 'bridge', address: ipv4Address }));
    expect(valueOf(none).items).toEqual([]);
    const unknown = await agreed(service.app, (asked) => asked.listAttachments({ network: 'nosuch' }));
    expect(refusalOf(unknown).code).toBe('NETWORK_NOT_FOUND');
  });

  it('ends consistent after many attach and detach of one container at once', async () => {
    const { id: container } = await box(true);
    const ends = { network: network.name, container };
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_none, index) =>
        index % 2 === 0 ? face.attach({ ...ends, aliases: ['busy'] }) : face.detach(network.name, container),
      ),
    );
    const codes = answers.flatMap((answer) => (answer.ok ? [] : [answer.code]));
    expect(new Set([...codes, 'ATTACHMENT_NOT_FOUND'])).toEqual(new Set(['ATTACHMENT_NOT_FOUND']));
    const shown = valueOf(await face.getContainer(container)).attachments.find(({ networkId }) => networkId === network.id);
    const engineSays = await record(container, network.name);
    expect(shown?.endpointId).toEqual(engineSays?.EndpointID);
    expect(shown?.broken ?? null).toBeNull();
    expect(valueOf(await face.restartContainer(container, { timeoutSeconds: 0 })).state).toBe('running');
  });
});
