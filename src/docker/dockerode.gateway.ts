import type { DomainError } from '../errors/domain.error.js';
import { toObservedContainer } from './container.mapper.js';
import { DockerodeSwarmGateway } from './dockerode-swarm.gateway.js';
import { DockerEventsReader, EVENT_FILTERS } from './docker-events.reader.js';
import {
  DockerGateway,
  type ContainerSpec,
  type Created,
  type EndpointSpec,
  type EngineEventStream,
  type NetworkSpec,
  type RememberedEvents,
} from './docker.gateway.js';
import { namesNetwork, toListedContainer, toObservedEngine, toObservedNetwork } from './docker.mapper.js';
import { DEFAULT_GRACE_SECONDS, DEFAULT_TIMEOUTS, type GatewayTimeouts } from './gateway-timeouts.js';
import { isIdentified, parseJson, senseless } from './engine-answer.js';
import { EngineClient, orUndefined, type Ask, type Read } from './engine-client.js';
import { EngineConnection } from './transport/engine-connection.js';
import type { EngineEndpoint } from './transport/engine-endpoint.js';
import type { Target } from './engine-feature.js';
import { isObject, textAt, textsAt, type JsonObject } from './engine-json.js';
import { HalfMadeEndpoints } from './half-made-endpoint.js';
import { pull } from './image-pull.js';
import type { ListedContainer, ObservedContainer, ObservedEngine, ObservedNetwork } from './observed.js';
import { readRemembered } from './remembered-events.js';
import { toConnectBody, toContainerBody, toNetworkBody } from './request.mapper.js';

export interface DockerodeGatewayOptions extends EngineEndpoint {
  readonly name: string;
  readonly timeouts?: Partial<GatewayTimeouts>;
  /** Why nothing can be asked at all. */
  readonly obstacle?: DomainError;
}

/** A Docker Engine (API 1.41 and later) reached over a unix socket, TCP, TLS or ssh. */
export class DockerodeGateway extends DockerGateway {
  readonly engine: string;
  readonly swarm: DockerodeSwarmGateway;
  private readonly connection: EngineConnection;
  private readonly client: EngineClient;
  private readonly timeouts: GatewayTimeouts;
  private readonly halfMade: HalfMadeEndpoints;
  private readonly streams = new Set<DockerEventsReader>();

  constructor(options: DockerodeGatewayOptions) {
    super();
    this.engine = options.name;
    this.timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
    this.connection = new EngineConnection(options.name, options, options.obstacle);
    this.client = new EngineClient(options.name, this.connection);
    this.swarm = new DockerodeSwarmGateway(this.client, this.timeouts);
    this.halfMade = new HalfMadeEndpoints(this.client, this.timeouts);
  }

  async connect(): Promise<ObservedEngine> {
    const version = await this.client.negotiate(this.timeouts.readMs);
    const info = await this.client.readObject(
      { operation: 'engine.connect', path: '/info', timeoutMs: this.timeouts.readMs },
      isObject,
    );
    const { apiVersion } = await this.target();
    await this.halfMade.sweep();
    return toObservedEngine(version, info, apiVersion);
  }

  ping(): Promise<Date | null> {
    return this.client.ping(this.timeouts.pingMs);
  }

  async openEvents(): Promise<EngineEventStream> {
    this.halfMade.lookAfter();
    const response = await this.client.stream({
      operation: 'events.open',
      method: 'GET',
      path: '/events',
      query: { filters: JSON.stringify(EVENT_FILTERS) },
      timeoutMs: this.timeouts.readMs,
    });
    response.on('data', () => this.client.forgetNetworks());
    const reader = new DockerEventsReader(response);
    this.streams.add(reader);
    response.once('close', () => this.streams.delete(reader));
    return reader;
  }

  rememberedEvents(sinceNano: string): Promise<RememberedEvents> {
    return readRemembered(this.client, sinceNano, this.timeouts.readMs);
  }

  async listNetworkIds(): Promise<readonly string[]> {
    const networks = await this.client.readList({
      operation: 'network.list',
      path: '/networks',
      timeoutMs: this.timeouts.readMs,
    });
    return networks.map((network) => textAt(network, 'Id') ?? '');
  }

  inspectNetwork(id: string): Promise<ObservedNetwork | undefined> {
    return orUndefined('NETWORK_NOT_FOUND', async () => {
      const path = this.client.path('networks', id);
      return toObservedNetwork(await this.inspect({ operation: 'network.inspect', path, subject: id }));
    });
  }

  async createNetwork(spec: NetworkSpec): Promise<Created> {
    const body = toNetworkBody(spec, await this.target());
    return this.create({ operation: 'network.create', path: '/networks/create', body });
  }

  async removeNetwork(id: string): Promise<void> {
    const path = this.client.path('networks', id);
    await this.command({ operation: 'network.remove', method: 'DELETE', path, subject: id });
  }

  async listContainers(): Promise<readonly ListedContainer[]> {
    return (await this.readContainerList()).map(toListedContainer);
  }

