import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Attachment } from '../../src/resources/attachment.js';
import { aContainer } from '../builders/a-container.js';
import { aNetwork, aSubnet, addressIn } from '../builders/a-network.js';
import { eventually } from '../support/eventually.js';
import { makeDead } from './dead-container.js';
import { refusalOf, valueOf } from './face.js';
import { FACES } from './faces.js';
import { inspect, startService, type Service } from './service.js';

let service: Service;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service.stop());

/** What was asked for and what it must come back with; a new endpoint has an id of its own. */
function settled({ endpointId: _endpointId, ...rest }: Attachment): unknown {
  return rest;
}

describe.each(FACES)('removing a network with detach through %s', (_name, faceOf) => {
  it('puts back whom it took off where another container cannot be taken off', async () => {
    const face = faceOf(service.app);
    const subnet = aSubnet();
    const network = valueOf(await face.createNetwork(aNetwork({ ipam: { pools: [{ subnet }] } })));
    const settings = { network: network.name, ipv4Address: addressIn(subnet, 9), aliases: ['nine', 'neuf'] };
    const running = valueOf(await face.createContainer(aContainer({ networks: [settings] })));
    const dynamic = aContainer({ start: false, networks: [{ network: network.name, aliases: ['still'] }] });
    const stopped = valueOf(await face.createContainer(dynamic));
    const last = aContainer({ start: false, networks: [{ network: network.name }] });
    const dead = valueOf(await face.createContainer({ ...last, name: `zz-${last.name}` }));
    await makeDead(service.engine, dead.id);
    const ids = [running, stopped].map(({ id }) => `${network.id}.${id}`);
    const before = await Promise.all(ids.map(async (id) => valueOf(await face.getAttachment(id))));

    const refused = refusalOf(await face.removeNetwork(network.id, { detach: true }));

    expect(refused).toMatchObject({ code: 'CONTAINER_STATE', status: 409 });
    expect(refused.extras).not.toHaveProperty('notRestored');
    expect(refused.detail).toContain(dead.name);
    expect(refused.extras.holder).toMatchObject({ kind: 'container', id: dead.id, name: dead.name });
    const after = await Promise.all(ids.map(async (id) => valueOf(await face.getAttachment(id))));
    expect(after.map(settled)).toEqual(before.map(settled));
    expect((await inspect(service.engine, 'network', network.id)).Containers).toMatchObject({
      [running.id]: { IPv4Address: `${addressIn(subnet, 9)}/24` },
    });
  });
});

describe('on a swarm manager', () => {
  let overlays: Service;

  beforeAll(async () => {
    overlays = await startService(['manager']);
    await overlays.engine.docker('swarm', 'init', '--advertise-addr', '127.0.0.1', '--listen-addr', '127.0.0.1');
  });

  afterAll(() => overlays.stop());

  it.each(FACES)('takes nothing off a network that a service is on, and names the service (%s)', async (_name, faceOf) => {
    const face = faceOf(overlays.app);
    const subnet = aSubnet();
    const name = `wide-${face.name}`.toLowerCase();
    await overlays.engine.docker('network', 'create', '--driver', 'overlay', '--attachable', '--subnet', subnet, name);
    const ofNetwork = ['--network', name, '--name', `of-${name}`];
    await overlays.engine.docker('service', 'create', '--quiet', '--detach', '--replicas', '0', ...ofNetwork, 'fl-busybox');
    const box = aContainer();
    const onNetwork = ['--network', name, '--ip', addressIn(subnet, 9), '--network-alias', 'nine'];
    await overlays.engine.docker('run', '--detach', '--name', box.name, ...onNetwork, 'fl-busybox', 'sleep', '600');
    const before = await eventually(async () => {
      const [attachment] = valueOf(await face.getContainer(box.name)).attachments;
      expect(attachment).toMatchObject({ networkName: name, active: true, ipv4Address: addressIn(subnet, 9) });
      expect(valueOf(await face.getService(`of-${name}`)).networks).toMatchObject([{ networkName: name }]);
      return attachment;
    });

    const refused = refusalOf(await face.removeNetwork(name, { detach: true }));

    expect(refused).toMatchObject({ code: 'NETWORK_IN_USE', status: 409 });
    expect(refused.extras).not.toHaveProperty('notRestored');
    expect(refused.detail).toContain(`service of-${name}`);
    expect(valueOf(await face.getContainer(box.name)).attachments).toEqual([before]);
  });
});
