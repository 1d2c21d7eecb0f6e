import { ATTACHMENTS_EACH, BUILTIN_NETWORKS, CONTAINERS, NETWORKS } from '../filled-engine.ts';
import { EVERYTHING, MAP } from './graphql-queries.ts';
import type { HttpCall, HttpClient } from '../http-client.ts';

export type Server = 'service' | 'engine' | 'plain';

/** One way to learn all networks with their attachments and containers. */
export interface Way {
  readonly name: string;
  readonly server: Server;
  /** Requests that it takes. */
  readonly requests: number;
  /** Connections that one client opens for it. */
  readonly connections: number;
  /** The requests, where they are known beforehand. */
  readonly calls?: readonly HttpCall[];
  /** Asks once and answers everything that came. */
  ask(client: HttpClient): Promise<readonly Buffer[]>;
  /** Counts what came; the benchmark compares it with what there is. */
  count(answers: readonly Buffer[]): Counts;
}

export interface Counts {
  readonly networks: number;
  readonly attachments: number;
  readonly containers: number;
}

export const EXPECTED: Counts = {
  networks: NETWORKS + BUILTIN_NETWORKS,
  attachments: CONTAINERS * ATTACHMENTS_EACH,
  containers: CONTAINERS,
};

const NETWORK_LIST = '/v1/networks?include=attachments&limit=500';
const CONTAINER_LIST = '/v1/containers?limit=500';
/** Up to this version of its API an engine shows in its list of networks who is on them (engine-facts 1.5). */
const TELLING_LIST = '/v1.27/networks';
const ENGINE_CONTAINER_LIST = '/containers/json?all=1';

const networksInRest: HttpCall = { method: 'GET', path: NETWORK_LIST };
const containersInRest: HttpCall = { method: 'GET', path: CONTAINER_LIST };

export const REST_ONE = asIs('REST, 1 call', 'service', [networksInRest], countRest);
export const REST_BOTH = asIs('REST, 2 calls', 'service', [networksInRest, containersInRest], countRest);
export const GRAPHQL_ALL = asIs('GraphQL, every field', 'service', [graphql(EVERYTHING)], countGraphql);
export const GRAPHQL_MAP = asIs('GraphQL, a map', 'service', [graphql(MAP)], countGraphql);
export const ENGINE_CHEAPEST = asIs(
  'engine, 2 lists',
  'engine',
  [{ method: 'GET', path: TELLING_LIST }, { method: 'GET', path: ENGINE_CONTAINER_LIST }],
  ([networks, containers]) => countEngine(parseList(networks), parseList(containers)),
);
export const ENGINE_ONE_BY_ONE = inspectEach('engine, one by one', 1);
export const ENGINE_EIGHT = inspectEach('engine, 8 at once', 8);
export const PLAIN_REST = asIs('plain node:http, bytes of REST', 'plain', [{ method: 'GET', path: '/rest' }], countRest);
export const PLAIN_GRAPHQL = asIs(
  'plain node:http, bytes of GraphQL', 'plain', [{ method: 'GET', path: '/graphql' }], countGraphql,
);

export const WAYS: readonly Way[] = [
  REST_ONE, REST_BOTH, GRAPHQL_ALL, GRAPHQL_MAP, ENGINE_ONE_BY_ONE, ENGINE_EIGHT, ENGINE_CHEAPEST, PLAIN_REST,
  PLAIN_GRAPHQL,
];

/** How the engine is meant to be asked: its lists say what there is, inspecting says who is where. */
function inspectEach(name: string, connections: number): Way {
  return {
    name,
    server: 'engine',
    requests: 2 + EXPECTED.networks + EXPECTED.containers,
    connections,
    ask: async (client) => {
      const [networks, containers] = await Promise.all([client.get('/networks'), client.get(ENGINE_CONTAINER_LIST)]);
      const paths = [
        ...parseList(networks).map(({ Id }) => `/networks/${Id}`),
        ...parseList(containers).map(({ Id }) => `/containers/${Id}/json`),
      ];
      return inTurn(paths, connections, (path) => client.get(path));
    },
    count: (answers) => {
      const objects = answers.map((answer) => JSON.parse(answer.toString('utf8')) as EngineObject);
      return countEngine(objects.filter(isNetwork), objects.filter((object) => !isNetwork(object)));
    },
  };
}

function asIs(name: string, server: Server, calls: readonly HttpCall[], count: Way['count']): Way {
  const ask = (client: HttpClient): Promise<readonly Buffer[]> => inTurn(calls, 1, (call) => client.send(call));
  return { name, server, requests: calls.length, connections: 1, calls, ask, count };
}

/** The answers in the order of the items; at most so many on the way at once. */
async function inTurn<T>(items: readonly T[], atOnce: number, ask: (item: T) => Promise<Buffer>): Promise<Buffer[]> {
  const answers = new Array<Buffer>(items.length);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let own = next++; own < items.length; own = next++) answers[own] = await ask(items[own] as T);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return answers;
}

function graphql(query: string): HttpCall {
  return { method: 'POST', path: '/graphql', body: JSON.stringify({ query }) };
}

interface EngineObject {
  readonly Id: string;
  /** Of a network. */
  readonly Containers?: Readonly<Record<string, unknown>>;
}

interface NetworkOnTheWire {
  readonly attachments: readonly { readonly containerId?: string; readonly container?: { readonly id: string } }[];
}

function isNetwork(object: EngineObject): boolean {
  return object.Containers !== undefined;
}

function parseList(answer: Buffer | undefined): readonly EngineObject[] {
  return JSON.parse(String(answer)) as EngineObject[];
}

function countEngine(networks: readonly EngineObject[], containers: readonly EngineObject[]): Counts {
  const attachments = networks.flatMap(({ Containers }) => Object.keys(Containers ?? {}));
  return { networks: networks.length, attachments: attachments.length, containers: containers.length };
}

function countRest([networks, containers]: readonly Buffer[]): Counts {
  const counts = countNetworks((JSON.parse(String(networks)) as { items: NetworkOnTheWire[] }).items);
  if (containers === undefined) return counts;
  return { ...counts, containers: (JSON.parse(String(containers)) as { items: unknown[] }).items.length };
}

function countGraphql([answer]: readonly Buffer[]): Counts {
  const { data } = JSON.parse(String(answer)) as { data: { networks: { nodes: NetworkOnTheWire[] } } };
  return countNetworks(data.networks.nodes);
}

function countNetworks(networks: readonly NetworkOnTheWire[]): Counts {
  const attachments = networks.flatMap((network) => network.attachments);
  const containers = new Set(attachments.map(({ container, containerId }) => container?.id ?? containerId));
  return { networks: networks.length, attachments: attachments.length, containers: containers.size };
}
