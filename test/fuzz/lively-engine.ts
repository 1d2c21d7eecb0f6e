import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text as bodyOf } from 'node:stream/consumers';
import { objectAt, textAt, type JsonObject } from '../../src/docker/engine-json.js';
import type { RecordedRequest } from '../support/recording-socket.js';
import { FakeEngine, json } from '../docker/fake-engine.js';
import { recorded, recordedText } from '../docker/recorded-engine.js';

const VERSION = '1.52';
/** As with Docker's own address pools: then there is no room for another network. */
const MOST_NETWORKS = 40;
const RUNNING = { Status: 'running', Running: true, Paused: false };
const STATES: Readonly<Record<string, JsonObject>> = {
  ...{ start: RUNNING, restart: RUNNING, unpause: RUNNING },
  stop: { Status: 'exited', Running: false, Paused: false, Pid: 0 },
  pause: { Status: 'paused', Running: true, Paused: true },
};

interface Said {
  readonly status: number;
  readonly body?: unknown;
}

/**
 * A manager of a swarm that begins as it was recorded, does what it is told to networks and containers, and costs next to
 * nothing: for thousands of commands. It checks nothing but names.
 */
export class LivelyEngine {
  readonly #networks = new Map<string, JsonObject>();
  readonly #containers = new Map<string, JsonObject>();
  /** By kind, by id. */
  readonly #ofSwarm = { nodes: new Map<string, JsonObject>(), services: new Map<string, JsonObject>(), tasks: new Map<string, JsonObject>() };
  readonly #take: (asked: RecordedRequest) => void;
  readonly #fake: FakeEngine;

  private constructor(fake: FakeEngine, take: (asked: RecordedRequest) => void) {
    this.#fake = fake;
    this.#take = take;
    for (const name of ['bridge', 'host', 'none', 'edge', 'shop', 'six']) this.#keep(this.#networks, recorded(VERSION, `network-${name}`));
    for (const name of ['web', 'later']) this.#keep(this.#containers, recorded(VERSION, `container-${name}`));
    this.refill();
    fake.answers['*'] = (request, response) => void this.#answer(request, response);
  }

  /** `take` is told of each request as it came. */
  static async start(take: (asked: RecordedRequest) => void): Promise<LivelyEngine> {
    const fake = await FakeEngine.start({}, VERSION);
    for (const path of Object.keys(fake.answers)) Reflect.deleteProperty(fake.answers, path);
    return new LivelyEngine(fake, take);
  }

  get endpoint(): string {
    return this.#fake.endpoint;
  }

  /** Nodes and services as they were, whatever has been done to them. */
  refill(): void {
    for (const kind of ['nodes', 'services', 'tasks'] as const) {
      this.#ofSwarm[kind].clear();
      for (const one of JSON.parse(recordedText(VERSION, `${kind}.json`)) as JsonObject[]) this.#ofSwarm[kind].set(textAt(one, 'ID') ?? '', one);
    }
  }

  stop(): Promise<void> {
    return this.#fake.stop();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // What it was asked is kept by whom it tells of it.
    this.#fake.requests.length = 0;
    const { method = '', url = '' } = request;
    const body = await bodyOf(request);
    this.#take({ method, url, body });
    const path = url.replace(/^\/v\d+\.\d+/, '').replace(/\?.*$/, '');
    if (path === '/events' && !url.includes('until=')) {
      response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
      return;
    }
    if (path === '/_ping') return void response.end('OK');
    const name = new URL(url, 'http://engine').searchParams.get('name');
    const { status, body: said = {} } = this.#obey(method, path.slice(1).split('/'), (body === '' ? {} : JSON.parse(body)) as JsonObject, name);
    if (status === 204 || status === 304) response.writeHead(status).end();
    else json(said, status)(request, response);
  }