  async listContainerIdsOnNetwork(network: { id: string; name: string }): Promise<readonly string[]> {
    const containers = await this.readContainerList();
    return containers
      .filter((container) => namesNetwork(container, network))
      .map((container) => textAt(container, 'Id') ?? '');
  }

  inspectContainer(id: string): Promise<ObservedContainer | undefined> {
    return orUndefined('CONTAINER_NOT_FOUND', async () => {
      const path = this.client.path('containers', id, 'json');
      const json = await this.inspect({ operation: 'container.inspect', path, subject: id });
      return toObservedContainer(json, (await this.target()).apiVersion);
    });
  }

  async imageExists(image: string): Promise<boolean> {
    const found = await orUndefined('IMAGE_NOT_FOUND', async () => {
      const path = this.client.path('images', image, 'json');
      return this.inspect({ operation: 'image.inspect', path, subject: image });
    });
    return found !== undefined;
  }

  pullImage(image: string): Promise<void> {
    return pull(this.client, image, this.timeouts.pullMs);
  }

  async createContainer(spec: ContainerSpec): Promise<Created> {
    const body = toContainerBody(spec, await this.target());
    const query = spec.name === undefined ? undefined : { name: spec.name };
    return this.create({ operation: 'container.create', path: '/containers/create', query, body });
  }

  startContainer(id: string): Promise<void> {
    return this.toContainer('start', id, {});
  }

  stopContainer(id: string, graceSeconds?: number): Promise<void> {
    return this.toContainer('stop', id, this.graceful(graceSeconds));
  }

  restartContainer(id: string, graceSeconds?: number): Promise<void> {
    return this.toContainer('restart', id, this.graceful(graceSeconds));
  }

  pauseContainer(id: string): Promise<void> {
    return this.toContainer('pause', id, {});
  }

  unpauseContainer(id: string): Promise<void> {
    return this.toContainer('unpause', id, {});
  }

  async removeContainer(id: string, { force, volumes = false }: { force: boolean; volumes?: boolean }): Promise<void> {
    const path = this.client.path('containers', id);
    const query = { v: String(volumes), force: String(force) };
    await this.command({ operation: 'container.remove', method: 'DELETE', path, query, subject: id });
  }

  async connectContainer(networkId: string, containerId: string, endpoint: EndpointSpec): Promise<void> {
    const path = this.client.path('networks', networkId, 'connect');
    const body = toConnectBody(containerId, endpoint, await this.target());
    await this.command({ operation: 'attach', path, body, subject: containerId });
  }

  async disconnectContainer(networkId: string, containerId: string, { force }: { force: boolean }): Promise<void> {
    const path = this.client.path('networks', networkId, 'disconnect');
    const body = { Container: containerId, Force: force };
    try {
      await this.command({ operation: 'detach', path, body, subject: containerId });
    } catch (error) {
      if (!force || !(await this.halfMade.dropAfter(error, { networkId, containerId }))) throw error;
    }
  }

  async close(): Promise<void> {
    for (const stream of this.streams) stream.close();
    this.connection.close();
  }

  private target(): Promise<Target> {
    return this.client.target(this.timeouts.readMs);
  }

  /** Always said: left to itself an engine waits as long as the container was created with, which nobody here knows. */
  private graceful(graceSeconds: number = DEFAULT_GRACE_SECONDS): Partial<Ask> {
    return {
      query: { t: String(graceSeconds) },
      timeoutMs: graceSeconds * 1000 + this.timeouts.stopMs,
    };
  }

  private async toContainer(
    verb: 'start' | 'stop' | 'restart' | 'pause' | 'unpause',
    id: string,
    more: Partial<Ask>,
  ): Promise<void> {
    const path = this.client.path('containers', id, verb);
    await this.command({ operation: `container.${verb}`, path, subject: id, ...more });
  }

  private async command(ask: Partial<Ask> & Pick<Ask, 'operation' | 'path'>): Promise<string> {
    const answer = await this.client.command({ method: 'POST', timeoutMs: this.timeouts.commandMs, ...ask });
    return answer.text;
  }

  private async create(ask: Pick<Ask, 'operation' | 'path' | 'query' | 'body'>): Promise<Created> {
    const text = await this.command(ask);
    const created = parseJson(text);
    if (!isIdentified(created)) throw senseless(this.engine, ask.operation, text, true);
    const warning = textAt(created, 'Warning');
    return {
      id: textAt(created, 'Id') ?? '',
      warnings: [...textsAt(created, 'Warnings'), ...(warning === null ? [] : [warning])],
    };
  }

  private inspect(ask: Pick<Read, 'operation' | 'path' | 'subject'>): Promise<JsonObject> {
    return this.client.readObject({ ...ask, timeoutMs: this.timeouts.readMs }, isIdentified);
  }

  private readContainerList(): Promise<readonly JsonObject[]> {
    return this.client.readList({
      operation: 'container.list',
      path: '/containers/json',
      query: { all: 'true' },
      timeoutMs: this.timeouts.readMs,
    });
  }
}
