import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Container } from '../../src/resources/container.js';
import { eventually } from '../support/eventually.js';
import { refusalOf, valueOf, type Face, type Input } from './face.js';
import { FACES } from './faces.js';
import { startService, type Service } from './service.js';

let service: Service;
beforeAll(async () => {
  service = await startService();
  await service.engine.docker('network', 'create', '--subnet', '10.31.0.0/24', 'front');
  await service.engine.docker('network', 'create', '--subnet', '10.32.0.0/24', 'back');
  await eventually(async () => expect((await service.app.http.get('/v1/networks/back')).status).toBe(200));
});
afterAll(() => service.stop());

const SLEEPER = { image: 'fl-busybox', command: ['sleep', '3600'] };

describe.each(FACES)('the list of containers through %s', (faceName, faceOf) => {
  let face: Face;
  const prefix = `list-${faceName.toLowerCase()}`;
  const port = faceName === 'REST' ? 18_500 : 18_501;
  const ipv4Address = faceName === 'REST' ? '10.32.0.50' : '10.32.0.51';
  let one: Container;
  beforeAll(async () => {
    face = faceOf(service.app);
    one = valueOf(
      await face.createContainer({
        ...SLEEPER,
        name: `${prefix}-one`,
        labels: { [prefix]: 'yes', tier: 'web', empty: '' },
        networks: [{ network: 'back', ipv4Address }],
        publishedPorts: [{ containerPort: 80, hostPort: port }],
      }),
    );
    valueOf(await face.createContainer({ ...SLEEPER, name: `${prefix}-two`, labels: { [prefix]: 'no' }, start: false }));
    valueOf(await face.createContainer({ ...SLEEPER, name: `${prefix}-three`, labels: { [prefix]: 'yes' }, networks: [{ network: 'back' }] }));
    valueOf(await face.pauseContainer(`${prefix}-three`));
  });
  const found = async (filter: Input): Promise<string[]> => {
    const { items, total } = valueOf(await face.listContainers(filter));
    expect(total).toBe(items.length);
    return items.map(({ name }) => name.replace(`${prefix}-`, ''));
  };

  it.each<[string, () => Input, string[]]>([
    ['a name', () => ({ name: `${prefix}-one` }), ['one']],
    ['a name with *', () => ({ name: `${prefix}-t*` }), ['three', 'two']],
    ['a label', () => ({ label: [prefix] }), ['one', 'three', 'two']],
    ['a label and its value', () => ({ label: [`${prefix}=yes`] }), ['one', 'three']],
    ['two labels', () => ({ label: [`${prefix}=yes`, 'tier=web'] }), ['one']],
    ['an empty value of a label', () => ({ label: [prefix, 'empty='] }), ['one']],
    ['a state', () => ({ label: [prefix], state: 'paused' }), ['three']],
    ['a network by name', () => ({ label: [prefix], network: 'back' }), ['one', 'three']],
    ['the default bridge', () => ({ label: [prefix], network: 'local~bridge' }), ['two']],
    ['an address', () => ({ address: ipv4Address }), ['one']],
    ['a port of the host', () => ({ publishedPort: port }), ['one']],
    ['an image', () => ({ label: [prefix], image: 'fl-busybox' }), ['one', 'three', 'two']],
    ['the id of an image', () => ({ label: [prefix], image: one.imageId }), ['one', 'three', 'two']],
    ['an image that is not used', () => ({ image: 'nosuch' }), []],
    ['an engine', () => ({ label: [prefix], engine: 'local' }), ['one', 'three', 'two']],
    ['several of them at once', () => ({ label: [prefix], network: 'back', state: 'running', image: 'fl-busybox' }), ['one']],
    ['what no container has', () => ({ label: [prefix], state: 'dead' }), []],
  ])('is narrowed by %s', async (_by, filter, expected) => {
    expect(await found(filter())).toEqual(expected);
  });

  it('is refused with a network or an engine that there is not, and a state that there is not', async () => {
    expect(refusalOf(await face.listContainers({ network: 'nosuch' })).code).toBe('NETWORK_NOT_FOUND');
    expect(refusalOf(await face.listContainers({ engine: 'nosuch' })).code).toBe('ENGINE_NOT_FOUND');
    expect(refusalOf(await face.listContainers({ state: 'nosuch' })).code).toBe('VALIDATION_FAILED');
  });

  it('is ordered and paged', async () => {
    const filter = { label: [prefix] };
    const byState = valueOf(await face.listContainers(filter, { sort: 'state,-name' })).items;
    expect(byState.map(({ state }) => state)).toEqual(['created', 'paused', 'running']);
    const newest = valueOf(await face.listContainers(filter, { sort: '-createdAt' })).items;
    expect(newest.map(({ name }) => name)).toEqual(['three', 'two', 'one'].map((name) => `${prefix}-${name}`));
    const names: string[] = [];
    for (let cursor: string | undefined, more = true; more; ) {
      const { items, nextCursor, total } = valueOf(await face.listContainers(filter, { limit: 1, cursor }));
      expect([items.length, total]).toEqual([1, 3]);
      names.push(...items.map(({ name }) => name));
      more = nextCursor !== null;
      cursor = nextCursor ?? undefined;
    }
    expect(names).toEqual(['one', 'three', 'two'].map((name) => `${prefix}-${name}`));
  });
});