  #obey(method: string, [kind = '', id = '', verb]: readonly string[], body: JsonObject, name: string | null): Said {
    if (kind === 'networks') return id === 'create' ? this.#createNetwork(body) : this.#network(method, id, verb, body);
    if (kind === 'containers') return id === 'create' ? this.#createContainer(body, name) : this.#container(method, id, verb);
    if (method === 'GET' && kind === 'info') return { status: 200, body: recorded(VERSION, 'info-manager') };
    if (method === 'GET' && kind === 'version') return { status: 200, body: recorded(VERSION, 'version') };
    if (method === 'GET' && kind === 'events') return { status: 200 };
    if (method === 'GET' && kind === 'images') return { status: 200, body: { Id: `sha256:${id}` } };
    if (method === 'GET' && kind === 'swarm') return { status: 200, body: recorded(VERSION, 'swarm') };
    if (kind === 'nodes' || kind === 'services' || kind === 'tasks') return this.#swarmObject(method, kind, id, verb, body);
    return { status: 404, body: { message: `${kind} ${id} not found` } };
  }

  #swarmObject(method: string, kind: 'nodes' | 'services' | 'tasks', id: string, verb: string | undefined, spec: JsonObject): Said {
    const all = this.#ofSwarm[kind];
    if (id === '') return { status: 200, body: [...all.values()] };
    const [first] = all.values();
    const one = id === 'create' ? { ...first, ID: newId().slice(0, 25) } : all.get(id);
    if (one === undefined) return { status: 404, body: { message: `${kind.slice(0, -1)} ${id} not found` } };
    if (method === 'GET') return { status: 200, body: one };
    if (method === 'DELETE') return { status: all.delete(id) ? 200 : 404 };
    if (objectAt(one, 'ManagerStatus')['Leader'] === true && spec['Role'] === 'worker') {
      return { status: 400, body: { message: 'rpc error: attempting to demote the last manager of the swarm' } };
    }
    const index = Number(objectAt(one, 'Version')['Index'] ?? 0) + 1;
    const status = spec['Role'] === 'manager' ? { Reachability: 'reachable', Addr: '10.60.0.2:2377', ...objectAt(one, 'ManagerStatus') } : null;
    all.set(textAt(one, 'ID') ?? '', { ...one, ...(kind === 'nodes' ? { ManagerStatus: status } : {}), Spec: spec, Version: { Index: index } });
    return { status: verb === undefined ? 201 : 200, body: { ID: one['ID'] } };
  }

  #network(method: string, id: string, verb: string | undefined, body: JsonObject): Said {
    if (id === '') return { status: 200, body: [...this.#networks.values()] };
    const network = this.#networks.get(id);
    if (network === undefined) return { status: 404, body: { message: `network ${id} not found` } };
    if (verb !== undefined) return this.#attachment(network, verb, body);
    if (method === 'GET') return { status: 200, body: network };
    this.#networks.delete(id);
    return { status: 204 };
  }

  #attachment(network: JsonObject, verb: string, body: JsonObject): Said {
    const id = textAt(body, 'Container') ?? '';
    const container = this.#containers.get(id);
    if (container === undefined) return { status: 404, body: { message: `No such container: ${id}` } };
    const name = textAt(network, 'Name') ?? '';
    const settings = objectAt(container, 'NetworkSettings');
    const { [name]: left, ...others } = objectAt(settings, 'Networks');
    const entry = { ...objectAt(body, 'EndpointConfig'), NetworkID: network['Id'], EndpointID: newId(), DNSNames: [] };
    if (verb === 'disconnect' && left === undefined) return { status: 404, body: { message: `container ${id} is not connected to network ${name}` } };
    const networks = verb === 'connect' ? { ...others, [name]: entry } : others;
    this.#keep(this.#containers, { ...container, NetworkSettings: { ...settings, Networks: networks } });
    return { status: 200 };
  }

  #createNetwork(body: JsonObject): Said {
    const name = textAt(body, 'Name') ?? '';
    if ([...this.#networks.values()].some((one) => one['Name'] === name)) return { status: 409, body: { message: `network with name ${name} already exists` } };
    if (this.#networks.size >= MOST_NETWORKS) return { status: 400, body: { message: 'all predefined address pools have been fully subnetted' } };
    const standing = { ...recorded(VERSION, 'network-six'), Containers: {}, Options: {}, Labels: {} };
    return { status: 201, body: { Id: this.#keep(this.#networks, { ...standing, ...body, Id: newId() }) } };
  }

  #createContainer(body: JsonObject, name: string | null): Said {
    const names = [...this.#containers.values()].map((one) => one['Name']);
    if (names.includes(`/${name}`)) return { status: 409, body: { message: `Conflict. The container name "/${name}" is already in use by container "x".` } };
    const { HostConfig, NetworkingConfig = {}, ...config } = body;
    const standing = recorded(VERSION, 'container-later');
    const id = newId();
    const wanted = Object.entries(objectAt(NetworkingConfig as JsonObject, 'EndpointsConfig')).map(([ref, entry]) => {
      const network = [...this.#networks.values()].find((one) => one['Name'] === ref || one['Id'] === ref);
      return [textAt(network ?? {}, 'Name') ?? ref, { ...(entry as JsonObject), NetworkID: network?.['Id'] ?? '' }] as const;
    });
    const settings = { ...objectAt(standing, 'NetworkSettings'), Networks: Object.fromEntries(wanted) };
    const made = { Id: id, Name: `/${name ?? id.slice(0, 12)}`, State: { ...objectAt(standing, 'State'), Status: 'created', Running: false } };
    const told = { Config: { ...objectAt(standing, 'Config'), ...config }, HostConfig: { ...objectAt(standing, 'HostConfig'), ...(HostConfig as JsonObject) } };
    return { status: 201, body: { Id: this.#keep(this.#containers, { ...standing, ...made, ...told, NetworkSettings: settings }), Warnings: [] } };
  }

  #container(method: string, id: string, verb: string | undefined): Said {
    if (id === 'json') return { status: 200, body: [...this.#containers.values()].map(listed) };
    const container = this.#containers.get(id);
    if (container === undefined) return { status: 404, body: { message: `No such container: ${id}` } };
    if (verb === 'json') return { status: 200, body: container };
    if (method === 'DELETE') {
      this.#containers.delete(id);
      return { status: 204 };
    }
    this.#keep(this.#containers, { ...container, State: { ...objectAt(container, 'State'), ...STATES[verb ?? ''] } });
    return { status: 204 };
  }

  #keep(among: Map<string, JsonObject>, one: JsonObject): string {
    const id = textAt(one, 'Id') ?? '';
    among.set(id, one);
    return id;
  }
}

const newId = (): string => randomBytes(32).toString('hex');

function listed(container: JsonObject): JsonObject {
  const state = objectAt(container, 'State');
  return {
    ...{ Id: container['Id'], Names: [container['Name']], Image: objectAt(container, 'Config')['Image'], ImageID: container['Image'] },
    ...{ Labels: objectAt(container, 'Config')['Labels'] ?? {}, State: state['Status'], Ports: [], Mounts: [] },
    NetworkSettings: { Networks: objectAt(objectAt(container, 'NetworkSettings'), 'Networks') },
  };
}
