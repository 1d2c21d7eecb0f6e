import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { page, parseSort } from '../../src/inventory/page.js';
import { startApp, type StartedApp } from '../support/start-app.js';
import { DummyModule } from './dummy.module.js';

interface Item {
  readonly id: string;
  readonly name: string;
  readonly rank: number | null;
}

const FIELDS = ['name', 'rank'];
const byName = parseSort(undefined, FIELDS);

function items(count: number): Item[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `i${String((index * 7) % count).padStart(3, '0')}`,
    name: `n${index % 5}`,
    rank: index % 4 === 0 ? null : index % 6,
  }));
}

function walk(all: readonly Item[], sort: string | undefined, limit: number): Item[] {
  const seen: Item[] = [];
  let cursor: string | undefined;
  do {
    const one = page(all, { sort: parseSort(sort, FIELDS), limit, cursor });
    seen.push(...one.items);
    cursor = one.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return seen;
}

describe('page', () => {
  it.each([undefined, 'name', '-name', 'rank,-name', '-rank', 'id', '-id'])(
    'shows each item once, in one order, whatever the page size (sort %s)',
    (sort) => {
      const all = items(40);
      const fields = ['name', 'rank', 'id'];
      const whole = page(all, { sort: parseSort(sort, fields), limit: 500 }).items;
      expect(new Set(whole).size).toBe(40);
      for (const limit of [1, 3, 7, 39, 40]) {
        const seen: Item[] = [];
        let cursor: string | undefined;
        do {
          const one = page(all, { sort: parseSort(sort, fields), limit, cursor });
          seen.push(...one.items);
          cursor = one.nextCursor ?? undefined;
        } while (cursor !== undefined);
        expect(seen).toEqual(whole);
      }
    },
  );

  it('puts what is unknown last in both directions', () => {
    const ranks = (sort: string): (number | null)[] => walk(items(12), sort, 5).map(({ rank }) => rank);
    expect(ranks('rank').slice(-3)).toEqual([null, null, null]);
    expect(ranks('-rank').slice(-3)).toEqual([null, null, null]);
  });

  it('neither repeats nor hides what stays while other items come and go', () => {
    const all = items(30);
    const first = page(all, { sort: byName, limit: 10 });
    const gone = new Set([first.items[3], first.items.at(-1)]);
    const changed = [...all.filter((item) => !gone.has(item)), { id: 'x', name: 'a0', rank: 1 }];
    const rest = page(changed, { sort: byName, limit: 500, cursor: first.nextCursor ?? '' }).items;
    expect([...first.items, ...rest].map(({ id }) => id).sort()).toEqual(all.map(({ id }) => id).sort());
  });

  it('says what is left, what came before and where each item stands', () => {
    const all = items(5);
    const first = page(all, { sort: byName, limit: 2 });
    expect({ total: first.total, before: first.hasPreviousPage }).toEqual({ total: 5, before: false });
    const [one] = first.items;
    const afterOne = page(all, { sort: byName, limit: 9, cursor: first.cursorOf(one as Item) });
    expect(afterOne.items).toHaveLength(4);
    expect({ next: afterOne.nextCursor, before: afterOne.hasPreviousPage }).toEqual({
      next: null,
      before: true,
    });
  });

  it('has no next cursor where the last page is exactly full', () => {
    expect(page(items(4), { sort: byName, limit: 4 }).nextCursor).toBeNull();
  });

  it('refuses a cursor that was mangled, or was given for another order or filter', () => {
    const all = items(10);
    const cursor = page(all, { sort: byName, limit: 3, tag: 'a' }).nextCursor ?? '';
    const use =
      (text: string, sort = byName, tag = 'a') =>
      (): unknown =>
        page(all, { sort, limit: 3, cursor: text, tag });
    expect(use(cursor)).not.toThrow();
    expect(use(cursor, parseSort('-name', FIELDS))).toThrow('INVALID_CURSOR');
    expect(use(cursor, byName, 'b')).toThrow('INVALID_CURSOR');
    const forged = Buffer.from(Buffer.from(cursor, 'base64url').toString().replace(/n\d/, 'n4')).toString(
      'base64url',
    );
    const others = [
      '',
      'x',
      '!!!',
      'W10',
      `${cursor}A`,
      cursor.slice(1),
      cursor.slice(0, -2),
      forged,
      'e30',
      'bnVsbA',
    ];
    for (const text of others) expect(use(text)).toThrow('INVALID_CURSOR');
    for (let index = 0; index < cursor.length; index += 1) {
      const swapped = cursor[index] === 'A' ? 'B' : 'A';
      expect(use(cursor.slice(0, index) + swapped + cursor.slice(index + 1))).toThrow('INVALID_CURSOR');
    }
  });
});

describe('lists through both faces', () => {
  let service: StartedApp;
  beforeAll(async () => {
    service = await startApp({ extra: [DummyModule] });
  });
  afterAll(() => service.close());

  it('link to the next page in REST, keeping the other parameters', async () => {
    const names: string[] = [];
    let next: string | undefined = '/v1/things?limit=2&sort=-name&label=a&label=b';
    while (next !== undefined) {
      const { body, headers } = await service.http.get(next);
      expect(Object.keys(body)).toEqual(['items', 'nextCursor', 'total', 'engines']);
      names.push(...(body.items as { name: string }[]).map(({ name }) => name));
      next = /^<([^>]+)>; rel="next"$/.exec(headers.link ?? '')?.[1];
      expect(next === undefined).toBe(body.nextCursor === null);
      if (next !== undefined) expect(next).toContain('sort=-name&label=a&label=b&cursor=');
    }
    expect(names).toEqual(['eye', 'davit', 'cleat', 'bollard', 'anchor']);
  });

  it('are Relay connections in GraphQL, over the same cursors', async () => {
    const query = `query ($after: String) { things(first: 2, after: $after) { totalCount
      nodes { name } edges { cursor node { name } } engines { name }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
    interface Things {
      things: {
        nodes: { name: string }[];
        edges: { cursor: string; node: { name: string } }[];
        pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
      };
    }
    const seen: string[] = [];
    let after: string | undefined;
    for (let more = true; more;) {
      const { data } = await service.gql<Things>(query, { after });
      const { nodes, edges, pageInfo } = data?.things ?? { nodes: [], edges: [], pageInfo: undefined };
      expect(edges.map(({ node }) => node)).toEqual(nodes);
      expect([pageInfo?.startCursor, pageInfo?.endCursor]).toEqual([edges[0]?.cursor, edges.at(-1)?.cursor]);
      expect(pageInfo?.hasPreviousPage).toBe(after !== undefined);
      seen.push(...nodes.map(({ name }) => name));
      more = pageInfo?.hasNextPage ?? false;
      after = pageInfo?.endCursor;
    }
    expect(seen).toEqual(['anchor', 'bollard', 'cleat', 'davit', 'eye']);
    const rest = await service.http.get('/v1/things?limit=2');
    const { data } = await service.gql<Things>(query, { after: rest.body.nextCursor });
    expect(data?.things.nodes[0]?.name).toBe('cleat');
  });

  it('refuse a cursor that is not theirs, in both faces', async () => {
    expect((await service.http.get('/v1/things?cursor=bogus')).body).toMatchObject({
      status: 400,
      code: 'INVALID_CURSOR',
    });
    const { errors } = await service.gql('{ things(after: "bogus") { totalCount } }');
    expect(errors?.[0]?.extensions).toMatchObject({ status: 400, code: 'INVALID_CURSOR' });
  });
});
