import { Agent, request, type IncomingHttpHeaders } from 'node:http';
import { WebSocket } from 'ws';
import { eventually } from '../support/eventually.js';
import { startServiceProcess, type Answer, type ServiceProcess } from '../support/service-process.js';
import type { RecordedRequest } from '../support/recording-socket.js';
import type { Filling } from '../support/operation-walk.js';
import { Receiver } from '../webhooks/receiver.js';
import type { Sent, Who } from './cases.js';
import { LivelyEngine } from './lively-engine.js';

export interface Told {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Kept {
  /** Bytes, after everything was cleared that can be. */
  readonly heap: number;
  readonly rss: number;
}

const OF_EACH = 6;
const PATIENCE_MS = 20_000;
/** Everything but `metrics:read`, which is of the whole service. */
const NARROWED = {
  scopes: ['engines:read', 'engines:manage', 'networks:manage', 'containers:manage', 'events:read', 'webhooks:manage', 'keys:manage'],
  engines: ['local'],
  selector: 'team=blue',
};

/** The built service, in front of an engine and a receiver of webhooks that cost nothing, with things in it to ask about. */
export class FuzzedService {
  readonly #agent = new Agent({ keepAlive: true });
  /** What is written in requests for one of the things that are there, and those things. */
  #pools: Readonly<Record<string, readonly string[]>> = {};
  #narrowed = '';
  /** What a service that was changed still uses stays: things of another time have other names. */
  #times = 0;

  private constructor(
    readonly service: ServiceProcess,
    private readonly engine: LivelyEngine,
    private readonly receiver: Receiver,
  ) {}

  static async start(take: (asked: RecordedRequest) => void): Promise<FuzzedService> {
    const engine = await LivelyEngine.start(take);
    const receiver = await new Receiver().start();
    receiver.answers((_received, response) => {
      receiver.received.length = 0;
      response.writeHead(204).end();
    });
    const service = await startServiceProcess({
      engines: [{ name: 'local', endpoint: engine.endpoint }],
      // Where requests are limited in number, the limits are to be switched off here.
      env: {
        FAIRLEAD_WEBHOOK_ALLOW: '127.0.0.0/8',
        FAIRLEAD_RATE_LIMIT_PER_KEY: 'off',
        FAIRLEAD_RATE_LIMIT_PER_ADDRESS: 'off',
        NODE_OPTIONS: `--import=${new URL('gc-on-signal.mjs', import.meta.url).href}`,
      },
    });
    await service.untilConnected();
    return new FuzzedService(service, engine, receiver);
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    await this.service.stop();
    await Promise.all([this.engine.stop(), this.receiver.stop()]);
  }

  /** Puts some of each thing there; answers what to write in requests about them. */
  async makeThings(): Promise<Filling> {
    this.engine.refill();
    this.#times += 1;
    const of = (index: number): string => `${this.#times}-${index}`;
    const pools: Record<string, string[]> = {};
    const keep = (name: string, value: string): void => void (pools[name] ??= []).push(value);
    for (let index = 0; index < OF_EACH; index += 1) {
      const labels = index % 2 === 0 ? { team: 'blue' } : {};
      const subnet = `10.${100 + (this.#times % 100)}.${index}.0/24`;
      await this.#make('/v1/networks', { name: `net-${of(index)}`, labels, ipam: { pools: [{ subnet }] } });
      await this.#make('/v1/containers', { name: `box-${of(index)}`, image: 'web:1', labels, networks: [{ network: `net-${of(index)}` }] });
      const webhook = await this.#make('/v1/webhooks', { url: this.receiver.url });
      const key = await this.#make('/v1/api-keys', { name: `key-${of(index)}`, scopes: ['networks:read'] });
      const { body } = await this.service.get(`/v1/networks/net-${of(index)}/attachments`);
      keep('the-network', `net-${of(index)}`);
      keep('the-container', `box-${of(index)}`);
      keep('the-attachment', body.items[0].id as string);
      keep('the-webhook', webhook.id as string);
      keep('the-api-key', key.id as string);
      await this.service.send('POST', `/v1/webhooks/${webhook.id}/test`);
      await this.#poolOf('the-delivery', `/v1/webhooks/${webhook.id}/deliveries?limit=1`, keep);
      keep('fresh-name', `fresh-${of(index)}`);
    }
    this.#narrowed = (await this.#make('/v1/api-keys', { name: 'narrowed', ...NARROWED })).key as string;
    for (const kind of ['swarm', 'node', 'service', 'task']) await this.#poolOf(`the-${kind}`, `/v1/${kind}s`, keep);
    const events = await this.service.get('/v1/events?limit=20');
    for (const { cursor } of events.body.items as { cursor: string }[]) keep('the-event', cursor);
    this.#pools = pools;
    return {
      secret: 'a secret',
      known: {
        ...{ engine: 'local', network: 'the-network', container: 'the-container', attachment: 'the-attachment' },
        ...{ webhook: 'the-webhook', apiKey: 'the-api-key', delivery: 'the-delivery', swarm: 'the-swarm', node: 'the-node', service: 'the-service', task: 'the-task' },
        ...{ after: 'the-event', before: 'the-event', image: 'web:1', url: this.receiver.url, scopes: 'networks:read' },
        ...{ endpoint: 'unix:///nowhere/docker.sock', clientRanges: '127.0.0.1', expiresAt: '2999-01-01T00:00:00Z' },
      },
    };
  }

