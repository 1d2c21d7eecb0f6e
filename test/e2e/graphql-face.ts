import type { StartedApp } from '../support/start-app.js';
import type { Answer, Face, Input, LifecycleOptions, LifecycleVerb, List, Paging } from './face.js';
import { ATTACHMENT, CONTAINER, ENGINE, EVENT, FRAGMENTS, NETWORK, NODE, SERVICE, SWARM, TASK } from './graphql-selections.js';
import { fromGraphql, toGraphql } from './graphql-shapes.js';

type App = Pick<StartedApp, 'gql'>;

/** Types of the variables, by the name that they have in every operation. */
const TYPES: Readonly<Record<string, string>> = {
  ref: 'String!',
  id: 'ID!',
  name: 'String!',
  network: 'String!',
  container: 'String!',
  engine: 'String',
  ifMatch: 'String',
  idempotencyKey: 'String',
  dryRun: 'Boolean!',
  detach: 'Boolean!',
  force: 'Boolean!',
  replace: 'Boolean!',
  strict: 'Boolean!',
  timeoutSeconds: 'Int',
  first: 'Int!',
  after: 'String',
  orderBy: 'String',
};

interface Operation {
  readonly kind: 'query' | 'mutation';
  readonly field: string;
  readonly variables: Input;
  /** Type of `input` or `filter`, where there is one. */
  readonly types?: Readonly<Record<string, string>>;
  readonly selection: string;
}

/** The product over GraphQL, its answers in the shape of REST's. */
export function graphqlFace(app: App): Face {
  const get = async <T>(field: string, selection: string, variables: Input): Promise<Answer<T>> => {
    const answer = await run(app, { kind: 'query', field, variables, selection });
    return answer.ok ? resource<T>(answer.value) : answer;
  };
  const list = async <T>(field: string, selection: string, variables: Input, filterType: string): Promise<Answer<List<T>>> => {
    const page = `{ totalCount pageInfo { hasNextPage endCursor } engines { name state syncedAt } nodes ${selection} }`;
    const types = { filter: filterType };
    const answer = await run(app, { kind: 'query', field, variables, types, selection: page });
    return answer.ok ? { ok: true, value: listOf<T>(answer.value), warnings: [] } : answer;
  };
  const mutate = async <T>(field: string, key: string, variables: Input, inputType?: string): Promise<Answer<T>> => {
    const selection = `{ changed warnings ${key} ${SELECTIONS[key] ?? ''} }`;
    const types: Record<string, string> = inputType === undefined ? {} : { input: inputType };
    const answer = await run(app, { kind: 'mutation', field, variables, types, selection });
    if (!answer.ok) return answer;
    const { changed, warnings, [key]: made } = answer.value as { changed: boolean; warnings: string[] } & Record<string, unknown>;
    return { ...resource<T>(made), changed, warnings };
  };
  const change = (verb: LifecycleVerb, ref: string, options?: LifecycleOptions) =>
    mutate<never>(`${verb}Container`, 'container', { ref, ...options });
  return {
    name: 'GraphQL',
    createNetwork: (input, options) => mutate('createNetwork', 'network', { input, ...options }, 'CreateNetworkInput!'),
    getNetwork: (ref, options) => get('network', NETWORK, { ref, ...options }),
    listNetworks: (filter, paging, options) => {
      const selection = options?.include === undefined ? NETWORK : `{ ...network attachments ${ATTACHMENT} }`;
      return list('networks', selection, { filter, ...arguments_(paging) }, 'NetworkFilterInput');
    },
    removeNetwork: (ref, options) => mutate('removeNetwork', 'network', { ref, ...options }),
    pruneNetworks: async (input, options) => {
      const answer = await mutate<never[]>('pruneNetworks', 'networks', { input, ...options }, 'PruneNetworksInput');
      return answer.ok ? { ...answer, value: { networks: answer.value } } : answer;
    },
    attach: (input, options) => mutate('attach', 'attachment', { input, ...options }, 'AttachInput!'),
    detach: (network, container, options) => mutate('detach', 'attachment', { network, container, ...options }),
    removeAttachment: (id, options) => mutate('removeAttachment', 'attachment', { id, ...options }),
    getAttachment: (id) => get('attachment', ATTACHMENT, { id }),
    listAttachments: (filter, paging) =>
      list('attachments', ATTACHMENT, { filter, ...arguments_(paging) }, 'AttachmentFilterInput'),
    createContainer: (input, options) =>
      mutate('createContainer', 'container', { input, ...options }, 'CreateContainerInput!'),
    getContainer: (ref, options) => get('container', CONTAINER, { ref, ...options }),
    listContainers: (filter, paging) =>
      list('containers', CONTAINER, { filter, ...arguments_(paging) }, 'ContainerFilterInput'),
    removeContainer: (ref, options) => mutate('removeContainer', 'container', { ref, ...options }),
    changeContainer: change,
    startContainer: (ref, options) => change('start', ref, options),
    stopContainer: (ref, options) => change('stop', ref, options),
    restartContainer: (ref, options) => change('restart', ref, options),
    pauseContainer: (ref, options) => change('pause', ref, options),
    unpauseContainer: (ref, options) => change('unpause', ref, options),
    listEngines: (paging) => list('engines', ENGINE, arguments_(paging), ''),
    getEngine: (name) => get('engine', ENGINE, { name }),
    testEngine: async (name) => {
      const answer = await run(app, { kind: 'mutation', field: 'testEngine', variables: { name }, selection: ENGINE });
      return answer.ok ? resource(answer.value) : answer;
    },
    addEngine: (input, options) => mutate('addEngine', 'engine', { input, ...options }, 'AddEngineInput!'),
    updateEngine: (name, input, options) => mutate('updateEngine', 'engine', { name, input, ...options }, 'UpdateEngineInput!'),
    removeEngine: (name, options) => mutate('removeEngine', 'engine', { name, ...options }),
    listSwarms: (paging) => list('swarms', SWARM, arguments_(paging), ''),
    getSwarm: (ref) => get('swarm', SWARM, { ref }),
    formSwarm: (input, options) => mutate('formSwarm', 'swarm', { input, ...options }, 'FormSwarmInput!'),
    listNodes: (filter, paging) => list('swarmNodes', NODE, { filter, ...arguments_(paging) }, 'SwarmNodeFilterInput'),
    getNode: (ref) => get('swarmNode', NODE, { ref }),
    addNode: (input, options) => mutate('addSwarmNode', 'node', { input, ...options }, 'AddSwarmNodeInput!'),
    updateNode: (ref, input, options) => mutate('updateSwarmNode', 'node', { ref, input, ...options }, 'UpdateSwarmNodeInput!'),
    removeNode: (ref, options) => mutate('removeSwarmNode', 'node', { ref, ...options }),
    listServices: (filter, paging) => list('services', SERVICE, { filter, ...arguments_(paging) }, 'ServiceFilterInput'),
    getService: (ref) => get('service', SERVICE, { ref }),
    createService: (input, options) => mutate('createService', 'service', { input, ...options }, 'CreateServiceInput!'),
    updateService: (ref, input, options) => mutate('updateService', 'service', { ref, input, ...options }, 'UpdateServiceInput!'),
    removeService: (ref, options) => mutate('removeService', 'service', { ref, ...options }),
    listTasks: (filter, paging) => list('tasks', TASK, { filter, ...arguments_(paging) }, 'TaskFilterInput'),
    getTask: (ref) => get('task', TASK, { ref }),
    events: (filter, { after, limit } = {}) => list('events', EVENT, { filter, after, first: limit }, 'EventFilterInput'),
  };
}

