import {
  getNullableType,
  GraphQLString,
  isListType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import { IDEMPOTENCY_KEY_ARGUMENT } from './args.js';
import { toKeyValues, type StringMap } from '../faces/string-map.js';

/** Nest's resolver for a field that is a plain property; graphql-js reads such a property by itself, faster. */
const TRIVIAL_RESOLVER = 'rootFieldResolver';

/** What is done to the schema that Nest drew up from the decorators, before it is served. */
export function finishSchema(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      if (field.resolve?.name === TRIVIAL_RESOLVER) field.resolve = undefined;
      if (field.resolve === undefined && isMapField(field.type)) field.resolve = resolveMap(field.name);
    }
  }
  takeIdempotencyKeys(schema);
  describeRoots(schema);
  return schema;
}

/** Mutations take a key as REST's writes take a header: all of them, and none of the rooms knows of it. */
function takeIdempotencyKeys(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    if (field.args.some(({ name }) => name === IDEMPOTENCY_KEY_ARGUMENT)) continue;
    field.args = [...field.args, IDEMPOTENCY_KEY].sort((a, b) => a.name.localeCompare(b.name));
  }
}

const IDEMPOTENCY_KEY: GraphQLArgument = {
  name: IDEMPOTENCY_KEY_ARGUMENT,
  description:
    '1 to 255 visible ASCII characters of your own making. The same mutation with the same arguments and key within ' +
    '24 h is not carried out again but answered like the first.',
  type: GraphQLString,
  defaultValue: undefined,
  deprecationReason: undefined,
  extensions: {},
  astNode: undefined,
};

function isMapField(type: GraphQLOutputType): boolean {
  const list = getNullableType(type);
  return isListType(list) && String(getNullableType(list.ofType)) === 'KeyValue';
}

/** Maps are objects in the domain and in REST; only here do they become lists. */
function resolveMap(
  name: string,
): GraphQLFieldResolver<Record<string, StringMap | null | undefined>, unknown> {
  return (source) => {
    const map = source[name];
    return map === null || map === undefined ? map : toKeyValues(map);
  };
}

const ROOTS = {
  Query: 'What can be asked. Answers come from memory: no query asks an engine.',
  Mutation: 'What can be changed. A mutation answers after the change shows in queries.',
  Subscription: 'What can be followed, over a WebSocket with the graphql-transport-ws protocol.',
};

function describeRoots(schema: GraphQLSchema): void {
  for (const [name, description] of Object.entries(ROOTS)) {
    const type = schema.getType(name);
    if (isObjectType(type)) type.description ??= description;
  }
}
