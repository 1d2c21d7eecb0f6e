import type { StartedApp } from '../support/start-app.js';
import type { Answer, Done, Face, Input, LifecycleOptions, LifecycleVerb, List, Narrow, Write } from './face.js';

interface Call {
  readonly query?: Input;
  readonly body?: Input;
  readonly ifMatch?: string;
  readonly idempotencyKey?: string;
}

type App = Pick<StartedApp, 'url' | 'key'>;

/** The product over REST. */
export function restFace(app: App): Face {
  const call = caller(app);
  const change = (verb: LifecycleVerb, ref: string, options?: LifecycleOptions) =>
    call<never>('POST', `/v1/containers/${part(ref)}/${verb}`, writing(options));
  return {
    name: 'REST',
    createNetwork: (body, options) => creation(call('POST', '/v1/networks', { ...writing(options), body })),
    getNetwork: (ref, query) => call('GET', `/v1/networks/${part(ref)}`, { query }),
    listNetworks: (filter, paging, options) => call('GET', '/v1/networks', { query: { ...filter, ...paging, ...options } }),
    removeNetwork: (ref, options) => removal(call('DELETE', `/v1/networks/${part(ref)}`, writing(options))),
    pruneNetworks: async (body = {}, options) => {
      const answer = await call<{ changed: boolean; warnings: string[]; networks: never[] }>('POST', '/v1/networks/prune', {
        ...writing(options),
        body,
      });
      if (!answer.ok) return answer;
      const { changed, warnings, networks } = answer.value;
      return { ...answer, value: { networks }, changed, warnings };
    },
    attach: ({ network, container, ...settings }, { replace, strict, dryRun, ...conditions } = {}) => {
      if (strict) {
        const body = { network, container, ...settings };
        return creation(call('POST', '/v1/attachments', { query: { dryRun }, body, ...conditions }));
      }
      const { engine, ...body } = settings as Input & Narrow;
      const path = `/v1/networks/${part(network)}/attachments/${part(container)}`;
      return creation(call('PUT', path, { query: { engine, replace, dryRun }, body, ...conditions }));
    },
    detach: (network, container, options) =>
      removal(call('DELETE', `/v1/networks/${part(network)}/attachments/${part(container)}`, writing(options))),
    removeAttachment: (id, options) => removal(call('DELETE', `/v1/attachments/${part(id)}`, writing(options))),
    getAttachment: (id) => call('GET', `/v1/attachments/${part(id)}`),
    listAttachments: (filter, paging) => call('GET', '/v1/attachments', { query: { ...filter, ...paging } }),
    createContainer: (body, options) => creation(call('POST', '/v1/containers', { ...writing(options), body })),
    getContainer: (ref, query) => call('GET', `/v1/containers/${part(ref)}`, { query }),
    listContainers: (filter, paging) => call('GET', '/v1/containers', { query: { ...filter, ...paging } }),
    removeContainer: (ref, options) => removal(call('DELETE', `/v1/containers/${part(ref)}`, writing(options))),
    changeContainer: change,
    startContainer: (ref, options) => change('start', ref, options),
    stopContainer: (ref, options) => change('stop', ref, options),
    restartContainer: (ref, options) => change('restart', ref, options),
    pauseContainer: (ref, options) => change('pause', ref, options),
    unpauseContainer: (ref, options) => change('unpause', ref, options),
    listEngines: (paging) => call('GET', '/v1/engines', { query: { ...paging } }),
    getEngine: (name) => call('GET', `/v1/engines/${part(name)}`),
    testEngine: (name) => call('POST', `/v1/engines/${part(name)}/test`),
    addEngine: (body, options) => creation(call('POST', '/v1/engines', { ...writing(options), body })),
    updateEngine: (name, body, options) => call('PATCH', `/v1/engines/${part(name)}`, { ...writing(options), body }),
    removeEngine: (name, options) => removal(call('DELETE', `/v1/engines/${part(name)}`, writing(options))),
    listSwarms: (paging) => call('GET', '/v1/swarms', { query: { ...paging } }),
    getSwarm: (ref) => call('GET', `/v1/swarms/${part(ref)}`),
    formSwarm: (body, options) => creation(call('POST', '/v1/swarms', { ...writing(options), body })),
    listNodes: (filter, paging) => call('GET', '/v1/nodes', { query: { ...filter, ...paging } }),
    getNode: (ref) => call('GET', `/v1/nodes/${part(ref)}`),
    addNode: (body, options) => creation(call('POST', '/v1/nodes', { ...writing(options), body })),
    updateNode: (ref, body, options) => call('PATCH', `/v1/nodes/${part(ref)}`, { ...writing(options), body }),
    removeNode: (ref, options) => removal(call('DELETE', `/v1/nodes/${part(ref)}`, writing(options))),
    listServices: (filter, paging) => call('GET', '/v1/services', { query: { ...filter, ...paging } }),
    getService: (ref) => call('GET', `/v1/services/${part(ref)}`),
    createService: (body, options) => creation(call('POST', '/v1/services', { ...writing(options), body })),
    updateService: (ref, body, options) => call('PATCH', `/v1/services/${part(ref)}`, { ...writing(options), body }),
    removeService: (ref, options) => removal(call('DELETE', `/v1/services/${part(ref)}`, writing(options))),
    listTasks: (filter, paging) => call('GET', '/v1/tasks', { query: { ...filter, ...paging } }),
    getTask: (ref) => call('GET', `/v1/tasks/${part(ref)}`),
    events: (filter, options) => call<List<never>>('GET', '/v1/events', { query: { ...filter, ...options } }),
  };
}

