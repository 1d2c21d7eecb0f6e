import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Container } from '../../src/resources/container.js';
import type { Network } from '../../src/resources/network.js';
import { aContainer } from '../builders/a-container.js';
import { aNetwork } from '../builders/a-network.js';
import { eventually } from '../support/eventually.js';
import { refusalOf, valueOf, type Face } from './face.js';
import { agreed, FACES } from './faces.js';
import { restFace } from './rest-face.js';
import { PATIENT, startSwarmLab, swarmByHand, untilPinged, type SwarmLab } from './swarm-lab.js';

let lab: SwarmLab;

beforeAll(async () => {
  lab = await startSwarmLab(['one', 'two']);
  await swarmByHand(lab, lab.engines);
  await eventually(async () => {
    expect(valueOf(await restFace(lab.app).getSwarm('two')).engines).toEqual(['one', 'two']);
  }, PATIENT);
});
afterAll(() => lab.stop());

/** Asks nobody outside for names that the engine does not know: the answer would take 10 s. */
const OFFLINE = { dns: { servers: ['127.0.0.1'], options: ['timeout:1', 'attempts:1'] } };
let made = 0;
const anOverlay = (changes: object = {}) => {
  made += 1;
  return aNetwork({ driver: 'overlay', attachable: true, ipam: { pools: [{ subnet: `10.70.${made}.0/24` }] }, ...changes });
};

