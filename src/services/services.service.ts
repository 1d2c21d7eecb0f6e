import { Injectable } from '@nestjs/common';
import type { ServiceChanges, ServiceSpec } from '../docker/swarm.gateway.js';
import { DomainError } from '../errors/domain.error.js';
import { labelTest, Lister, nameTest, type ListRequest } from '../inventory/listing.js';
import type { Outcome, WriteOptions } from '../inventory/outcome.js';
import type { Listing } from '../inventory/page.js';
import { References } from '../inventory/references.js';
import { requireOwnLabels, requireWholeSwarm } from '../inventory/sight.rules.js';
import { requireAddress } from '../inventory/subnet.js';
import { SwarmReferences, type InSwarm } from '../inventory/swarm-references.js';
import type { SwarmView } from '../inventory/swarm.view.js';
import { VisibleInventory } from '../inventory/visible-inventory.js';
import type { Container } from '../resources/container.js';
import type { Service, Swarm, SwarmNode, Task } from '../resources/swarm.js';
import { ServiceAttempts } from './service.attempts.js';
import type { CallersOptions } from './service.commands.js';
import type { CreateServiceInput, ServiceNetworkInput, UpdateServiceInput } from './service.inputs.js';
import { requireForServices, toPortSpecs } from './service.rules.js';

export interface ServiceFilter {
  readonly swarm?: string | null;
  /** Exact, or with `*` for any text. */
  readonly name?: string | null;
  readonly image?: string | null;
  readonly mode?: string | null;
  /** A reference. */
  readonly network?: string | null;
  readonly publishedPort?: number | null;
  /** `key` or `key=value` each; all must hold. */
  readonly label?: readonly string[] | null;
}

export interface TaskFilter {
  readonly swarm?: string | null;
  readonly service?: string | null;
  readonly node?: string | null;
  readonly network?: string | null;
  readonly state?: string | null;
  readonly desiredState?: string | null;
  readonly address?: string | null;
}

/** Services and tasks of swarms: which there are, and how they hang together. */
@Injectable()
export class ServicesService {
  constructor(
    private readonly inventory: VisibleInventory,
    private readonly lister: Lister,
    private readonly networks: References,
    private readonly references: SwarmReferences,
    private readonly attempts: ServiceAttempts,
  ) {}

  list(filter: ServiceFilter, request: ListRequest): Listing<Service> {
    const { image, mode, publishedPort } = filter;
    const network = filter.network ? this.networks.network(filter.network).resource.id : undefined;
    const hasName = filter.name ? nameTest(filter.name) : (): boolean => true;
    const hasLabels = labelTest(filter.label ?? []);
    const isWanted = (service: Service): boolean =>
      hasName(service.name) &&
      hasLabels(service.labels) &&
      (!image || service.image === image) &&
      (!mode || service.mode === mode) &&
      (network === undefined || service.networks.some(({ networkId }) => networkId === network)) &&
      (!publishedPort || service.publishedPorts.some((port) => port.publishedPort === publishedPort));
    const source = {
      kind: 'services',
      sortable: ['name', 'id', 'image', 'mode', 'replicas', 'runningTasks', 'createdAt', 'updatedAt'],
      defaultSort: 'name',
    };
    const all = this.views(filter.swarm).flatMap(({ services }) => services);
    return this.lister.listAll(source, all.filter(isWanted), filter, request);
  }

  /** Fails with `SERVICE_NOT_FOUND`, or as references do. */
  get(ref: string): Service {
    return this.references.service(ref).resource;
  }

  async create(input: CreateServiceInput, options: CallersOptions): Promise<Outcome<Service>> {
    return this.attempts.create(() => {
      const view = this.references.only(input.swarm);
      requireWholeSwarm(view);
      requireOwnLabels(input.labels ?? {});
      if (input.mode === 'global' && input.replicas !== undefined) {
        throw DomainError.invalid('A global service has one task on each node.', { field: 'replicas', message: 'cannot be given with mode global' });
      }
      const spec: ServiceSpec = {
        name: input.name,
        image: input.image,
        command: input.command ?? [],
        replicas: input.mode === 'global' ? null : (input.replicas ?? 1),
        networks: this.toPlaces(input.networks ?? [], view),
        endpointMode: input.endpointMode ?? 'vip',
        ports: toPortSpecs(input.publishedPorts ?? []),
        labels: input.labels ?? {},
      };
      return { swarmId: view.swarm.id, spec };
    }, options);
  }

  /** What is absent stays, null clears. */
  async update(ref: string, input: UpdateServiceInput, options: CallersOptions): Promise<Outcome<Service>> {
    return this.attempts.update(() => this.require(ref), (standing) => this.changes(standing, input), options);
  }

  async remove(ref: string, options: WriteOptions): Promise<Outcome<Service>> {
    return this.attempts.remove(() => this.require(ref), options);
  }