const part = encodeURIComponent;

function writing({ ifMatch, idempotencyKey, ...query }: Write & Input = {}): Call {
  return { query, ifMatch, idempotencyKey };
}

/** 201 says that it was made; 200 that an equal one stood, or that nothing was to be changed. */
async function creation<T>(called: Promise<Answer<T>>): Promise<Answer<T>> {
  const answer = await called;
  return answer.ok ? { ...answer, changed: answer.http?.status === 201 } : answer;
}

async function removal<T>(called: Promise<Answer<T>>): Promise<Answer<T>> {
  const answer = await called;
  return answer.ok ? { ...answer, changed: answer.http?.status === 204 } : answer;
}

function caller({ url, key }: App) {
  return async <T>(method: string, path: string, { query, body, ifMatch, idempotencyKey }: Call = {}): Promise<Answer<T>> => {
    const response = await fetch(`${url}${path}${queryText(query)}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json: unknown = text === '' ? null : JSON.parse(text);
    return response.ok ? done(response, json as T) : refused(json as Record<string, unknown>);
  };
}

function queryText(query: Input = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null) continue;
    for (const item of [value].flat()) parameters.append(name, typeof item === 'string' ? item : JSON.stringify(item));
  }
  return parameters.size === 0 ? '' : `?${parameters.toString()}`;
}

function done<T>({ status, headers }: Response, value: T): Done<T> {
  const etag = headers.get('etag');
  const replayed = headers.get('idempotent-replayed') === 'true';
  const http = { status, location: headers.get('location'), link: headers.get('link'), replayed };
  return { ok: true, value, warnings: warningsOf(headers.get('warning') ?? ''), ...(etag ? { etag } : {}), http };
}

/** `299 fairlead "text"`, several of them joined by commas. */
function warningsOf(header: string): string[] {
  return [...header.matchAll(/299 fairlead ("(?:[^"\\]|\\.)*")/g)].map(([, text]) => JSON.parse(text ?? '""') as string);
}

function refused(problem: Record<string, unknown>): Answer<never> {
  const { type: _type, title: _title, instance: _instance, code, status, detail, errors, ...rest } = problem;
  const extras = Array.isArray(errors) && errors.length > 0 ? { ...rest, errors } : rest;
  return { ok: false, code: String(code), status: Number(status), detail: String(detail), extras };
}
