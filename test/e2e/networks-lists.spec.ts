import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Network } from '../../src/resources/network.js';
import { aContainer } from '../builders/a-container.js';
import { doneOf, refusalOf, valueOf, type Input, type Paging } from './face.js';
import { agreed, FACES } from './faces.js';
import { graphqlFace } from './graphql-face.js';
import { restFace } from './rest-face.js';
import { startService, type Service } from './service.js';

let service: Service;

beforeAll(async () => {
  service = await startService(['east', 'west']);
  const face = restFace(service.app);
  const network = (name: string, engine: string, number: number, more: Input = {}) =>
    face.createNetwork({ name, engine, ipam: { pools: [{ subnet: `10.90.${number}.0/24` }] }, ...more });
  valueOf(await network('alpha', 'east', 1, { labels: { team: 'web', tier: 'front' } }));
  valueOf(await network('beta', 'west', 2, { labels: { team: 'web', tier: 'back' } }));
  valueOf(await network('gamma', 'east', 3, { labels: { team: 'data' } }));
  valueOf(await network('alphabet', 'west', 4));
  valueOf(await face.createContainer(aContainer({ engine: 'east', start: false, networks: [{ network: 'alpha' }] })));
});

afterAll(() => service.stop());

const list = (filter: Input = {}, paging: Paging = {}) => agreed(service.app, (face) => face.listNetworks(filter, paging));
const names = async (filter: Input, paging: Paging = {}) => valueOf(await list(filter, paging)).items.map(({ name }) => name);

describe('networks are filtered', () => {
  it.each<[Input, string[]]>([
    [{ engine: 'west', builtin: false }, ['alphabet', 'beta']],
    [{ name: 'alpha' }, ['alpha']],
    [{ name: 'alpha*' }, ['alpha', 'alphabet']],
    [{ name: '*a', builtin: false }, ['alpha', 'beta', 'gamma']],
    [{ name: 'al*et' }, ['alphabet']],
    [{ driver: 'host' }, ['host', 'host']],
    [{ driver: 'nosuch' }, []],
    [{ scope: 'local', builtin: false }, ['alpha', 'alphabet', 'beta', 'gamma']],
    [{ scope: 'swarm' }, []],
    [{ label: ['team'] }, ['alpha', 'beta', 'gamma']],
    [{ label: ['team=web'] }, ['alpha', 'beta']],
    [{ label: ['team=web', 'tier=back'] }, ['beta']],
    [{ label: ['team=w'] }, []],
    [{ builtin: true, engine: 'east' }, ['bridge', 'host', 'none']],
    [{ dangling: true }, ['alphabet', 'beta', 'gamma']],
    [{ dangling: false, builtin: false }, ['alpha']],
    [{ containsAddress: '10.90.3.77' }, ['gamma']],
    [{ containsAddress: '10.91.0.1' }, []],
    [{ containsAddress: 'fd00::1' }, []],
    [{ engine: 'east', name: 'beta' }, []],
  ])('by %j', async (filter, expected) => {
    expect(await names(filter)).toEqual(expected);
  });

  it.each<[Input, string]>([
    [{ engine: 'north' }, 'ENGINE_NOT_FOUND'],
    [{ containsAddress: '10.90.3.0/24' }, 'VALIDATION_FAILED'],
    [{ containsAddress: 'foo' }, 'VALIDATION_FAILED'],
  ])('and %j is refused', async (filter, code) => {
    expect(refusalOf(await list(filter)).code).toBe(code);
  });

  it.each(FACES)('and a filter of another type or name is refused (%s)', async (_name, faceOf) => {
    for (const filter of [{ scope: 'galaxy' }, { builtin: 'maybe' }, { colour: 'red' }]) {
      const refused = refusalOf(await faceOf(service.app).listNetworks(filter));
      expect(refused).toMatchObject({ code: 'VALIDATION_FAILED', status: 400 });
    }
  });
});

