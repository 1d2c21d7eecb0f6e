import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Network } from '../../src/resources/network.js';
import { aContainer } from '../builders/a-container.js';
import { aNetwork } from '../builders/a-network.js';
import { refusalOf, valueOf, type Face } from './face.js';
import { agreed, FACES } from './faces.js';
import { standing, startService, type Service } from './service.js';

/** An engine that has four subnets to give, one of which its default bridge takes. */
let service: Service;
beforeAll(async () => {
  service = await startService(['local'], { pools: 'base=10.90.0.0/22,size=24' });
});
afterAll(() => service.stop());

describe.each(FACES)('through %s', (faceName, faceOf) => {
  let face: Face;
  beforeAll(() => {
    face = faceOf(service.app);
  });

  it('too many networks for the engine’s address pools are told what to do, and a subnet of one’s own is still to be had', async () => {
    const made: Network[] = [];
    for (let count = 1; count <= 3; count += 1) made.push(valueOf(await face.createNetwork({ name: `pool-${count}` })));
    expect(made.flatMap(({ ipam }) => ipam.pools.map(({ subnet }) => subnet)).sort()).toEqual(['10.90.1.0/24', '10.90.2.0/24', '10.90.3.0/24']);

    const before = await standing(service.engine);
    const refused = refusalOf(await agreed(service.app, (each) => each.createNetwork({ name: 'too-many' })));

    expect(refused).toMatchObject({ code: 'ADDRESS_POOL_EXHAUSTED', status: 409, extras: { engineMessage: expect.stringContaining('non-overlapping IPv4 address pool') as string } });
    expect(refused.detail).toContain('Name a subnet yourself or remove unused networks');
    expect(await standing(service.engine)).toEqual(before);
    made.push(valueOf(await face.createNetwork(aNetwork())));
    for (const { id } of made) valueOf(await face.removeNetwork(id));
  });

  it('too many containers for a subnet are told so when they are attached and when they are made, and leave nothing behind', async () => {
    const subnet = faceName === 'REST' ? '10.91.0.0/29' : '10.92.0.0/29';
    const network = valueOf(await face.createNetwork(aNetwork({ ipam: { pools: [{ subnet }] } })));
    const placed = { networks: [{ network: network.name }] };
    for (let count = 1; count <= 5; count += 1) valueOf(await face.createContainer(aContainer(placed)));
    expect(valueOf(await face.getNetwork(network.id)).ipam.pools[0]?.usage).toEqual({ capacity: '6', inUse: '6', free: '0' });
    const box = valueOf(await face.createContainer(aContainer()));

    const before = await standing(service.engine);
    const attached = refusalOf(await agreed(service.app, (each) => each.attach({ network: network.name, container: box.name })));
    const created = refusalOf(await face.createContainer(aContainer(placed)));

    for (const refused of [attached, created]) {
      expect(refused).toMatchObject({ code: 'ADDRESS_POOL_EXHAUSTED', status: 409 });
      expect(refused.detail).toContain('Take a container off it, or use a network with a larger subnet');
    }
    expect(await standing(service.engine)).toEqual(before);
    expect(valueOf(await face.getContainer(box.id)).attachments.map(({ networkName }) => networkName)).toEqual(['bridge']);
  });
});
