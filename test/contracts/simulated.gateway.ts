import {
  DockerGateway,
  type ContainerSpec,
  type Created,
  type EndpointSpec,
  type EngineEventStream,
  type NetworkSpec,
  type RememberedEvents,
} from '../../src/docker/docker.gateway.js';
import type {
  EngineEvent,
  ListedContainer,
  ObservedContainer,
  ObservedEndpoint,
  ObservedEngine,
  ObservedNetwork,
} from '../../src/docker/observed.js';
import { DomainError } from '../../src/errors/domain.error.js';
import type { ErrorCode } from '../../src/errors/error-codes.js';
import { aConfiguredEndpoint, anEngineEvent, anObservedContainer, anObservedNetwork, exited, idOf } from '../builders/observed.js';
import { aMember } from '../builders/swarm.js';
import { SimulatedSwarm } from './simulated-swarm.js';
import { SimulatedStream } from './simulated-stream.js';

type Work = () => Promise<unknown>;
/** What befalls a call in place of being carried out at once; `work` carries it out. */
export type Fault = (work: Work) => Promise<unknown>;

/** A call that is held back. */
export interface Held {
  /** Resolves once the engine has worked out its answer. */
  readonly reached: Promise<void>;
  /** Lets the answer go. */
  release(): void;
}

const IMAGE = 'fl-busybox';
/** Events that an engine remembers (engine-facts 0.6). */
const MEMORY = 256;

function refused(code: ErrorCode, id: string): DomainError {
  return new DomainError(code, `The simulated engine refuses this: ${code} of ${id}.`);
}

/** An engine in memory with faults at will; it keeps the promises of the port that are tested on a real one too. */
export class SimulatedGateway extends DockerGateway {
  /** `operation id`, in the order in which they reached the engine. */
  readonly calls: string[] = [];
  readonly swarm = new SimulatedSwarm((operation, work) => this.call(operation, '', work));
  private readonly networks = new Map<string, ObservedNetwork>();
  private readonly containers = new Map<string, ObservedContainer>();
  private readonly faults = new Map<string, Fault[]>();
  private readonly streams = new Set<SimulatedStream>();
  private remembered: readonly EngineEvent[] = [];
  private made = 0;

  constructor(readonly engine = 'local') {
    super();
    for (const name of ['bridge', 'host', 'none']) {
      const network = anObservedNetwork(name, { builtin: true, pools: [], driver: name === 'none' ? 'null' : name });
      this.networks.set(network.id, network);
    }
  }

  /** The next call of this operation meets this. */
  once(operation: string, fault: Fault): void {
    this.faults.set(operation, [...(this.faults.get(operation) ?? []), fault]);
  }

  /** The next call's answer is worked out, and kept back until it is released. */
  hold(operation: string): Held {
    const reached = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    this.once(operation, async (work) => {
      const answer = await work();
      reached.resolve();
      await released.promise;
      return answer;
    });
    return { reached: reached.promise, release: released.resolve };
  }

  connect = (): Promise<ObservedEngine> =>
    this.call('connect', '', () => aMember(this.swarm.nodeId ?? (this.swarm.told === null ? null : 'n1'), this.swarm.told !== null));

  ping = (): Promise<Date | null> => this.call('ping', '', () => new Date());

  openEvents = (): Promise<EngineEventStream> =>
    this.call('openEvents', '', () => {
      const stream = new SimulatedStream(() => this.streams.delete(stream));
      this.streams.add(stream);
      return stream;
    });

  rememberedEvents = (sinceNano: string): Promise<RememberedEvents> =>
    this.call('rememberedEvents', sinceNano, () => {
      const isSince = ({ timeNano }: EngineEvent): boolean => BigInt(timeNano) >= BigInt(sinceNano);
      return { events: this.remembered.filter(isSince), isComplete: this.remembered.some((event) => !isSince(event)) };
    });

  listNetworkIds = (): Promise<readonly string[]> => this.call('listNetworkIds', '', () => [...this.networks.keys()]);

  inspectNetwork = (id: string): Promise<ObservedNetwork | undefined> =>
    this.call('inspectNetwork', id, () => this.networks.get(id));

