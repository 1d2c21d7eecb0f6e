import { readFileSync } from 'node:fs';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
  parse,
  validate,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type StartedApp } from '../support/start-app.js';

interface Described {
  readonly name: string;
  readonly description?: string | null;
}

function* everything(schema: GraphQLSchema): Generator<[string, Described]> {
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type) || isSpecifiedScalarType(type)) continue;
    yield [type.name, type];
    if (isEnumType(type)) for (const value of type.getValues()) yield [`${type.name}.${value.name}`, value];
    if (isInputObjectType(type))
      for (const field of Object.values(type.getFields())) yield [`${type.name}.${field.name}`, field];
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      yield [`${type.name}.${field.name}`, field];
      for (const argument of field.args) yield [`${type.name}.${field.name}(${argument.name})`, argument];
    }
  }
}

/** No lists by nature: objects of open shape, which REST shows as such and which may be absent. */
const OBJECTS = ['Event.previous'];

describe('the GraphQL schema', () => {
  let service: StartedApp;
  let schema: GraphQLSchema;
  beforeAll(async () => {
    service = await startApp();
    ({ schema } = service.app.get(GraphQLSchemaHost));
  });
  afterAll(() => service.close());

  it('describes every type, field, argument and value', () => {
    const all = [...everything(schema)];
    expect(all.length).toBeGreaterThan(100);
    expect(all.filter(([, { description }]) => !description?.trim()).map(([path]) => path)).toEqual([]);
  });

  it('answers the default query of GraphiQL', () => {
    const page = readFileSync('src/graphql/graphiql/page.js', 'utf8');
    const query = /DEFAULT_QUERY = `([^`]+)`/.exec(page)?.[1] ?? '';
    expect(validate(schema, parse(query)).map(({ message }) => message)).toEqual([]);
  });

  it('has no untyped JSON', () => {
    expect(Object.keys(schema.getTypeMap()).filter((name) => /json|any|object$/i.test(name))).toEqual([]);
  });

  it('never makes a list or its entries null', () => {
    const loose: string[] = [];
    for (const type of Object.values(schema.getTypeMap())) {
      if (!isObjectType(type) || isIntrospectionType(type)) continue;
      for (const field of Object.values(type.getFields())) {
        if (isLooseList(field.type) && !OBJECTS.includes(`${type.name}.${field.name}`))
          loose.push(`${type.name}.${field.name}: ${String(field.type)}`);
      }
    }
    expect(loose).toEqual([]);
  });

  it('shows every map as a list of KeyValue', () => {
    const network = schema.getType('Network');
    const fields = isObjectType(network) ? network.getFields() : {};
    for (const name of ['labels', 'options']) {
      const field = fields[name];
      expect(field && String(getNamedType(field.type))).toBe('KeyValue');
    }
  });
});

function isLooseList(type: GraphQLOutputType): boolean {
  const list = getNullableType(type);
  return isListType(list) && !(isNonNullType(type) && isNonNullType(list.ofType));
}
