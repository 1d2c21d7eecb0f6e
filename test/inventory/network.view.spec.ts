import { describe, expect, it } from 'vitest';
import { EnginePicture } from '../../src/inventory/engine-picture.js';
import { toNetwork } from '../../src/inventory/network.view.js';
import type { Network } from '../../src/resources/network.js';
import { anEndpoint, anObservedContainer, anObservedNetwork, exited } from '../builders/observed.js';
import { A_REACH } from '../builders/a-reach.js';

const front = anObservedNetwork('front');
const back = anObservedNetwork('back', { pools: [{ ...front.pools[0]!, subnet: '10.30.0.0/24' }] });
const web = anObservedContainer('web', { endpoints: [anEndpoint('front')] });

function picture(): EnginePicture {
  const made = new EnginePicture('local', A_REACH);
  for (const network of [front, back]) made.setNetwork(network.id, network);
  made.setContainer(web.id, web);
  return made;
}

function networkOf(seen: EnginePicture, { id }: { readonly id: string }): Network {
  const found = seen.snapshot().networkById.get(id);
  if (found === undefined) throw new Error(`the picture lacks ${id}`);
  return found;
}

describe('a network in the pictures of an engine', () => {
  it('stays the same object while other things change', () => {
    const seen = picture();
    const before = networkOf(seen, back);
    seen.setContainer(web.id, exited(web));
    expect(networkOf(seen, back)).toBe(before);
  });

  it('is made anew when an address is given back, and when a container is taken off', () => {
    const seen = picture();
    expect(networkOf(seen, front)).toMatchObject({ attachmentCount: 1, ipam: { pools: [{ usage: { inUse: '2' } }] } });
    seen.setContainer(web.id, exited(web));
    expect(networkOf(seen, front)).toMatchObject({ attachmentCount: 1, ipam: { pools: [{ usage: { inUse: '1' } }] } });
    seen.setContainer(web.id, undefined);
    expect(networkOf(seen, front)).toMatchObject({ attachmentCount: 0, ipam: { pools: [{ usage: { inUse: '1' } }] } });
  });

  it('is made anew when it was inspected with other facts', () => {
    const seen = picture();
    seen.setNetwork(back.id, { ...back, labels: { tier: 'data' } });
    expect(networkOf(seen, back).labels).toEqual({ tier: 'data' });
  });

  it('names the engine that it is shown for', () => {
    expect([toNetwork('a', front, []).engines, toNetwork('b', front, []).engines]).toEqual([['a'], ['b']]);
  });
});
