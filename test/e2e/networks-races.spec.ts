import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Network } from '../../src/resources/network.js';
import { eventually } from '../support/eventually.js';
import { aNetwork, aSubnet, type NetworkInput } from '../builders/a-network.js';
import { refusalOf, valueOf, type Answer, type Face } from './face.js';
import { agreed, FACES } from './faces.js';
import { startService, type Service } from './service.js';

let service: Service;
let both: readonly Face[];

beforeAll(async () => {
  service = await startService();
  both = FACES.map(([, faceOf]) => faceOf(service.app));
});

afterAll(() => service.stop());

async function named(name: string): Promise<string[]> {
  const ids = await service.engine.docker('network', 'ls', '--quiet', '--no-trunc', '--filter', `name=^${name}$`);
  return ids.split('\n').filter((id) => id !== '');
}

function outcome(answers: readonly Answer<Network>[]): { made: Network[]; codes: string[] } {
  const made = answers.flatMap((answer) => (answer.ok ? [answer.value] : []));
  const codes = answers.flatMap((answer) => (answer.ok ? [] : [answer.code]));
  return { made, codes };
}

describe('at the same moment', () => {
  it.each([
    ['REST', (): readonly Face[] => Array.from({ length: 5 }, () => both[0]!)],
    ['GraphQL', (): readonly Face[] => Array.from({ length: 5 }, () => both[1]!)],
    ['both faces', (): readonly Face[] => [...both, ...both, ...both]],
  ])('equal creations through %s make one network', async (_who, faces) => {
    const input = aNetwork();
    const { made, codes } = outcome(await Promise.all(faces().map((face) => face.createNetwork(input))));
    expect(made).toHaveLength(1);
    expect(new Set(codes)).toEqual(new Set(['NETWORK_NAME_TAKEN']));
    expect(await named(input.name)).toEqual([made[0]?.id]);
  });

  it('creations with one subnet and several names make one network', async () => {
    const pools = { ipam: { pools: [{ subnet: aSubnet() }] } };
    const answers = await Promise.all([...both, ...both].map((face) => face.createNetwork({ ...aNetwork(), ...pools })));
    const { made, codes } = outcome(answers);
    expect(made).toHaveLength(1);
    expect(new Set(codes)).toEqual(new Set(['SUBNET_OVERLAP']));
  });

  it('creations that have nothing in common all succeed', async () => {
    const inputs: NetworkInput[] = Array.from({ length: 6 }, () => aNetwork());
    const answers = await Promise.all(inputs.map((input, index) => both[index % 2]!.createNetwork(input)));
    expect(outcome(answers).codes).toEqual([]);
  });

  it('removals of one network succeed once', async () => {
    const { id } = valueOf(await both[0]!.createNetwork(aNetwork()));
    const answers = await Promise.all([...both, ...both].map((face) => face.removeNetwork(id)));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    const codes = answers.flatMap((answer) => (answer.ok ? [] : [answer.code]));
    expect(new Set(codes)).toEqual(new Set(['NETWORK_NOT_FOUND']));
  });

  it('sees the name that the docker client has taken a moment ago', async () => {
    for (const face of both) {
      const input = aNetwork();
      const id = await service.engine.docker('network', 'create', '--subnet', aSubnet(), input.name);
      const refused = refusalOf(await face.createNetwork(input));
      expect(refused).toMatchObject({ code: 'NETWORK_NAME_TAKEN', extras: { holder: { id } } });
      expect(await named(input.name)).toEqual([id]);
    }
  });
});

describe.each(FACES)('a name that other clients have given twice, through %s', (name, faceOf) => {
  it('is ambiguous and lists the candidates, and each is found by its id', async () => {
    const face = faceOf(service.app);
    const called = `twice-${name.toLowerCase()}`;
    // Only the raw API lets an engine below 25 give a name twice (engine-facts row 2).
    const socket = service.engine.socketPath;
    for (const subnet of [aSubnet(), aSubnet()]) {
      const body = JSON.stringify({ Name: called, CheckDuplicate: false, IPAM: { Config: [{ Subnet: subnet }] } });
      const send = ['--silent', '--fail', '--unix-socket', socket, '--header', 'Content-Type: application/json'];
      await service.engine.exec('curl', ...send, '--data', body, 'http://engine/networks/create');
    }
    const ids = await named(called);
    expect(ids).toHaveLength(2);
    const { items } = await eventually(async () => {
      const found = valueOf(await face.listNetworks({ name: called }));
      expect(found.items).toHaveLength(2);
      return found;
    });
    const refused = refusalOf(await agreed(service.app, (asked) => asked.getNetwork(called)));
    expect(refused).toMatchObject({ code: 'AMBIGUOUS_REFERENCE', status: 409 });
    const candidates = ids.map((id) => ({ kind: 'network', id, name: called, engine: 'local' }));
    expect(refused.extras.candidates).toEqual(expect.arrayContaining(candidates));
    expect(refusalOf(await face.removeNetwork(called)).code).toBe('AMBIGUOUS_REFERENCE');
    expect(refusalOf(await face.createNetwork(aNetwork({ name: called }))).code).toBe('NETWORK_NAME_TAKEN');
    for (const { id } of items) valueOf(await face.removeNetwork(id));
    expect(await named(called)).toEqual([]);
  });
});
