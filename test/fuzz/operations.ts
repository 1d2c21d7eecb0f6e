import { readFileSync } from 'node:fs';
import { graphqlRequests, restRequests, subscriptionRequests, type Filling, type Manner, type RestRequest } from '../support/operation-walk.js';
import { graphqlCase, restCase, type Draw, type Sent } from './cases.js';

/** Something that can be asked for, over HTTP or over a socket. */
export interface Operation {
  readonly name: string;
  readonly over: 'http' | 'socket';
  readonly of: (draw: Draw) => Sent;
}

/** What is answered beside the operations in the documents. */
const PAGES = ['/docs', '/docs-json', '/graphql', '/openapi.json', '/asyncapi.json', '/nowhere', '/v1', '/v1/nowhere'];
/** What takes away what the others ask about comes after them; then engines that are not there, for which much is refused. */
const ORDER = [/^(DELETE|remove|revoke|prune|detach|POST .*prune)/, /^(POST \/v1\/engines$|addEngine)/];

/** Every REST operation, page, query, mutation and subscription, in the order to ask in. */
export function operationsWith(filling: Filling): Operation[] {
  const document: unknown = JSON.parse(readFileSync('openapi.json', 'utf8'));
  const rest = (manner: Manner): RestRequest[] => [...restRequests(document, filling, manner), ...PAGES.map(page)];
  const prefixed = (manner: Manner) => subscriptionRequests(filling, manner).map((one) => ({ ...one, operation: `subscription ${one.operation}` }));
  return [
    ...inBothManners(rest, 'http', restCase),
    ...inBothManners((manner) => graphqlRequests(filling, manner), 'http', graphqlCase),
    ...inBothManners(prefixed, 'socket', graphqlCase),
  ].sort((one, other) => turnOf(one) - turnOf(other));
}

function inBothManners<T extends { readonly operation: string }>(
  make: (manner: Manner) => readonly T[],
  over: Operation['over'],
  caseOf: (request: T, draw: Draw) => Sent,
): Operation[] {
  const most = new Map(make('most').map((request) => [request.operation, request]));
  return make('least').map((least) => ({
    ...{ name: least.operation, over },
    of: (draw) => caseOf((draw.manner === 'most' ? most.get(least.operation) : undefined) ?? least, draw),
  }));
}

function page(path: string): RestRequest {
  return { operation: `GET ${path}`, method: 'GET', path, query: [['query', '{ engines { name } }']], body: undefined };
}

function turnOf({ name }: Operation): number {
  return ORDER.findIndex((names) => names.test(name));
}