  createNetwork = (spec: NetworkSpec): Promise<Created> =>
    this.call('createNetwork', spec.name, () => {
      if ([...this.networks.values()].some(({ name }) => name === spec.name)) throw refused('NETWORK_NAME_TAKEN', spec.name);
      const { name, driver, internal, labels, options } = spec;
      const network = anObservedNetwork(name, { id: this.newId(name), driver, internal, labels, options });
      this.networks.set(network.id, network);
      this.tell('network', 'create', network);
      return { id: network.id, warnings: [] };
    });

  removeNetwork = (id: string): Promise<void> =>
    this.call('removeNetwork', id, () => {
      const network = this.network(id);
      if (network.builtin) throw refused('NETWORK_BUILTIN', id);
      if (this.endpointsOn(id).some(({ endpointId }) => endpointId !== null)) throw refused('NETWORK_IN_USE', id);
      this.networks.delete(id);
      this.tell('network', 'destroy', network);
    });

  listContainers = (): Promise<readonly ListedContainer[]> =>
    this.call('listContainers', '', () =>
      [...this.containers.values()].map(({ id, state, endpoints }) => ({
        id,
        state,
        networkNames: endpoints.map(({ networkName }) => networkName),
      })),
    );

  listContainerIdsOnNetwork = ({ name }: { name: string }): Promise<readonly string[]> =>
    this.call('listContainerIdsOnNetwork', name, () =>
      [...this.containers.values()]
        .filter(({ endpoints }) => endpoints.some(({ networkName }) => networkName === name))
        .map(({ id }) => id),
    );

  inspectContainer = (id: string): Promise<ObservedContainer | undefined> =>
    this.call('inspectContainer', id, () => this.containers.get(id));

  imageExists = (image: string): Promise<boolean> => this.call('imageExists', image, () => image === IMAGE);

  pullImage = (image: string): Promise<void> =>
    this.call('pullImage', image, () => {
      throw refused('IMAGE_NOT_FOUND', image);
    });

  createContainer = (spec: ContainerSpec): Promise<Created> =>
    this.call('createContainer', spec.name ?? '', () => {
      const name = spec.name ?? `made-${this.made}`;
      if (spec.image !== IMAGE) throw refused('IMAGE_NOT_FOUND', spec.image);
      if ([...this.containers.values()].some((other) => other.name === name)) throw refused('CONTAINER_NAME_TAKEN', name);
      const { networkMode, labels } = spec;
      const endpoints = networkMode === 'none' ? [] : [aConfiguredEndpoint(networkMode, { aliases: spec.endpoint?.aliases ?? [] })];
      const unborn = { state: 'created', running: false, startedAt: null } as const;
      const container = anObservedContainer(name, { id: this.newId(name), networkMode, labels, endpoints, ...unborn });
      this.containers.set(container.id, container);
      this.tell('container', 'create', container);
      return { id: container.id, warnings: [] };
    });

  startContainer = (id: string): Promise<void> =>
    this.call('startContainer', id, () => {
      const container = this.container(id);
      if (container.running) return;
      const endpoints = container.endpoints.map((endpoint) => this.live(endpoint));
      this.containers.set(id, { ...container, state: 'running', running: true, startedAt: new Date().toISOString(), endpoints });
      for (const endpoint of endpoints) this.tellConnection('connect', endpoint, container);
      this.tell('container', 'start', container);
    });

  stopContainer = (id: string): Promise<void> =>
    this.call('stopContainer', id, () => {
      const container = this.container(id);
      if (!container.running) return;
      this.containers.set(id, exited(container, { exitCode: 137 }));
      this.tell('container', 'die', container);
      for (const endpoint of container.endpoints) this.tellConnection('disconnect', endpoint, container);
      this.tell('container', 'stop', container);
    });

  restartContainer = async (id: string): Promise<void> => {
    await this.stopContainer(id);
    await this.startContainer(id);
  };

  pauseContainer = (id: string): Promise<void> => this.pausing('pause', id, 'running', 'paused');
  unpauseContainer = (id: string): Promise<void> => this.pausing('unpause', id, 'paused', 'running');

  removeContainer = (id: string, { force }: { force: boolean }): Promise<void> =>
    this.call('removeContainer', id, () => {
      const container = this.container(id);
      if (container.running && !force) throw refused('CONTAINER_STATE', id);
      this.containers.delete(id);
      this.tell('container', 'destroy', container);
    });

