import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text as bodyOf } from 'node:stream/consumers';
import { isObject, objectAt, textAt, type JsonObject } from '../../src/docker/engine-json.js';
import { FakeEngine, text, type Handler } from './fake-engine.js';

/** Versions of the API that no engine here speaks, with answers of theirs under `recorded/`. */
export const NEWER_VERSIONS = ['1.44', '1.48', '1.52'] as const;
export type NewerVersion = (typeof NEWER_VERSIONS)[number];

export function recordedText(version: NewerVersion, file: string): string {
  return readFileSync(new URL(`recorded/${version}/${file}`, import.meta.url), 'utf8');
}

export function recorded(version: NewerVersion, name: string): JsonObject {
  const json: unknown = JSON.parse(recordedText(version, `${name}.json`));
  if (!isObject(json)) throw new TypeError(`${name} is no object`);
  return json;
}

/**
 * An engine that gives the recorded answers, and keeps what it is sent. Of commands it knows how to attach. It answers for
 * a swarm as well, although its `/info` knows of none: it is then asked by whoever wants to see such answers alone.
 */
export class RecordedEngine {
  /** Bodies of commands, by their paths: `POST /networks/create`. */
  readonly sent: { readonly to: string; readonly body: unknown }[] = [];

  private constructor(
    readonly version: NewerVersion,
    readonly fake: FakeEngine,
  ) {}

  static async start(version: NewerVersion): Promise<RecordedEngine> {
    const answers: Record<string, Handler> = {};
    const engine = new RecordedEngine(version, await FakeEngine.start(answers, version));
    for (const name of ['version', 'info', 'networks', 'swarm', 'nodes', 'services', 'tasks']) engine.answer(`/${name}`, recordedText(version, `${name}.json`));
    engine.answer('/_ping', 'OK');
    engine.answer('/containers/json', recordedText(version, 'containers.json'));
    engine.fake.answers['/events'] = (request, response) => engine.tell(request, response);
    engine.fake.answers['*'] = (request, response) => void engine.obey(request, response);
    for (const file of readdirSync(new URL(`recorded/${version}/`, import.meta.url))) {
      const [, kind, name = ''] = /^(network|container)-(\w+)\.json$/.exec(file) ?? [];
      const shown = recordedText(version, file);
      if (kind === 'network') engine.answer(`/networks/${textAt(recorded(version, `network-${name}`), 'Id')}`, shown);
      if (kind === 'container') engine.answer(`/containers/${textAt(recorded(version, `container-${name}`), 'Id')}/json`, shown);
    }
    return engine;
  }

  get endpoint(): string {
    return this.fake.endpoint;
  }

  stop(): Promise<void> {
    return this.fake.stop();
  }

  private answer(path: string, shown: string): void {
    this.fake.answers[path] = text(shown);
  }

  /** What it remembers, or a stream on which nothing happens. */
  private tell(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/jsonl' });
    if (request.url?.includes('until=')) response.end(recordedText(this.version, 'events.jsonl'));
    else response.flushHeaders();
  }

  private async obey(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').replace(/^\/v\d+\.\d+/, '').replace(/\?.*$/, '');
    const body: unknown = request.method === 'POST' ? JSON.parse((await bodyOf(request)) || '{}') : {};
    this.sent.push({ to: `${request.method} ${path}`, body });
    const [, networkId] = /^\/networks\/(\w+)\/connect$/.exec(path) ?? [];
    if (networkId !== undefined) this.attach(networkId, body as JsonObject);
    const status = path.endsWith('/create') ? 201 : request.method === 'POST' ? 200 : 404;
    response.writeHead(status, { 'content-type': 'application/json' }).end('{"Id":"0000","Warnings":[],"message":"not found"}');
  }

  private attach(networkId: string, body: JsonObject): void {
    const later = recorded(this.version, 'container-later');
    const network = ['edge', 'shop'].find((name) => recorded(this.version, `network-${name}`)['Id'] === networkId);
    const settings = objectAt(later, 'NetworkSettings');
    const entry = { ...objectAt(body, 'EndpointConfig'), NetworkID: networkId, DNSNames: ['later'] };
    const networks = { ...objectAt(settings, 'Networks'), [network ?? 'unknown']: entry };
    const shown = JSON.stringify({ ...later, NetworkSettings: { ...settings, Networks: networks } });
    this.answer(`/containers/${textAt(later, 'Id')}/json`, shown);
  }
}
