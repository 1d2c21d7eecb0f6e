import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../src/errors/error-codes.js';
import { startApp, type StartedApp } from '../support/start-app.js';

interface Schema {
  readonly $ref?: string;
  readonly description?: string;
  readonly example?: unknown;
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly nullable?: boolean;
}

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly object[];
  readonly parameters?: readonly (Schema & { readonly name: string })[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, { readonly description?: string; readonly content?: object }>>;
}

interface Description {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

describe('the OpenAPI document', () => {
  let service: StartedApp;
  let text: string;
  let document: Description;
  let operations: [string, Operation][];
  beforeAll(async () => {
    service = await startApp();
    ({ text } = await service.stranger.get('/openapi.json'));
    document = JSON.parse(text) as Description;
    operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, one]): [string, Operation] => [`${method} ${path}`, one]),
    );
  });
  afterAll(() => service.close());

  const failing = (rule: (one: Operation, name: string) => boolean): string[] =>
    operations.filter(([name, one]) => !rule(one, name)).map(([name]) => name);

  it('is of version 3.1 and tells null by type, not by `nullable`', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(text).not.toContain('"nullable"');
    expect(operations.length).toBeGreaterThan(10);
  });

  it('names, sums up, describes and sorts every operation', () => {
    expect(
      failing(({ operationId, summary, description, tags }) => {
        return Boolean(operationId && summary && description && tags?.length);
      }),
    ).toEqual([]);
    const ids = operations.map(([, { operationId }]) => operationId);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  it('says of every operation who may call it', () => {
    expect(failing(({ security }) => security !== undefined && security.length > 0)).toEqual([]);
  });

  it('describes every parameter, property and answer', () => {
    const bare = operations.flatMap(([name, { parameters = [], responses }]) => [
      ...parameters
        .filter(({ description }) => !description)
        .map((parameter) => `${name}: ${parameter.name}`),
      ...Object.entries(responses)
        .filter(([, { description }]) => !description)
        .map(([code]) => `${name}: ${code}`),
    ]);
    const properties = Object.entries(document.components.schemas).flatMap(
      ([name, { properties: all = {} }]) =>
        Object.entries(all)
          .filter(([, { description }]) => !description)
          .map(([field]) => `${name}.${field}`),
    );
    expect([...bare, ...properties]).toEqual([]);
  });

  it('names each code of a failure once, with an example', () => {
    const failures = operations.flatMap(([name, { responses }]) =>
      Object.entries(responses).map(([status, { description = '', content = {} }]) => {
        const { examples } = (content as Record<string, { examples: object } | undefined>)['application/problem+json'] ?? { examples: {} };
        return { name, status, told: [...description.matchAll(/`([A-Z_]+)`/g)].map(([, code]) => code), examples: Object.keys(examples) };
      }),
    );
    const wrong = failures.filter(({ told, examples }) => examples.length > 0 && told.sort().join() !== examples.sort().join());
    expect(failures.some(({ examples }) => examples.length > 1)).toBe(true);
    expect(wrong).toEqual([]);
  });

  it('gives an example wherever there is a body', () => {
    const schemaOf = ({ $ref, allOf, ...rest }: Schema): Schema => {
      const name = ($ref ?? allOf?.[0]?.$ref)?.split('/').at(-1);
      return name === undefined ? rest : (document.components.schemas[name] ?? {});
    };
    const hasExample = (schema: Schema): boolean => {
      const { example, properties = {} } = schemaOf(schema);
      return example !== undefined || Object.values(properties).some((one) => one.example !== undefined);
    };
    expect(
      failing(({ requestBody }) => {
        return (
          requestBody === undefined ||
          Object.values(requestBody.content).every(({ schema }) => hasExample(schema))
        );
      }),
    ).toEqual([]);
  });

  it('says of every write what it can fail with that was asked for with an idempotency key', () => {
    const writes = operations.filter(([name]) => /^(post|put|patch|delete) /.test(name)).map(([name]) => name);
    expect(writes.length).toBeGreaterThan(10);
    const keyed = ['IDEMPOTENCY_IN_PROGRESS', 'IDEMPOTENCY_UNFINISHED', 'IDEMPOTENCY_KEY_REUSED', 'SECRET_KEY_MISMATCH', 'DATABASE_UNAVAILABLE'];
    const codesOf = ({ responses }: Operation): string => Object.values(responses).map(({ description }) => description).join();
    expect(failing((one, name) => !writes.includes(name) || keyed.every((code) => codesOf(one).includes(`\`${code}\``)))).toEqual([]);
  });

  it('documents problems as problem+json, with codes that exist', () => {
    const isOpen = (one: Operation): boolean =>
      one.security?.some((scheme) => Object.keys(scheme).length === 0) ?? false;
    expect(failing((one) => isOpen(one) || one.responses['401']?.content !== undefined)).toEqual([]);
    const codes = operations.flatMap(([, { responses }]) =>
      Object.entries(responses).flatMap(([, { content, description = '' }]) =>
        content && 'application/problem+json' in content
          ? [...description.matchAll(/`(\w+)`/g)].map(([, code]) => code)
          : [],
      ),
    );
    expect(codes.filter((code) => !Object.keys(ERROR_CODES).includes(code ?? ''))).toEqual([]);
    expect(codes.length).toBeGreaterThan(20);
  });
});
