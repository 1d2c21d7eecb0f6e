import {
  buildSchema, getNamedType, isEnumType, isInputObjectType, isLeafType, isListType, isNonNullType, isRequiredArgument,
  isRequiredInputField, isScalarType, type GraphQLArgument, type GraphQLField, type GraphQLInputField, type GraphQLInputType,
  type GraphQLOutputType, type GraphQLObjectType, type GraphQLSchema,
} from 'graphql';
import { readFileSync } from 'node:fs';

/** `least`: what must be said. `most`: everything. `wrong`: secrets in lists, and fields beside that are not there. */
export const MANNERS = ['least', 'most', 'wrong'] as const;
export type Manner = (typeof MANNERS)[number];

/** What inputs are filled with. */
export interface Filling {
  readonly secret: string;
  /** Things that are there, by the names of parameters and fields: `{ network: 'shop' }`. */
  readonly known: Readonly<Record<string, string>>;
}

export interface RestRequest {
  /** `POST /v1/networks` */
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  /** Names of what its query can hold, and what each could be. */
  readonly query: readonly (readonly [name: string, value: unknown])[];
  readonly body: unknown;
}

export interface GraphqlRequest {
  /** `createNetwork` */
  readonly operation: string;
  readonly kind: 'query' | 'mutation' | 'subscription';
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly example?: unknown;
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const SECRET_FIELD = /^(ca|cert|key|privateKey|passphrase|password|headers)$/;
const DEEPEST_SELECTION = 3;
/** What is there is looked at first, and taken away last. */
const ORDER = ['get', 'post', 'put', 'patch', 'delete'];
const TAKES_AWAY = /^(remove|revoke|detach|prune)/;

/** A request for every operation of the REST face. */
export function restRequests(document: unknown, filling: Filling, manner: Manner): RestRequest[] {
  const { paths, components } = document as OpenApi;
  const known = (name: string): string => filling.known[name] ?? 'absent-thing';
  return Object.entries(paths).flatMap(([path, operations]) => Object.entries(operations).map(([method, { parameters = [], requestBody }]) => ({
    operation: `${method.toUpperCase()} ${path}`,
    method: method.toUpperCase(),
    path: path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(name === 'id' ? known('attachment') : known(name))),
    query: parameters.filter((one) => one.in === 'query').map(({ name, schema }) => [name, fillOf(schema, name)] as const),
    body: requestBody && fillOf(Object.values(requestBody.content)[0]?.schema ?? {}),
  }))).sort((one, other) => ORDER.indexOf(one.method.toLowerCase()) - ORDER.indexOf(other.method.toLowerCase()));

  function fillOf(schema: Schema, field = ''): unknown {
    if (schema.$ref !== undefined) return fillOf(components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}, field);
    if (schema.allOf !== undefined) return fillOf(schema.allOf[0] ?? {}, field);
    if (schema.type === 'array') return [fillOf(schema.items ?? {}, field)];
    if (schema.type === 'object') return schema.properties ? objectOf(schema) : { some: fillOf(schema.additionalProperties ?? {}, field) };
    if (schema.type !== 'string') return schema.example ?? schema.enum?.[0] ?? (schema.type === 'boolean' ? false : 1);
    return text(field, filling, manner, schema.example ?? schema.enum?.[0]);
  }

  function objectOf({ properties = {}, required = [] }: Schema): object {
    const wanted = Object.entries(properties).filter(([name]) => manner !== 'least' || required.includes(name));
    return { ...Object.fromEntries(wanted.map(([name, schema]) => [name, fillOf(schema, name)])), ...beside(filling, manner) };
  }
}

/** The same for GraphQL, with everything that an answer can show down to a depth. */
export function graphqlRequests(filling: Filling, manner: Manner): GraphqlRequest[] {
  const schema = committedSchema();
  return [
    ...fieldsOf(schema.getQueryType()).map((field) => operationOf('query', field, filling, manner)),
    ...fieldsOf(schema.getMutationType()).map((field) => operationOf('mutation', field, filling, manner)),
  ].sort((one, other) => Number(TAKES_AWAY.test(one.operation)) - Number(TAKES_AWAY.test(other.operation)));
}

/** What can be followed, which goes over a socket. */
export function subscriptionRequests(filling: Filling, manner: Manner): GraphqlRequest[] {
  return fieldsOf(committedSchema().getSubscriptionType()).map((field) => operationOf('subscription', field, filling, manner));
}

function committedSchema(): GraphQLSchema {
  return buildSchema(readFileSync('schema.graphql', 'utf8'));
}

function fieldsOf(type?: GraphQLObjectType | null): GraphQLField<unknown, unknown>[] {
  return Object.values(type?.getFields() ?? {});
}

function operationOf(kind: GraphqlRequest['kind'], field: GraphQLField<unknown, unknown>, filling: Filling, manner: Manner): GraphqlRequest {
  const args = field.args.filter((arg) => manner !== 'least' || isRequiredArgument(arg));
  const declared = args.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ');
  const passed = args.map(({ name }) => `${name}: $${name}`).join(', ');
  const subject = /network|container|attachment|webhook|apiKey|engine|node|service|task|swarm/i.exec(field.name)?.[0].toLowerCase() ?? '';
  const known = filling.known[subject === 'apikey' ? 'apiKey' : subject] ?? 'absent-thing';
  const own = { ...filling, known: { ref: known, id: known, name: known, ...filling.known } };
  return {
    operation: field.name,
    kind,
    query: `${kind}${declared && `(${declared})`} { ${field.name}${passed && `(${passed})`}${selectionOf(field.type)} }`,
    variables: Object.fromEntries(args.map((arg) => [arg.name, valueOf(arg, arg.type, own, manner)])),
  };
}

function valueOf(named: GraphQLArgument | GraphQLInputField, type: GraphQLInputType, filling: Filling, manner: Manner, within = ''): unknown {
  if (isNonNullType(type)) return valueOf(named, type.ofType, filling, manner, within);
  if (isListType(type)) return [valueOf(named, type.ofType, filling, manner, within)];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter((field) => manner !== 'least' || isRequiredInputField(field));
    return {
      ...Object.fromEntries(fields.map((field) => [field.name, valueOf(field, field.type, filling, manner, named.name)])),
      ...beside(filling, manner),
    };
  }
  if (isScalarType(type) && type.name === 'Boolean') return false;
  if (isScalarType(type) && /Int|Float/.test(type.name)) return 1;
  // Maps are lists of keys and values here: the names of headers are no secret, the keys and values of labels neither.
  if (within === 'headers') return named.name === 'value' ? filling.secret : 'some';
  if (/labels|options/i.test(within)) return 'some';
  return text(named.name, filling, manner, undefined);
}

function text(field: string, { secret, known }: Filling, manner: Manner, example: unknown): unknown {
  if (!SECRET_FIELD.test(field)) return known[field] ?? example ?? 'some';
  return manner === 'wrong' ? [secret] : secret;
}

function beside({ secret }: Filling, manner: Manner): object {
  return manner === 'wrong' ? { misplaced: { password: secret } } : {};
}

function selectionOf(output: GraphQLOutputType, depth = 0): string {
  const type = getNamedType(output);
  if (isLeafType(type)) return '';
  const fields = Object.values((type as GraphQLObjectType).getFields())
    .filter((field) => !field.args.some(isRequiredArgument) && (depth < DEEPEST_SELECTION || isLeafType(getNamedType(field.type))));
  return ` { ${['__typename', ...fields.map((field) => `${field.name}${selectionOf(field.type, depth + 1)}`)].join(' ')} }`;
}