describe('networks are listed', () => {
  it('with their attachments where asked for', async () => {
    const [shown] = valueOf(
      await agreed(service.app, (face) => face.listNetworks({ name: 'alpha' }, {}, { include: 'attachments' })),
    ).items;
    expect(shown?.attachments).toMatchObject([{ networkName: 'alpha', active: false }]);
    expect(valueOf(await list({ name: 'alpha' })).items[0]).not.toHaveProperty('attachments');
  });

  it('in the order that is wanted', async () => {
    expect(await names({ builtin: false })).toEqual(['alpha', 'alphabet', 'beta', 'gamma']);
    expect(await names({ builtin: false }, { sort: '-name' })).toEqual(['gamma', 'beta', 'alphabet', 'alpha']);
    expect(await names({ builtin: false }, { sort: 'createdAt' })).toEqual(['alpha', 'beta', 'gamma', 'alphabet']);
    expect(await names({ builtin: false }, { sort: '-attachmentCount,-name' })).toEqual(['alpha', 'gamma', 'beta', 'alphabet']);
    for (const sort of ['colour', 'name,name', '-', 'name;drop']) {
      expect(refusalOf(await list({}, { sort }))).toMatchObject({ code: 'VALIDATION_FAILED', status: 400 });
    }
  });

  it('page by page, each once, with a link to the next page over REST', async () => {
    const all = valueOf(await list({})).items.map(({ id }) => id);
    for (const sort of ['name', '-createdAt,name', 'driver']) {
      const seen: string[] = [];
      for (let cursor: string | undefined, pages = 0; pages === 0 || cursor !== undefined; pages += 1) {
        expect(pages).toBeLessThan(10);
        const { items, nextCursor, total } = valueOf(await list({}, { limit: 3, sort, cursor }));
        expect(total).toBe(all.length);
        seen.push(...items.map(({ id }) => id));
        cursor = nextCursor ?? undefined;
      }
      expect([...seen].sort()).toEqual([...all].sort());
    }
    const { http, value } = doneOf(await restFace(service.app).listNetworks({ label: ['team=web'] }, { limit: 1 }));
    const link = /^<(?<path>\/v1\/networks\?[^>]+)>; rel="next"$/.exec(http?.link ?? '')?.groups?.path ?? '';
    const next = (await service.app.http.get(link)).body as { items: Network[]; nextCursor: string | null };
    expect([value.items[0]?.name, next.items.map(({ name }) => name), next.nextCursor]).toEqual(['alpha', ['beta'], null]);
  });

  it('without repeating or hiding any that stays while others come and go', async () => {
    const face = graphqlFace(service.app);
    const first = valueOf(await list({ builtin: false }, { limit: 2 }));
    expect(first.items.map(({ name }) => name)).toEqual(['alpha', 'alphabet']);
    const early = valueOf(await face.createNetwork({ name: 'aaa', engine: 'east' }));
    const late = valueOf(await face.createNetwork({ name: 'delta', engine: 'east' }));
    valueOf(await face.removeNetwork('alphabet'));
    const rest = valueOf(await list({ builtin: false }, { limit: 10, cursor: first.nextCursor ?? '' }));
    expect(rest.items.map(({ name }) => name)).toEqual(['beta', 'delta', 'gamma']);
    for (const { id } of [early, late]) valueOf(await face.removeNetwork(id));
    valueOf(await face.createNetwork({ name: 'alphabet', engine: 'west', ipam: { pools: [{ subnet: '10.90.4.0/24' }] } }));
  });

  it('never by a cursor that this list did not give', async () => {
    const { nextCursor } = valueOf(await list({}, { limit: 2 }));
    const cursor = nextCursor ?? '';
    const flipped = cursor.slice(0, 8) + (cursor[8] === 'A' ? 'B' : 'A') + cursor.slice(9);
    for (const tampered of ['x', 'null', flipped, cursor.slice(0, -2), `${cursor}AA`, Buffer.from('[]').toString('base64url'), '../..', 'ü']) {
      expect(refusalOf(await list({}, { limit: 2, cursor: tampered }))).toMatchObject({ code: 'INVALID_CURSOR', status: 400 });
    }
    expect(refusalOf(await list({}, { cursor, sort: '-name' })).code).toBe('INVALID_CURSOR');
    expect(refusalOf(await list({ name: 'a*' }, { cursor })).code).toBe('INVALID_CURSOR');
    const foreign = await agreed(service.app, (face) => face.listContainers({}, { cursor }));
    expect(refusalOf(foreign).code).toBe('INVALID_CURSOR');
  });

  it.each(FACES)('within bounds only (%s)', async (_name, faceOf) => {
    const face = faceOf(service.app);
    for (const limit of [0, -1, 501, 1.5, 'ten', 1e12]) {
      expect(refusalOf(await face.listNetworks({}, { limit }))).toMatchObject({ code: 'VALIDATION_FAILED', status: 400 });
    }
    expect(valueOf(await face.listNetworks({}, { limit: 500 })).items).toHaveLength(10);
    expect(valueOf(await face.listNetworks({}, { limit: 1 })).items).toHaveLength(1);
  });
});

