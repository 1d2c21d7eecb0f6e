import { Injectable } from '@nestjs/common';
import type { NetworkSpec } from '../docker/docker.gateway.js';
import { DomainError } from '../errors/domain.error.js';
import type { EngineSnapshot } from '../inventory/engine-snapshot.js';
import { Inventory } from '../inventory/inventory.js';
import { labelTest, Lister, nameTest, type ListRequest, type ListSource } from '../inventory/listing.js';
import type { Outcome, WriteOptions } from '../inventory/outcome.js';
import type { Listing } from '../inventory/page.js';
import { References, type Found } from '../inventory/references.js';
import { ResourceFollower } from '../inventory/resource-follower.js';
import { requireEngineInSight, requireOwnLabels } from '../inventory/sight.rules.js';
import { parseAddress, Subnet } from '../inventory/subnet.js';
import { VisibleInventory } from '../inventory/visible-inventory.js';
import type { Attachment } from '../resources/attachment.js';
import type { Network } from '../resources/network.js';
import { NetworkAttempts } from './network.attempts.js';
import type { Pruned } from './network.findings.js';
import type { CreateNetworkInput, PruneNetworksInput } from './network.inputs.js';
import { canonicalPool } from './pool.rules.js';

export interface NetworkFilter {
  readonly engine?: string | null;
  /** Exact, or with `*` for any text. */
  readonly name?: string | null;
  readonly driver?: string | null;
  readonly scope?: string | null;
  /** `key` or `key=value` each; all must hold. */
  readonly label?: readonly string[] | null;
  readonly builtin?: boolean | null;
  /** Nothing is attached, stopped containers counted, and it is not the engine's own. */
  readonly dangling?: boolean | null;
  /** One of its subnets holds this address. */
  readonly containsAddress?: string | null;
}

export interface NetworkWithAttachments extends Network {
  readonly attachments: readonly Attachment[];
}

export interface RemoveNetworkOptions extends WriteOptions {
  /** Take every container off first. */
  readonly detach?: boolean;
}

/** Networks: which there are, and making and removing them. */
@Injectable()
export class NetworksService {
  constructor(
    private readonly inventory: Inventory,
    private readonly visible: VisibleInventory,
    private readonly lister: Lister,
    private readonly references: References,
    private readonly follower: ResourceFollower,
    private readonly attempts: NetworkAttempts,
  ) {}

  list(filter: NetworkFilter, request: ListRequest): Listing<Network> {
    const test = networkTest(filter);
    const source: ListSource<Network, NetworkFilter> = {
      kind: 'networks',
      sortable: ['name', 'id', 'createdAt', 'driver', 'scope', 'attachmentCount'],
      defaultSort: 'name',
      select: (snapshot) => candidates(snapshot, filter).filter(test),
    };
    return this.lister.list(source, filter, request);
  }

  /** The same list, each network with its attachments. */
  listWithAttachments(filter: NetworkFilter, request: ListRequest): Listing<NetworkWithAttachments> {
    const found = this.list(filter, request);
    const items = found.items.map((network) => ({ ...network, attachments: this.attachmentsOf(network) }));
    return { ...found, items };
  }

  /** Fails as references do. */
  get(ref: string, engine?: string | null): Network {
    return this.references.network(ref, engine ?? undefined).resource;
  }

  /** All attachments of a network, those of stopped containers included. */
  attachmentsOf(network: Pick<Network, 'id'>): readonly Attachment[] {
    return this.visible.attachmentsOf(network);
  }

  /** Each new state of a network, or of one of its attachments. Fails as references do. */
  follow(ref: string, engine?: string | null): AsyncGenerator<Network, void> {
    const found = this.references.network(ref, engine ?? undefined);
    return this.follower.follow(found.engine, ({ networkById, swarmNetworks }) => {
      const network = networkById.get(found.resource.id) ?? swarmNetworks.get(found.resource.id);
      if (network === undefined) return undefined;
      return { resource: network, watched: [network, ...this.attachmentsOf(network)] };
    });
  }

  async create(input: CreateNetworkInput, options: WriteOptions): Promise<Outcome<Network>> {
    return this.attempts.create(() => {
      const engine = this.engineToCreateOn(input);
      requireOwnLabels(input.labels ?? {});
      return { engine, spec: this.toSpec(engine, input) };
    }, options);
  }

  async remove(ref: string, engine: string | null | undefined, options: RemoveNetworkOptions): Promise<Outcome<Network>> {
    return this.attempts.remove(() => {
      const found = this.references.network(ref, engine ?? undefined);
      return { ...found, engine: this.commandedBy(found) };
    }, options);
  }

