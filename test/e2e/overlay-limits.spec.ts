import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aContainer } from '../builders/a-container.js';
import { aNetwork } from '../builders/a-network.js';
import { eventually } from '../support/eventually.js';
import { refusalOf, valueOf, type Face } from './face.js';
import { agreed, FACES } from './faces.js';
import { restFace } from './rest-face.js';
import { serve } from './service.js';
import { PATIENT, startSwarmLab, type SwarmLab } from './swarm-lab.js';

/** A swarm that has two subnets to give by itself, one of which its routing mesh takes; and a worker that we are not told of. */
let lab: SwarmLab;
beforeAll(async () => {
  lab = await startSwarmLab(['one'], ['hidden']);
  const [one, hidden] = ['one', 'hidden'].map((name) => lab.engine(name));
  const [at, from] = [one, hidden].map((engine) => lab.lan.addressOf(engine!));
  const pools = ['--default-addr-pool', '10.93.0.0/23', '--default-addr-pool-mask-length', '24'];
  await one?.docker('swarm', 'init', '--advertise-addr', at ?? '', ...pools);
  const token = (await one?.docker('swarm', 'join-token', '--quiet', 'worker')) ?? '';
  await hidden?.docker('swarm', 'join', '--advertise-addr', from ?? '', '--token', token, `${at}:2377`);
  await eventually(async () => {
    const face = restFace(lab.app);
    expect(valueOf(await face.getSwarm('one')).readyNodeCount).toBe(2);
    expect(valueOf(await face.getNetwork('ingress')).ipam.pools).toHaveLength(1);
  }, PATIENT);
});
afterAll(() => lab.stop());

describe.each(FACES)('through %s', (faceName, faceOf) => {
  const octet = faceName === 'REST' ? 1 : 2;
  let face: Face;
  beforeAll(() => {
    face = faceOf(lab.app);
  });

  it('a swarm that has no subnet left to give says so at once, and nothing is left of the network', async () => {
    const last = valueOf(await face.createNetwork({ name: `last-${octet}`, driver: 'overlay' }));
    expect(last.ipam.pools).toMatchObject([{ subnet: '10.93.1.0/24' }]);
    const began = performance.now();

    const refused = refusalOf(await face.createNetwork({ name: 'too-many', driver: 'overlay' }));

    expect(refused).toMatchObject({ code: 'ADDRESS_POOL_EXHAUSTED', status: 409 });
    expect(refused.detail).toContain('its networks hold all of 10.93.0.0/23. Name a subnet yourself or remove unused networks');
    // What the networks of the swarm prove is not waited for.
    expect(performance.now() - began).toBeLessThan(8_000);
    expect((await lab.engine('one').docker('network', 'ls', '--format', '{{.Name}}')).split('\n')).not.toContain('too-many');
    valueOf(await face.removeNetwork(last.id));
  });

  it('a network tells that a node of its swarm is not seen, whose containers may hold addresses', async () => {
    const pools = [{ subnet: `10.94.${octet}.0/24` }];
    const network = valueOf(await face.createNetwork(aNetwork({ driver: 'overlay', attachable: true, ipam: { pools } })));
    const closed = valueOf(await face.createNetwork(aNetwork({ driver: 'overlay', ipam: { pools: [{ subnet: `10.95.${octet}.0/24` }] } })));
    const name = `out-of-sight-${octet}`;
    await lab.engine('hidden').docker('run', '--detach', '--name', name, '--network', network.name, 'fl-busybox', 'sleep', '1000');
    const here = valueOf(await face.createContainer(aContainer({ engine: 'one', networks: [{ network: network.name }] })));

    const shown = valueOf(await agreed(lab.app, (each) => each.getNetwork(network.id)));

    const node = `Node [^ ]+ \\(${lab.lan.addressOf(lab.engine('hidden')).replaceAll('.', '\\.')}\\) is no known engine`;
    expect(shown.notes).toContainEqual(expect.stringMatching(new RegExp(`${node}: containers that were attached there by hand are not shown`)));
    expect(shown.ipam.pools[0]?.usage).toEqual({ capacity: '254', inUse: null, free: null });
    expect(valueOf(await face.listAttachments({ network: network.id })).items.map(({ containerName }) => containerName)).toEqual([here.name]);
    // Of tasks the manager tells, whichever node they are on.
    expect(closed.notes).toContainEqual(expect.stringMatching(new RegExp(`${node}: which addresses are free`)));
    valueOf(await face.removeNetwork(closed.id));
  });
});

it('a worker whose manager is not known makes no overlay and says why, on both faces', async () => {
  const app = await serve(lab.engine('hidden'));
  try {
    const refused = refusalOf(await agreed(app, (each) => each.createNetwork(aNetwork({ driver: 'overlay' }))));
    expect(refused).toMatchObject({ code: 'NOT_SWARM_MANAGER', status: 409 });
    expect(refused.detail).toContain('engine hidden is a worker of its swarm');
  } finally {
    await app.close();
  }
});
