import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeOf, EngineLab } from './engine-lab.js';

// The rows of engine-facts 3.3 that one engine without a swarm shows.
let lab: EngineLab;
let wide: string;
let auto: string;
let anchor: string;

beforeAll(async () => {
  lab = await EngineLab.start({ name: 'detachment-rows', addressPool: 'base=10.200.0.0/16,size=24' });
  wide = await lab.network('wide', { pools: [{ subnet: '10.40.0.0/24' }] });
  auto = await lab.network('auto');
  anchor = await lab.running({ name: 'anchor', networkMode: 'wide' });
});
afterAll(() => lab.stop());

describe('detaching is', () => {
  it.each([
    ['#74', true],
    ['#75', false],
  ])('%s told as a missing attachment where there is none (running: %s)', async (_, isRunning) => {
    await lab.withContainer(isRunning, async (container) => {
      for (const force of [false, true]) {
        const detachment = lab.gateway.disconnectContainer(auto, container, { force });
        expect(await codeOf(detachment)).toBe('ATTACHMENT_NOT_FOUND');
      }
    });
  });

  it('#76 told as a missing container where there is none', async () => {
    for (const force of [false, true]) {
      expect(await codeOf(lab.gateway.disconnectContainer(wide, 'nosuch', { force }))).toBe('CONTAINER_NOT_FOUND');
    }
  });

  it('#77 told as a missing network where there is none, and with force as a missing attachment', async () => {
    const network = 'f'.repeat(64);
    expect(await codeOf(lab.gateway.disconnectContainer(network, anchor, { force: false }))).toBe('NETWORK_NOT_FOUND');
    expect(await codeOf(lab.gateway.disconnectContainer(network, anchor, { force: true }))).toBe('ATTACHMENT_NOT_FOUND');
  });

  it('#79 taken from the network none and from the last network', async () => {
    const lonely = await lab.running({ networkMode: 'none' });
    await lab.gateway.disconnectContainer('none', lonely, { force: false });
    expect((await lab.gateway.inspectContainer(lonely))?.endpoints).toEqual([]);
    await lab.gateway.removeContainer(lonely, { force: true });
  });

  it('#80 taken from a stopped container', async () => {
    await lab.withContainer(false, async (container) => {
      await lab.gateway.disconnectContainer('bridge', container, { force: false });
      expect((await lab.gateway.inspectContainer(container))?.endpoints).toEqual([]);
    });
  });
});

describe('removing and finding networks is refused by a real engine for', () => {
  it('#81 a network with live endpoints', async () => {
    expect(await codeOf(lab.gateway.removeNetwork(wide))).toBe('NETWORK_IN_USE');
  });

  it.each(['bridge', 'host', 'none'])('#82 the predefined network %s', async (name) => {
    expect(await codeOf(lab.gateway.removeNetwork(name))).toBe('NETWORK_BUILTIN');
  });

  it('#83 an unknown network', async () => {
    expect(await codeOf(lab.gateway.removeNetwork('nosuchnet'))).toBe('NETWORK_NOT_FOUND');
    expect(await lab.gateway.inspectNetwork('nosuchnet')).toBeUndefined();
  });

  it('#84 the beginning of two ids', async () => {
    const ids = await Promise.all(Array.from({ length: 17 }, (_, index) => lab.network(`prefix${index}`)));
    const first = ids.map((id) => id.slice(0, 1));
    const twice = first.find((letter, index) => first.indexOf(letter) !== index) ?? '';
    expect(await codeOf(lab.gateway.inspectNetwork(twice))).toBe('AMBIGUOUS_REFERENCE');
    for (const id of ids) await lab.gateway.removeNetwork(id);
  });

  it('#85 a configuration network in use', async () => {
    const config = await lab.network('co1', { configOnly: true, pools: [{ subnet: '10.41.2.0/24' }] });
    await lab.network('made-from-co1', { configFrom: 'co1' });
    expect(await codeOf(lab.gateway.removeNetwork(config))).toBe('NETWORK_IN_USE');
  });

  it('#88 filters that it does not know', async () => {
    const list = (filters: string) =>
      lab.rawCode('network.list', 'GET', `/networks?filters=${encodeURIComponent(filters)}&x=`);
    expect(await list('{"nope":["x"]}')).toBe('VALIDATION_FAILED');
    expect(await list('foo')).toBe('MALFORMED_REQUEST');
    expect(await list('{"type":["foo"]}')).toBe('VALIDATION_FAILED');
  });

  it('#89 a second prune at the same time', async () => {
    for (let index = 0; index < 12; index += 1) await lab.network(`pruned${index}`);
    const codes = await Promise.all(
      Array.from({ length: 4 }, () => lab.rawCode('network.prune', 'POST', '/networks/prune')),
    );
    expect(codes).toContain('ENGINE_ERROR');
    expect(codes).toContain('none');
  });
});