  /** Removes networks that nothing is attached to, stopped containers counted. */
  async prune(input: PruneNetworksInput, options: WriteOptions): Promise<Pruned> {
    const isMeant = pruneTest(input);
    return this.attempts.prune(() => {
      const engines = input.engine ? [this.visible.requireEngine(input.engine)] : this.visible.engineNames();
      return engines.map((engine) => {
        const { networkById } = this.visible.snapshot(engine);
        // Whether something is attached is not a question of who sees it.
        const found = this.inventory.snapshot(engine).networks.filter(({ id }) => networkById.has(id));
        return { engine, networks: found.filter((network) => isPrunable(network) && isMeant(network)) };
      });
    }, options);
  }

  /** Whatever engine of the swarm is named: a manager makes what is the swarm's. */
  private engineToCreateOn({ engine, driver, scope, configOnly }: CreateNetworkInput): string {
    if ((driver !== 'overlay' && scope !== 'swarm') || configOnly) return this.visible.engineFor(engine);
    const swarms = this.visible.swarms();
    const only = swarms.length === 1 ? swarms[0] : undefined;
    const swarm = engine ? this.visible.swarmOf(this.visible.requireEngine(engine)) : only;
    if (swarm === undefined) return this.visible.engineFor(engine);
    requireEngineInSight(swarm.group.speaker);
    return swarm.group.speaker;
  }

  /** Only a manager takes away what is a swarm's. */
  private commandedBy({ engine, resource }: Found<Network>): string {
    const speaker = resource.scope === 'swarm' ? this.inventory.swarmOf(engine)?.group.speaker : undefined;
    if (speaker !== undefined) requireEngineInSight(speaker);
    return speaker ?? engine;
  }

  private toSpec(engine: string, input: CreateNetworkInput): NetworkSpec {
    const { ipam } = input;
    return {
      name: input.name,
      driver: input.driver ?? 'bridge',
      ...(input.scope ? { scope: input.scope } : {}),
      internal: input.internal ?? false,
      attachable: input.attachable ?? false,
      ingress: input.ingress ?? false,
      configOnly: input.configOnly ?? false,
      ...(input.configFrom ? { configFrom: this.get(input.configFrom, engine).name } : {}),
      ipv4Enabled: input.ipv4Enabled ?? true,
      ipv6Enabled: input.ipv6Enabled ?? false,
      ipamDriver: ipam?.driver ?? 'default',
      ipamOptions: ipam?.options ?? {},
      pools: (ipam?.pools ?? []).map(canonicalPool),
      options: input.options ?? {},
      labels: input.labels ?? {},
    };
  }
}

/** What a prune may take: nothing of the engine's own, and nothing whose use cannot be seen from here. */
function isPrunable(network: Network): boolean {
  const { builtin, attachmentCount, scope, configOnly, ingress, name } = network;
  return !builtin && attachmentCount === 0 && scope === 'local' && !configOnly && !ingress && name !== 'docker_gwbridge';
}

function pruneTest({ labels = [], withoutLabels = [], createdBefore }: PruneNetworksInput): (network: Network) => boolean {
  const hasAll = labelTest(labels);
  const unwanted = withoutLabels.map((label) => labelTest([label]));
  const before = createdBefore === undefined ? Infinity : Date.parse(createdBefore);
  return (network) =>
    hasAll(network.labels) &&
    !unwanted.some((has) => has(network.labels)) &&
    Date.parse(network.createdAt) < before;
}

function candidates(snapshot: EngineSnapshot, { label }: NetworkFilter): readonly Network[] {
  const [first] = label ?? [];
  return first === undefined ? snapshot.networks : (snapshot.networksByLabel.get(first) ?? []);
}

function networkTest(filter: NetworkFilter): (network: Network) => boolean {
  const tests: ((network: Network) => boolean)[] = [];
  const { name, driver, scope, label, builtin, dangling, containsAddress } = filter;
  if (name) {
    const matches = nameTest(name);
    tests.push((network) => matches(network.name));
  }
  if (driver) tests.push((network) => network.driver === driver);
  if (scope) tests.push((network) => network.scope === scope);
  if (label?.length) {
    const matches = labelTest(label);
    tests.push((network) => matches(network.labels));
  }
  if (builtin !== undefined && builtin !== null) tests.push((network) => network.builtin === builtin);
  if (dangling !== undefined && dangling !== null) {
    tests.push((network) => (!network.builtin && network.attachmentCount === 0) === dangling);
  }
  if (containsAddress) tests.push(holdsAddress(containsAddress));
  return (network) => tests.every((test) => test(network));
}

function holdsAddress(text: string): (network: Network) => boolean {
  const address = parseAddress(text);
  if (address === undefined) {
    throw DomainError.invalid(`"${text}" is not an address.`, { field: 'containsAddress', message: 'must be an address' });
  }
  return ({ ipam }) => ipam.pools.some(({ subnet }) => Subnet.parse(subnet)?.contains(address));
}