  connectContainer = (networkId: string, containerId: string, spec: EndpointSpec): Promise<void> =>
    this.call('connectContainer', `${networkId}.${containerId}`, () => {
      const network = this.network(networkId);
      const container = this.container(containerId);
      const standing = container.endpoints.some(({ networkName }) => networkName === network.name);
      if (standing && container.running) throw refused('ALREADY_ATTACHED', containerId);
      if (standing) return;
      const configured = aConfiguredEndpoint(network.name, { aliases: spec.aliases ?? [] });
      const endpoint = container.running ? this.live(configured) : configured;
      this.containers.set(containerId, { ...container, endpoints: [...container.endpoints, endpoint] });
      if (container.running) this.tellConnection('connect', endpoint, container);
    });

  disconnectContainer = (networkId: string, containerId: string): Promise<void> =>
    this.call('disconnectContainer', `${networkId}.${containerId}`, () => {
      const network = this.network(networkId);
      const container = this.container(containerId);
      const endpoint = container.endpoints.find(({ networkName }) => networkName === network.name);
      if (endpoint === undefined) throw refused('ATTACHMENT_NOT_FOUND', containerId);
      const endpoints = container.endpoints.filter((other) => other !== endpoint);
      this.containers.set(containerId, { ...container, endpoints });
      this.tellConnection('disconnect', endpoint, container);
    });

  async close(): Promise<void> {
    for (const stream of this.streams) stream.close();
  }

  /** Somebody else's change, of which nothing is told. */
  addUnseen(network: ObservedNetwork): void {
    this.networks.set(network.id, network);
  }

  removeUnseen(id: string): void {
    this.networks.delete(id);
    this.containers.delete(id);
  }

  private async call<T>(operation: string, id: string, work: () => T): Promise<T> {
    this.calls.push(`${operation} ${id}`.trim());
    const fault = this.faults.get(operation)?.shift();
    await Promise.resolve();
    return fault === undefined ? work() : ((await fault(async () => work())) as T);
  }

  private pausing(verb: 'pause' | 'unpause', id: string, from: 'running' | 'paused', to: 'running' | 'paused'): Promise<void> {
    return this.call(`${verb}Container`, id, () => {
      const container = this.container(id);
      if (container.state !== from) throw refused('CONTAINER_STATE', id);
      this.containers.set(id, { ...container, state: to });
      this.tell('container', verb, container);
    });
  }

  private newId(name: string): string {
    this.made += 1;
    return idOf(`${this.made}-${name}`);
  }

  private network(id: string): ObservedNetwork {
    const network = this.networks.get(id);
    if (network === undefined) throw refused('NETWORK_NOT_FOUND', id);
    return network;
  }

  private container(id: string): ObservedContainer {
    const container = this.containers.get(id);
    if (container === undefined) throw refused('CONTAINER_NOT_FOUND', id);
    return container;
  }

  private named(networkName: string): ObservedNetwork {
    const network = [...this.networks.values()].find(({ name }) => name === networkName);
    if (network === undefined) throw refused('NETWORK_NOT_FOUND', networkName);
    return network;
  }

  private endpointsOn(networkId: string): ObservedEndpoint[] {
    const endpoints = [...this.containers.values()].flatMap((container) => container.endpoints);
    return endpoints.filter((endpoint) => endpoint.networkId === networkId);
  }

  private live(endpoint: ObservedEndpoint): ObservedEndpoint {
    this.made += 1;
    return {
      ...endpoint,
      networkId: this.named(endpoint.networkName).id,
      endpointId: idOf(`endpoint-${this.made}`),
      ipv4Address: `10.20.${Math.floor(this.made / 250)}.${(this.made % 250) + 2}`,
      ipv4PrefixLength: 16,
    };
  }

  private tell(type: string, action: string, { id, name }: { id: string; name: string }): void {
    this.send({ ...anEngineEvent(type, action, name), actorId: id });
  }

  private tellConnection(action: string, { networkName }: ObservedEndpoint, { id }: ObservedContainer): void {
    this.send({ ...anEngineEvent('network', action, networkName, { container: id }), actorId: this.named(networkName).id });
  }

  private send(event: EngineEvent): void {
    this.remembered = [...this.remembered, event].slice(-MEMORY);
    for (const stream of this.streams) stream.push(event);
  }
}
