import { spawn } from 'node:child_process';
import { get, type RequestOptions } from 'node:http';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { SYSTEM_PATH } from '../../scripts/lab.ts';
import type { PrivateEngine } from '../../scripts/private-engine.ts';
import { authorization, type Service } from '../service.ts';
import { splitter } from './splitter.ts';
import { Sightings } from './sightings.ts';

/** Sees the events of one engine in its own way. Named by `<type> <action> <id>` of the engine, `<type> <id>` of the service. */
export interface Watcher {
  readonly sightings: Sightings;
  readonly stop: () => void;
}

/** Debian's client as a person runs it: it prints a line for people. */
export async function watchByDockerEvents(engine: PrivateEngine): Promise<Watcher> {
  const sightings = new Sightings('docker events');
  const env = { PATH: SYSTEM_PATH, HOME: engine.dir, TZ: 'UTC' };
  const client = spawn('/usr/bin/docker', ['--host', engine.endpoint, 'events'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  client.stdout.on('data', splitter('\n', (line, atMs) => {
    const [, time = '', key = ''] = /^(\S+) (\S+ .+? \S+) \(/.exec(line) ?? [];
    sightings.note(key, { atMs, engineMs: toMs(time) });
  }));
  await new Promise((resolve) => client.once('spawn', resolve));
  return { sightings, stop: () => void client.kill() };
}

/** The engine's own stream, read with nothing in between: what cannot be beaten. */
export async function watchEngineStream({ socketPath }: PrivateEngine): Promise<Watcher> {
  const sightings = new Sightings('the stream of the engine');
  const stop = await openStream({ socketPath, path: '/events', headers: { host: 'docker' } }, '\n', (line, atMs) => {
    const { Type, Action, Actor } = JSON.parse(line) as EngineLine;
    const [, nanos = ''] = /"timeNano":(\d+)\}$/.exec(line) ?? [];
    sightings.note(`${Type} ${Action} ${Actor.ID}`, { atMs, engineMs: Number(BigInt(nanos) / 1000n) / 1000 });
  });
  return { sightings, stop };
}

export async function watchBySse(service: Service): Promise<Watcher> {
  const sightings = new Sightings('server-sent events');
  const headers = { ...authorization(), accept: 'text/event-stream' };
  const stop = await openStream({ host: '127.0.0.1', port: service.port, path: '/v1/events', headers }, '\n\n', (frame, atMs) => {
    const data = /^data: (.*)$/m.exec(frame)?.[1];
    if (frame.startsWith('id: ') && data !== undefined) note(sightings, (JSON.parse(data) as { data: ServiceEvent }).data, atMs);
  });
  return { sightings, stop };
}

/** The same fields that an event has over SSE would be more than pages ask for; this is a page's list of what happens. */
export async function watchBySubscription(service: Service): Promise<Watcher> {
  const sightings = new Sightings('the subscription');
  const connected = Promise.withResolvers<undefined>();
  const client = createClient({
    url: `ws://127.0.0.1:${service.port}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: authorization().authorization ?? '' },
    retryAttempts: 0,
    lazy: false,
    on: { connected: () => connected.resolve(undefined), closed: () => connected.reject(new Error('the subscription was closed')) },
  });
  const query = 'subscription { events { cursor type time recordedAt subject { kind id name } } }';
  client.subscribe<{ events: ServiceEvent }>({ query }, {
    next: ({ data }) => {
      if (data) note(sightings, data.events, performance.now());
    },
    error: (reason) => sightings.note(`error: ${JSON.stringify(reason)}`, { atMs: performance.now(), engineMs: 0 }),
    complete: () => undefined,
  });
  await connected.promise;
  return { sightings, stop: () => void client.dispose() };
}

interface EngineLine {
  readonly Type: string;
  readonly Action: string;
  readonly Actor: { readonly ID: string };
}

interface ServiceEvent {
  readonly type: string;
  readonly time: string;
  readonly recordedAt: string;
  readonly subject: { readonly id: string };
}

function note(sightings: Sightings, { type, time, recordedAt, subject }: ServiceEvent, atMs: number): void {
  sightings.note(`${type} ${subject.id}`, { atMs, engineMs: toMs(time), recordedMs: Date.parse(recordedAt) });
}

/** With the fraction that `Date` drops. */
function toMs(time: string): number {
  const [, second = '', fraction = '0'] = /^([^.Z]+)(?:\.(\d+))?/.exec(time) ?? [];
  return Date.parse(`${second}Z`) + Number(`0.${fraction}`) * 1000;
}

async function openStream(
  request: RequestOptions,
  separator: string,
  take: (piece: string, atMs: number) => void,
): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const outgoing = get(request, (answer) => {
      if (answer.statusCode !== 200) return reject(new Error(`the stream was answered ${answer.statusCode}`));
      answer.on('data', splitter(separator, take)).on('error', () => undefined);
      resolve(() => outgoing.destroy());
    });
    outgoing.on('error', reject);
  });
}