  listTasks(filter: TaskFilter, request: ListRequest): Listing<Task> {
    const service = filter.service ? this.references.service(filter.service).resource.id : undefined;
    const node = filter.node ? this.references.node(filter.node).resource.id : undefined;
    const network = filter.network ? this.networks.network(filter.network).resource.id : undefined;
    const address = filter.address ? requireAddress(filter.address, 'address') : undefined;
    const isWanted = (task: Task): boolean =>
      (service === undefined || task.serviceId === service) &&
      (node === undefined || task.nodeId === node) &&
      (!filter.state || task.state === filter.state) &&
      (!filter.desiredState || task.desiredState === filter.desiredState) &&
      (network === undefined || task.addresses.some(({ networkId }) => networkId === network)) &&
      (address === undefined || task.addresses.some((held) => held.address === address));
    const source = {
      kind: 'tasks',
      sortable: ['name', 'id', 'serviceName', 'slot', 'engine', 'state', 'desiredState', 'createdAt', 'updatedAt'],
      defaultSort: 'name',
    };
    const all = this.views(filter.swarm).flatMap(({ tasks }) => tasks);
    return this.lister.listAll(source, all.filter(isWanted), filter, request);
  }

  /** By id or name. Fails with `TASK_NOT_FOUND`. */
  getTask(ref: string): Task {
    return this.references.task(ref).resource;
  }

  tasksOf(serviceId: string): readonly Task[] {
    return this.inventory.swarms().flatMap(({ tasks }) => tasks.filter((task) => task.serviceId === serviceId));
  }

  tasksOnNode(nodeId: string): readonly Task[] {
    return this.inventory.swarms().flatMap(({ tasks }) => tasks.filter((task) => task.nodeId === nodeId));
  }

  servicesOfSwarm(swarmId: string): readonly Service[] {
    return this.viewOf(swarmId)?.services ?? [];
  }

  swarmOf(swarmId: string): Swarm | null {
    return this.viewOf(swarmId)?.swarm ?? null;
  }

  servicesOn(networkId: string): readonly Service[] {
    const isOn = ({ networks, virtualAddresses }: Service): boolean =>
      [...networks, ...virtualAddresses].some((place) => place.networkId === networkId);
    return this.inventory.swarms().flatMap(({ services }) => services.filter(isOn));
  }

  tasksOn(networkId: string): readonly Task[] {
    return this.inventory.swarms().flatMap(({ tasks }) => tasks.filter(({ addresses }) => addresses.some((place) => place.networkId === networkId)));
  }

  serviceOf({ serviceId }: Task): Service | null {
    return this.inventory.swarms().flatMap(({ services }) => services).find(({ id }) => id === serviceId) ?? null;
  }

  nodeOf({ nodeId }: Task): SwarmNode | null {
    return this.inventory.swarms().flatMap(({ nodes }) => nodes).find(({ id }) => id === nodeId) ?? null;
  }

  containerOf({ engine, containerId }: Task): Container | null {
    return engine === null ? null : (this.inventory.snapshot(engine).containerById.get(containerId ?? '') ?? null);
  }

  /** The task whose container it is; null for one that was made by hand. */
  taskOf(containerId: string): Task | null {
    return this.inventory.swarms().flatMap(({ tasks }) => tasks).find((task) => task.containerId === containerId) ?? null;
  }

  /** Its tasks may come to be on any node. */
  private require(ref: string): InSwarm<Service> {
    const found = this.references.service(ref);
    requireWholeSwarm(found.view);
    return found;
  }

  private viewOf(swarmId: string): SwarmView | undefined {
    return this.inventory.swarms().find(({ swarm }) => swarm.id === swarmId);
  }

  private changes({ view, resource: standing }: InSwarm<Service>, input: UpdateServiceInput): ServiceChanges {
    const { image, command, replicas, networks, endpointMode, publishedPorts, labels } = input;
    if (labels !== undefined) requireOwnLabels(labels ?? {});
    if (standing.mode === 'job') throw new DomainError('UNSUPPORTED_BY_ENGINE', `Service ${standing.name} is a job: jobs are shown, not changed.`);
    if (standing.mode === 'global' && replicas !== undefined) {
      throw DomainError.invalid('A global service has one task on each node.', { field: 'replicas', message: 'is nothing of a global service' });
    }
    return {
      ...(image !== undefined && { image }),
      ...(command !== undefined && { command: command ?? [] }),
      ...(replicas !== undefined && { replicas }),
      ...(networks !== undefined && { networks: this.toPlaces(networks ?? [], view) }),
      ...(endpointMode !== undefined && { endpointMode }),
      ...(publishedPorts !== undefined && { ports: toPortSpecs(publishedPorts ?? []) }),
      ...(labels !== undefined && { labels: labels ?? {} }),
    };
  }

  private toPlaces(networks: readonly ServiceNetworkInput[], { group }: SwarmView): ServiceSpec['networks'] {
    return networks.map(({ network, aliases = [] }, index) => {
      const found = this.networks.networkInReach(network, group.speaker);
      requireForServices(found, index, group.speaker);
      return { target: found.id, aliases: [...new Set(aliases)] };
    });
  }

  private views(swarm: string | null | undefined): readonly SwarmView[] {
    return swarm ? [this.references.swarm(swarm).view] : this.inventory.swarms();
  }
}