  /** Takes away whatever was made, so that what is kept for it goes too. */
  async clear(): Promise<void> {
    for (const [kind, query] of [['containers', '?force=true'], ['networks', '?force=true'], ['webhooks', ''], ['api-keys', ''], ['engines', '']] as const) {
      const { body } = await this.service.get(`/v1/${kind}?limit=500`);
      const made = (body.items as { id?: string; name: string; builtin?: boolean }[]).filter(({ builtin, name }) => !builtin && name !== 'local');
      for (const { id, name } of made) await this.service.send('DELETE', `/v1/${kind}/${encodeURIComponent(id ?? name)}${query}`);
    }
  }

  /** With what is there in place of what stands for it. */
  filled(sent: Sent, pick: number): Sent {
    const fill = (text: string): string =>
      text.replaceAll(/the-[a-z]+(-key)?|fresh-name/g, (name) => this.#pools[name]?.[pick % (this.#pools[name]?.length ?? 1)] ?? name);
    return { ...sent, path: fill(sent.path), body: sent.body === undefined ? undefined : fill(sent.body) };
  }

  /** Answers as soon as a stream has begun, which would not end by itself. */
  ask({ method, path, headers, body, who }: Sent): Promise<Told> {
    const { hostname, port } = new URL(this.service.url);
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    return new Promise((resolve, reject) => {
      const sent = request({ agent: this.#agent, hostname, port, method, path, headers: { ...this.#key(who), ...headers, ...length } }, (response) => {
        const chunks: Buffer[] = [];
        const done = (): void => resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString() });
        response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', done).on('error', reject);
        if (!response.headers['content-type']?.startsWith('text/event-stream')) return;
        done();
        response.destroy();
      });
      sent.setTimeout(PATIENCE_MS, () => sent.destroy(new Error('no answer')));
      sent.on('error', reject).end(body);
    });
  }

  /** Over a socket: the operation, and another one behind it whose answer comes whatever becomes of the first. */
  converse({ body, who }: Sent): Promise<string[]> {
    const socket = new WebSocket(`${this.service.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const lines: string[] = [];
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        socket.terminate();
        reject(new Error(`no answer: ${lines.join()}`));
      }, PATIENCE_MS);
      socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: this.#key(who) })));
      socket.on('message', (data: Buffer) => {
        const line = data.toString();
        lines.push(line);
        if (line.includes('connection_ack')) {
          socket.send(`{"id":"1","type":"subscribe","payload":${body ?? ''}}`);
          socket.send('{"id":"2","type":"subscribe","payload":{"query":"{ __typename }"}}');
        } else if (line.includes('"id":"2"')) socket.close();
      });
      socket.on('error', reject);
      socket.on('close', (code, reason) => {
        clearTimeout(late);
        resolve([...lines, `closed ${code} ${reason.toString()}`]);
      });
    });
  }

  /** What stays in memory when everything is cleared that can be. */
  async kept(): Promise<Kept> {
    const said = (): string[] => this.service.output().match(/^kept .*$/gm) ?? [];
    const before = said().length;
    process.kill(this.service.pid, 'SIGUSR2');
    return eventually(() => {
      const line = said()[before];
      if (line === undefined) throw new Error('it has not said yet');
      return JSON.parse(line.slice('kept '.length)) as Kept;
    });
  }

  async #make(path: string, body: object): Promise<Answer['body']> {
    const made = await this.service.send('POST', path, body);
    if (made.status !== 201) throw new Error(`${path}: ${made.status} ${JSON.stringify(made.body)}`);
    return made.body;
  }

  async #poolOf(name: string, path: string, keep: (name: string, value: string) => void): Promise<void> {
    const { body } = await this.service.get(path);
    for (const { id } of body.items as { id: string }[]) keep(name, id);
  }

  #key(who: Who): Record<string, string> {
    const keys = { administrator: this.service.key, narrowed: this.#narrowed, stranger: 'a key that was never given out' };
    return who === 'nobody' ? {} : { authorization: `Bearer ${keys[who]}` };
  }
}