describe('an entity tag', () => {
  it('spares the caller what it has already', async () => {
    const first = await service.app.http.get('/v1/networks/alpha').expect(200);
    const etag = first.headers.etag ?? '';
    expect(etag).toMatch(/^"[\w-]+"$/);
    const again = await service.app.http.get('/v1/networks/alpha').set('If-None-Match', `"other", ${etag}`).expect(304);
    expect([again.text, again.headers.etag]).toEqual(['', etag]);
    await service.app.http.get('/v1/networks/alpha').set('If-None-Match', '*').expect(304);
    await service.app.http.get('/v1/networks/alpha').set('If-None-Match', `W/${etag}`).expect(304);
    await service.app.http.get('/v1/networks/alpha').set('If-None-Match', '"other"').expect(200);
  });

  it('is the same on both faces and changes with the network', async () => {
    const before = doneOf(await agreed(service.app, (face) => face.getNetwork('beta')));
    const box = valueOf(await restFace(service.app).createContainer(aContainer({ engine: 'west', start: false, networks: [{ network: 'beta' }] })));
    const during = doneOf(await agreed(service.app, (face) => face.getNetwork('beta')));
    valueOf(await restFace(service.app).removeContainer(box.id));
    const after = doneOf(await agreed(service.app, (face) => face.getNetwork('beta')));
    expect(during.etag).not.toBe(before.etag);
    expect(after.etag).toBe(before.etag);
  });

  it.each(FACES)('keeps a removal from hitting what has changed (%s)', async (name, faceOf) => {
    const face = faceOf(service.app);
    const made = doneOf(await face.createNetwork({ name: `tagged-${name}`, engine: 'east' }));
    // Nobody tells of an attached stopped container: the look before the removal does.
    const box = valueOf(await face.createContainer(aContainer({ engine: 'east', start: false })));
    await service.engine.docker('network', 'connect', made.value.name, box.id);
    for (const ifMatch of [made.etag, '"other"', `W/${made.etag}`]) {
      const refused = refusalOf(await face.removeNetwork(made.value.id, { detach: true, ifMatch }));
      expect(refused).toMatchObject({ code: 'PRECONDITION_FAILED', status: 412 });
    }
    const { etag } = doneOf(await face.getNetwork(made.value.id));
    const wanted = `"other", ${etag}`;
    expect(doneOf(await face.removeNetwork(made.value.id, { detach: true, dryRun: true, ifMatch: wanted })).changed).toBe(false);
    expect(doneOf(await face.removeNetwork(made.value.id, { detach: true, ifMatch: wanted })).changed).toBe(true);
    const other = valueOf(await face.createNetwork({ name: `starred-${name}`, engine: 'east' }));
    expect(doneOf(await face.removeNetwork(other.id, { ifMatch: '*' })).changed).toBe(true);
    expect(refusalOf(await face.removeNetwork(other.id, { ifMatch: '*' })).code).toBe('NETWORK_NOT_FOUND');
  });
});
