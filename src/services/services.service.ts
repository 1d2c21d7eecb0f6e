import { Injectable } from '@nestjs/common';
import { Inventory } from '../inventory/inventory.js';
import { labelTest, Lister, nameTest, type ListRequest } from '../inventory/listing.js';
import type { Listing } from '../inventory/page.js';
import { References } from '../inventory/references.js';
import { requireAddress } from '../inventory/subnet.js';
import { SwarmReferences } from '../inventory/swarm-references.js';
import type { SwarmView } from '../inventory/swarm.view.js';
import type { Container } from '../resources/container.js';
import type { Service, SwarmNode, Task } from '../resources/swarm.js';

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
    private readonly inventory: Inventory,
    private readonly lister: Lister,
    private readonly networks: References,
    private readonly references: SwarmReferences,
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

  private views(swarm: string | null | undefined): readonly SwarmView[] {
    return swarm ? [this.references.swarm(swarm).view] : this.inventory.swarms();
  }
}
