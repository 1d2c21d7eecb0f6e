import type { ApiKey } from '../../src/api-keys/api-key.js';
import type { StartedApp } from '../support/start-app.js';

export type Answer<T> =
  | { readonly ok: true; readonly value: T; readonly key?: string | null; readonly etag: string | null }
  | { readonly ok: false; readonly code: string; readonly status: number; readonly detail: string; readonly fields: readonly string[] };

export interface Write {
  readonly dryRun?: boolean;
  readonly ifMatch?: string;
  readonly idempotencyKey?: string;
  /** The key to come with, where not the administrator's. */
  readonly as?: string;
}

type Input = Readonly<Record<string, unknown>>;
/** JSON of any shape, until a test has looked at it. */
type Json = ReturnType<typeof JSON.parse>;

/** What can be done with API keys, the same on both faces. */
export interface KeyFace {
  create(input: Input, write?: Write): Promise<Answer<ApiKey>>;
  get(id: string): Promise<Answer<ApiKey>>;
  list(as?: string): Promise<Answer<readonly ApiKey[]>>;
  rotate(id: string, input: Input, write?: Write): Promise<Answer<ApiKey>>;
  revoke(id: string, write?: Write): Promise<Answer<unknown>>;
}

export function restFace({ url, key }: StartedApp): KeyFace {
  const call = async <T>(method: string, path: string, { dryRun, ifMatch, idempotencyKey, as = key }: Write, body?: Input): Promise<Answer<T>> => {
    const answer = await fetch(`${url}/v1/api-keys${path}${dryRun ? '?dryRun=true' : ''}`, {
      method,
      headers: {
        authorization: `Bearer ${as}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const json: Json = answer.status === 204 ? null : await answer.json();
    if (!answer.ok) return { ok: false, ...refusal(json.code, json.status, json.detail, json.errors) };
    const { key: secret, ...value } = json ?? {};
    return { ok: true, value: (json?.items ?? value) as T, key: secret, etag: answer.headers.get('etag') };
  };
  return {
    create: (input, write = {}) => call('POST', '', write, input),
    get: (id) => call('GET', `/${id}`, {}),
    list: (as) => call('GET', '', { as }),
    rotate: (id, input, write = {}) => call('POST', `/${id}/rotate`, write, input),
    revoke: (id, write = {}) => call('DELETE', `/${id}`, write),
  };
}

const RECORD = '{ id name scopes clientRanges createdAt createdBy expiresAt lastUsedAt etag }';

export function graphqlFace({ url, key }: StartedApp): KeyFace {
  const ask = async <T>(field: string, query: string, variables: object, as = key): Promise<Answer<T>> => {
    const answer = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${as}` },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors }: Json = await answer.json();
    if (errors !== undefined) {
      const [{ message, extensions }] = errors;
      return { ok: false, ...refusal(extensions.code, extensions.status, message, extensions.errors) };
    }
    const { nodes, apiKey = data[field], key: secret } = data[field];
    const { etag = null, ...value } = apiKey;
    return { ok: true, value: (nodes ?? value) as T, key: secret, etag };
  };
  const DECLARED = '$dryRun: Boolean! = false, $idempotencyKey: String, $ifMatch: String';
  const WRITTEN = 'dryRun: $dryRun, idempotencyKey: $idempotencyKey, ifMatch: $ifMatch';
  return {
    create: (input, { as, ifMatch: _ifMatch, ...write } = {}) => {
      const query = `mutation ($input: CreateApiKeyInput!, $dryRun: Boolean! = false, $idempotencyKey: String) {
        createApiKey(input: $input, dryRun: $dryRun, idempotencyKey: $idempotencyKey) { key changed apiKey ${RECORD} } }`;
      return ask('createApiKey', query, { input, ...write }, as);
    },
    get: (id) => ask('apiKey', `query ($id: ID!) { apiKey(id: $id) ${RECORD} }`, { id }),
    list: (as) => ask('apiKeys', `{ apiKeys { nodes ${RECORD} } }`, {}, as),
    rotate: (id, input, { as, ...write } = {}) => {
      const query = `mutation ($id: ID!, $input: RotateApiKeyInput, ${DECLARED}) {
        rotateApiKey(id: $id, input: $input, ${WRITTEN}) { key changed apiKey ${RECORD} } }`;
      return ask('rotateApiKey', query, { id, input, ...write }, as);
    },
    revoke: (id, { as, ...write } = {}) => {
      const query = `mutation ($id: ID!, ${DECLARED}) { revokeApiKey(id: $id, ${WRITTEN}) { changed apiKey ${RECORD} } }`;
      return ask('revokeApiKey', query, { id, ...write }, as);
    },
  };
}

function refusal(code: string, status: number, detail: string, errors: readonly { field: string }[] = []) {
  return { code, status, detail, fields: errors.map(({ field }) => field) };
}

export const KEY_FACES: readonly (readonly [string, (app: StartedApp) => KeyFace])[] = [
  ['REST', restFace],
  ['GraphQL', graphqlFace],
];
