import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isCrowded } from '../../src/http/input.pipe.js';
import { startApp, type StartedApp } from '../support/start-app.js';
import { DummyModule } from './dummy.module.js';

const MAKE = 'mutation ($input: MakeThingInput!) { makeThing(input: $input) }';

describe('inputs', () => {
  let service: StartedApp;
  beforeAll(async () => {
    service = await startApp({ extra: [DummyModule] });
  });
  afterAll(() => service.close());

  async function overGraphql(input: object): Promise<unknown> {
    const answer = await service.gql<{ makeThing: string }>(MAKE, { input });
    expect(answer.errors).toBeUndefined();
    return JSON.parse(answer.data?.makeThing ?? 'null');
  }

  it('are the same to a room through both faces: maps as objects here, as lists there', async () => {
    const common = { name: 'a', colour: 'red', parts: [{ name: 'p', grams: 3 }], core: { name: 'c' } };
    const labels = { team: 'x', toString: 'y', hasOwnProperty: 'z', then: 't', '': undefined };
    const rest = await service.http.post('/v1/things').send({ ...common, labels });
    expect(rest.status).toBe(200);
    const pairs = Object.entries(labels).filter(([key]) => key !== '');
    const graphql = await overGraphql({ ...common, labels: pairs.map(([key, value]) => ({ key, value })) });
    expect(graphql).toEqual(rest.body);
    expect(rest.body).toEqual({ ...common, labels: Object.fromEntries(pairs) });
  });

  it('take null for absent where a field is optional', async () => {
    const absent = { name: 'a', colour: null, labels: null, parts: null, core: null };
    expect((await service.http.post('/v1/things').send(absent)).body).toEqual({ name: 'a' });
    expect(await overGraphql(absent)).toEqual({ name: 'a' });
  });

  it.each([
    [{}, 'name'],
    [{ name: null }, 'name'],
    [{ name: 5 }, 'name'],
    [{ name: ['a'] }, 'name'],
    [{ name: 'x'.repeat(5000) }, 'name'],
    [{ name: 'a', colour: 'blue' }, 'colour'],
    [{ name: 'a', surprise: 1 }, 'surprise'],
    [{ name: 'a', core: [] }, 'core'],
    [{ name: 'a', core: 'x' }, 'core'],
    [{ name: 'a', core: { name: 'c', grams: 0 } }, 'core.grams'],
    [{ name: 'a', core: { name: 'c', grams: 1.5 } }, 'core.grams'],
    [{ name: 'a', core: { name: 'c', grams: '7' } }, 'core.grams'],
    [{ name: 'a', core: { name: 'c', odd: 1 } }, 'core.odd'],
    [{ name: 'a', parts: {} }, 'parts'],
    [{ name: 'a', parts: [{ name: 'p' }, { name: 7 }] }, 'parts[1].name'],
    [{ name: 'a', parts: ['p'] }, 'parts'],
    [{ name: 'a', parts: Array.from({ length: 1001 }, () => ({ name: 'p' })) }, 'parts'],
    [{ name: 'a', labels: [] }, 'labels'],
    [{ name: 'a', labels: [{ key: 'a', value: 'b' }] }, 'labels'],
    [{ name: 'a', labels: 'x' }, 'labels'],
    [{ name: 'a', labels: { a: 1 } }, 'labels'],
    [{ name: 'a', labels: { '': 'x' } }, 'labels'],
    [{ name: 'a', labels: { constructor: 'x' } }, 'labels.constructor'],
    [{ name: 'a', labels: { prototype: 'x' } }, 'labels.prototype'],
  ])('are refused in REST where a field is wrong: %# names %s', async (input, field) => {
    const { status, body } = await service.http.post('/v1/things').send(input);
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'VALIDATION_FAILED' });
    const fields = (body.errors as { field: string; message: string }[]).map((error) => error.field);
    expect(fields.some((one) => one === field || one.startsWith(`${field}[`))).toBe(true);
    expect(body.detail).toMatch(/^.+\.$/);
  });

  it.each([
    [{ name: 'a', core: { name: 'c', grams: 0 } }, 'core.grams', 'must not be less than 1'],
    [
      {
        name: 'a',
        labels: [
          { key: 'a', value: '1' },
          { key: 'a', value: '2' },
        ],
      },
      'labels',
      'has the key "a" twice',
    ],
    [{ name: 'a', labels: [{ key: '', value: '1' }] }, 'labels', 'may not have an empty key'],
    [{ name: 'a', labels: [{ key: '__proto__', value: '1' }] }, 'labels', 'may not have the key "__proto__"'],
    [
      { name: 'a', labels: [{ key: 'constructor', value: '1' }] },
      'labels',
      'may not have the key "constructor"',
    ],
    [{ name: 'a', parts: [{ name: 7 }] }, 'parts[0].name', 'String cannot represent a non string value'],
    [{ name: 'a', surprise: 1 }, 'input', 'Field "surprise" is not defined by type "MakeThingInput".'],
  ])('are refused in GraphQL where a field is wrong: %# names %s', async (input, field, message) => {
    const { errors } = await service.gql(MAKE, { input });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'VALIDATION_FAILED', status: 400 });
    expect(errors?.[0]?.extensions.errors).toContainEqual({ field, message });
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=501', 'limit'],
    ['limit=-1', 'limit'],
    ['limit=abc', 'limit'],
    ['limit=1e2', 'limit'],
    ['limit=5&limit=6', 'limit'],
    ['limit=', 'limit'],
    ['name=a&name=b', 'name'],
    ['loud=yes', 'loud'],
    ['colour=red', 'colour'],
    ['sort=weight', 'sort'],
    ['sort=name,name', 'sort'],
    ['sort=name,,', 'sort'],
    ['__proto__=x', '__proto__'],
  ])('are refused in a query: %s', async (query, field) => {
    const { status, body } = await service.http.get(`/v1/things?${query}`);
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'VALIDATION_FAILED' });
    expect(body.errors[0].field).toBe(field);
  });

  it.each([
    ['first: 0', 'first'],
    ['first: 501', 'first'],
    ['first: -3', 'first'],
    ['orderBy: "weight"', 'sort'],
  ])('are refused as arguments: %s', async (args, field) => {
    const { errors } = await service.gql(`{ things(${args}) { totalCount } }`);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ field }] });
  });

  it('accept one value and many of a parameter that may be repeated', async () => {
    expect((await service.http.get('/v1/things?label=a')).status).toBe(200);
    expect((await service.http.get('/v1/things?label=a&label=b&loud=false')).status).toBe(200);
  });
});

describe('a text that holds more values than an input may', () => {
  it('is told without reading it', () => {
    const list = (length: number): string => JSON.stringify(Array.from({ length }, () => ',"\\[{'));
    expect(isCrowded(list(9_999))).toBe(false);
    expect(isCrowded(list(10_001))).toBe(true);
    expect(isCrowded('['.repeat(10_001))).toBe(true);
    expect(isCrowded('{"a":'.repeat(10_001))).toBe(true);
  });

  it('is never one that holds fewer, whatever is in them', () => {
    fc.assert(fc.property(fc.jsonValue({ maxDepth: 4 }), fc.string(), (value, text) => {
      const crowd = JSON.stringify([value, text.repeat(20), '"', '\\"\\', ',{['.repeat(5_000)]);
      expect(isCrowded(crowd)).toBe(false);
    }));
  });
});