const SELECTIONS: Readonly<Record<string, string>> = {
  engine: ENGINE,
  network: NETWORK,
  networks: NETWORK,
  attachment: ATTACHMENT,
  container: CONTAINER,
  swarm: SWARM,
  node: NODE,
  service: SERVICE,
};

function arguments_({ limit, cursor, sort }: Paging = {}): Input {
  return { first: limit, after: cursor, orderBy: sort };
}

async function run(app: App, { kind, field, variables, types, selection }: Operation): Promise<Answer<unknown>> {
  const given = Object.entries(variables).filter(([, value]) => value !== undefined);
  const declared = given.map(([name]) => `$${name}: ${types?.[name] ?? TYPES[name] ?? ''}`).join(', ');
  const passed = given.map(([name]) => `${name}: $${name}`).join(', ');
  const call = given.length === 0 ? `${kind} { ${field} ${selection} }` : `${kind} (${declared}) { ${field}(${passed}) ${selection} }`;
  const used = FRAGMENTS.filter(({ name }) => isUsed(name, selection)).map(({ text }) => text);
  const answer = await app.gql([call, ...used].join('\n'), Object.fromEntries(given.map(([name, value]) => [name, toGraphql(value)])));
  const [error] = answer.errors ?? [];
  if (error === undefined) return { ok: true, value: answer.data?.[field], warnings: [] };
  const { code, status, title: _title, requestId: _requestId, ...extras } = error.extensions;
  return { ok: false, code, status, detail: error.message, extras };
}

/** Fragments use each other: GraphQL refuses those that nothing uses. */
function isUsed(name: string, selection: string): boolean {
  if (selection.includes(`...${name} `)) return true;
  return FRAGMENTS.some((other) => other.name !== name && other.text.includes(`...${name} `) && isUsed(other.name, selection));
}

function resource<T>(shown: unknown): Extract<Answer<T>, { ok: true }> {
  const etag = (shown as { etag?: string } | null)?.etag;
  return { ok: true, value: fromGraphql(shown) as T, warnings: [], ...(etag === undefined ? {} : { etag }) };
}

interface Connection {
  readonly totalCount: number;
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly engines: List<never>['engines'];
  readonly nodes: readonly unknown[];
}

function listOf<T>(shown: unknown): List<T> {
  const { totalCount, pageInfo, engines, nodes } = shown as Connection;
  const nextCursor = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  return { items: nodes.map((node) => fromGraphql(node) as T), nextCursor, total: totalCount, engines };
}