describe.each(FACES)('an overlay made through %s', (_name, faceOf) => {
  let face: Face;
  let network: Network;
  let here: Container;
  let there: Container;

  beforeAll(async () => {
    face = faceOf(lab.app);
    // Whichever engine of the swarm is named: a manager makes it.
    network = valueOf(await face.createNetwork(anOverlay({ engine: 'two' })));
  });

  it('has addresses when it is answered, and is seen by its manager only, until somebody is on it elsewhere', () => {
    expect(network).toMatchObject({ scope: 'swarm', engines: ['one'], attachable: true, attachmentCount: 0 });
    expect(network.ipam.pools).toMatchObject([{ gateway: expect.stringMatching(/\.1$/) as string, usage: { capacity: '254' } }]);
  });

  it('takes a container where its engine does not show it yet, and carries traffic by name, alias and address', async () => {
    here = valueOf(await face.createContainer(aContainer({ ...OFFLINE, engine: 'one', networks: [{ network: network.name, aliases: ['front'] }] })));
    there = valueOf(await face.createContainer(aContainer({ ...OFFLINE, engine: 'two' })));
    const attached = valueOf(await face.attach({ network: network.name, container: there.id, aliases: ['back'] }));
    expect(attached).toMatchObject({ engine: 'two', networkId: network.id, networkName: network.name, active: true, broken: null });
    const again = await face.attach({ network: network.name, container: there.id, aliases: ['back'] });
    expect(again).toMatchObject({ ok: true, changed: false });
    const address = here.attachments[0]?.ipv4Address ?? '';
    for (const host of [here.name, 'front', address]) expect(await untilPinged(lab.engine('two'), there.name, host)).toContain(`(${address})`);
    for (const host of [there.name, 'back']) expect(await untilPinged(lab.engine('one'), here.name, host)).toContain(`(${attached.ipv4Address})`);
  });

  it('is one network on two engines, with everybody who is on it', async () => {
    const shown = valueOf(await agreed(lab.app, (each) => each.getNetwork(network.name)));
    expect(shown).toMatchObject({ id: network.id, engines: ['one', 'two'], attachmentCount: 2 });
    // Two containers, two load balancers and the gateway.
    expect(shown.ipam.pools[0]?.usage).toEqual({ capacity: '254', inUse: '5', free: '249' });
    const { items } = valueOf(await agreed(lab.app, (each) => each.listAttachments({ network: network.name })));
    expect(items.map(({ engine, containerName }) => `${engine} ${containerName}`).sort()).toEqual([`one ${here.name}`, `two ${there.name}`]);
    expect(valueOf(await face.listNetworks({ name: network.name, engine: 'two' })).items).toEqual([shown]);
  });

  it('is not removed while a container is on it anywhere', async () => {
    const refused = refusalOf(await agreed(lab.app, (each) => each.removeNetwork(network.name)));
    expect(refused).toMatchObject({ code: 'NETWORK_IN_USE', status: 409 });
    const blocking = refused.extras['blockingContainers'] as { name: string; engine: string }[];
    expect(blocking.map(({ name, engine }) => ({ name, engine }))).toContainEqual({ name: there.name, engine: 'two' });
  });

  it('is lost sight of by a worker whose last container stops, which is no removal; the container stays configured', async () => {
    const before = valueOf(await face.events({ types: ['network.*'], networks: [network.name] })).items.length;
    valueOf(await face.stopContainer(there.id, { timeoutSeconds: 0 }));
    await eventually(async () => expect(valueOf(await face.getNetwork(network.id)).engines).toEqual(['one']), PATIENT);
    const stopped = valueOf(await agreed(lab.app, (each) => each.getContainer(there.id)));
    const place = stopped.attachments.find(({ networkName }) => networkName === network.name);
    expect(place).toMatchObject({ networkId: network.id, active: false, broken: null, aliases: ['back'] });
    expect(valueOf(await face.getNetwork(network.id)).attachmentCount).toBe(2);
    const told = await eventually(async () => {
      const { items } = valueOf(await face.events({ types: ['network.*'], networks: [network.name] }));
      expect(items.length).toBeGreaterThan(before);
      return items;
    }, PATIENT);
    expect(told.map(({ type, engine }) => `${type} ${engine}`).filter((line) => !line.startsWith('network.updated one'))).toEqual([
      'network.created one',
      'network.updated two',
      'network.updated two',
    ]);
    expect(told.at(-1)).toMatchObject({ previous: { engines: ['one', 'two'] }, network: { engines: ['one'] } });
  });

  it('is found again when that container starts', async () => {
    valueOf(await face.startContainer(there.id));
    expect(valueOf(await face.getNetwork(network.id)).engines).toEqual(['one', 'two']);
    await untilPinged(lab.engine('one'), here.name, 'back');
  });

  it('takes a stopped container of a worker that does not see it, too', async () => {
    valueOf(await face.removeContainer(there.id, { force: true }));
    await eventually(async () => expect(valueOf(await face.getNetwork(network.id)).engines).toEqual(['one']), PATIENT);
    const box = valueOf(await face.createContainer(aContainer({ ...OFFLINE, engine: 'two', start: false })));
    const place = valueOf(await face.attach({ network: network.id, container: box.id, aliases: ['late'] }));
    expect(place).toMatchObject({ networkId: network.id, networkName: network.name, active: false, broken: null });
    valueOf(await face.startContainer(box.id));
    await untilPinged(lab.engine('one'), here.name, 'late');
    valueOf(await face.detach(network.name, box.id));
    valueOf(await face.removeContainer(box.id, { force: true }));
  });

  it('is removed by its manager, containers on any engine taken off, which is told once', async () => {
    const other = valueOf(await face.createContainer(aContainer({ ...OFFLINE, engine: 'two', networks: [{ network: network.name }] })));
    expect(await face.removeNetwork(network.name, { detach: true, dryRun: true })).toMatchObject({ ok: true, changed: false });
    valueOf(await face.removeNetwork(network.name, { engine: 'two', detach: true }));
    for (const { id } of [here, other]) {
      expect(valueOf(await face.getContainer(id))).toMatchObject({ state: 'running', attachments: [] });
      valueOf(await face.removeContainer(id, { force: true }));
    }
    expect(refusalOf(await agreed(lab.app, (each) => each.getNetwork(network.id))).code).toBe('NETWORK_NOT_FOUND');
    const told = await eventually(async () => {
      const { items } = valueOf(await face.events({ types: ['network.removed'], networks: [network.name] }));
      expect(items).toHaveLength(1);
      return items;
    }, PATIENT);
    expect(told).toMatchObject([{ engine: 'one', subject: { id: network.id } }]);
  });
});

describe('an overlay', () => {
  it('that overlaps another one is refused, and nothing of it is left', async () => {
    const face = restFace(lab.app);
    const first = valueOf(await face.createNetwork(anOverlay()));
    const { subnet = '' } = first.ipam.pools[0] ?? {};
    const refused = refusalOf(await agreed(lab.app, (each) => each.createNetwork(aNetwork({ driver: 'overlay', ipam: { pools: [{ subnet }] } }))));
    expect(refused).toMatchObject({ code: 'SUBNET_OVERLAP', status: 409 });
    valueOf(await face.removeNetwork(first.id));
  });

  it('that overlaps one which the picture does not show yet is taken away again', async () => {
    const face = restFace(lab.app);
    // The ingress network's subnet, in a swarm whose networks are chosen from 10/8, is not among those of a worker.
    const [one] = lab.engines;
    await one?.docker('network', 'create', '--driver', 'overlay', '--subnet', '10.99.0.0/24', 'stands');
    const name = 'stuck';
    const answer = await face.createNetwork({ name, driver: 'overlay', ipam: { pools: [{ subnet: '10.99.0.0/25' }] } });
    expect(refusalOf(answer).code).toBe('SUBNET_OVERLAP');
    expect(await one?.docker('network', 'ls', '--format', '{{.Name}}')).not.toContain(name);
    await one?.docker('network', 'rm', 'stands');
  });

  it('that is not attachable takes no container, and says so', async () => {
    const face = restFace(lab.app);
    const closed = valueOf(await face.createNetwork(anOverlay({ attachable: false })));
    expect(closed.notes).toContainEqual(expect.stringContaining('was not created as attachable'));
    for (const engine of ['one', 'two']) {
      const box = valueOf(await face.createContainer(aContainer({ engine })));
      const refused = refusalOf(await agreed(lab.app, (each) => each.attach({ network: closed.name, container: box.id })));
      expect(refused).toMatchObject({ code: 'NETWORK_NOT_ATTACHABLE', status: 422 });
      valueOf(await face.removeContainer(box.id, { force: true }));
    }
    valueOf(await face.removeNetwork(closed.id));
  });

  it('can carry the routing mesh, where no other one does', async () => {
    const mesh = { name: 'mesh', driver: 'overlay', ingress: true, ipam: { pools: [{ subnet: '10.97.0.0/24' }] } };
    const face = restFace(lab.app);
    const second = refusalOf(await agreed(lab.app, (each) => each.createNetwork(mesh)));
    expect(second).toMatchObject({ code: 'NETWORK_BUILTIN', status: 409 });
    valueOf(await face.removeNetwork('ingress'));
    const attachable = refusalOf(await agreed(lab.app, (each) => each.createNetwork({ ...mesh, attachable: true })));
    expect(attachable).toMatchObject({ code: 'VALIDATION_FAILED', extras: { errors: [{ field: 'attachable' }] } });
    const made = valueOf(await face.createNetwork(mesh));
    expect(made).toMatchObject({ ingress: true, scope: 'swarm', notes: [expect.stringContaining('routing mesh')] });
    const box = valueOf(await face.createContainer(aContainer({ engine: 'two' })));
    expect(refusalOf(await agreed(lab.app, (each) => each.attach({ network: 'mesh', container: box.id }))).code).toBe('NETWORK_NOT_ATTACHABLE');
  });

  it('can be encrypted, internal and of a subnet that the swarm chooses', async () => {
    for (const [, faceOf] of FACES) {
      const face = faceOf(lab.app);
      const secret = valueOf(await face.createNetwork(aNetwork({ driver: 'overlay', internal: true, options: { encrypted: '' } })));
      expect(secret).toMatchObject({ internal: true, options: { encrypted: '' } });
      expect(secret.ipam.pools).toHaveLength(1);
      expect(secret.notes).toContainEqual(expect.stringContaining('Encrypted'));
      valueOf(await face.removeNetwork(secret.id));
    }
  });

});
