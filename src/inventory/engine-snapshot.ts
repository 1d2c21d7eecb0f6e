import type { ObservedContainer, ObservedNetwork } from '../docker/observed.js';
import type { Attachment } from '../resources/attachment.js';
import type { Container } from '../resources/container.js';
import type { Network } from '../resources/network.js';
import { publicNetworkId, toAttachments, type NetworkLookup } from './attachment.view.js';
import { toContainer } from './container.view.js';
import { toNetwork } from './network.view.js';

/** What is known of one engine at one revision; never changes. All reads are answered from such snapshots. */
export interface EngineSnapshot {
  readonly engine: string;
  readonly revision: number;
  /** By name, then id. */
  readonly networks: readonly Network[];
  readonly containers: readonly Container[];
  readonly attachments: readonly Attachment[];
  readonly networkById: ReadonlyMap<string, Network>;
  readonly networksByName: ReadonlyMap<string, readonly Network[]>;
  readonly networksByLabel: ReadonlyMap<string, readonly Network[]>;
  readonly containerById: ReadonlyMap<string, Container>;
  readonly containersByName: ReadonlyMap<string, readonly Container[]>;
  readonly containersByLabel: ReadonlyMap<string, readonly Container[]>;
  readonly attachmentById: ReadonlyMap<string, Attachment>;
  readonly attachmentsByNetwork: ReadonlyMap<string, readonly Attachment[]>;
  readonly attachmentsByAddress: ReadonlyMap<string, readonly Attachment[]>;
  /** Places of tasks on nodes that are no engines of ours, where this engine is the one that tells of its swarm. */
  readonly remoteAttachments: readonly Attachment[];
  /** The engine that tells of the swarm that this one is in; without a speaker where we know none of its managers. */
  readonly swarm: { readonly speaker: string | null } | null;
  /** The networks of swarms, whichever engine shows them; none for an engine that is in no swarm. */
  readonly swarmNetworks: ReadonlyMap<string, Network>;
}

export interface Observations {
  readonly engine: string;
  readonly revision: number;
  readonly networks: ReadonlyMap<string, ObservedNetwork>;
  readonly containers: ReadonlyMap<string, ObservedContainer>;
  /** Networks of its swarm that other engines show. */
  readonly beyond?: readonly ObservedNetwork[];
}

function groupBy<T>(items: readonly T[], keysOf: (item: T) => readonly string[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    for (const key of keysOf(item)) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [item]);
      else group.push(item);
    }
  }
  return groups;
}

/** A label is found by `key` and by `key=value`. */
function labelKeys({ labels }: { labels: Readonly<Record<string, string>> }): string[] {
  return Object.entries(labels).flatMap(([key, value]) => [key, `${key}=${value}`]);
}

function byNameThenId(a: { name: string; id: string }, b: { name: string; id: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

function lookup(networks: ReadonlyMap<string, ObservedNetwork>, beyond: readonly ObservedNetwork[]): NetworkLookup {
  const named = new Map<string, ObservedNetwork>();
  for (const network of networks.values()) {
    const standing = named.get(network.name);
    // Two networks may bear one name on engines below 25 (engine-facts 0.1): the older keeps it, builtin ones always.
    if (standing === undefined || network.builtin || (!standing.builtin && network.createdAt < standing.createdAt)) {
      named.set(network.name, network);
    }
  }
  const byId = new Map(beyond.map((network) => [network.id, network]));
  const byName = new Map(beyond.map((network) => [network.name, network]));
  return { byId: (id) => networks.get(id) ?? byId.get(id), byName: (name) => named.get(name) ?? byName.get(name) };
}

function indexed(networks: readonly Network[]): Pick<EngineSnapshot, 'networks' | 'networkById' | 'networksByName' | 'networksByLabel'> {
  return {
    networks,
    networkById: new Map(networks.map((network) => [network.id, network])),
    networksByName: groupBy(networks, ({ name }) => [name]),
    networksByLabel: groupBy(networks, labelKeys),
  };
}

/** The same engine, its networks shown as these. */
export function withNetworks(snapshot: EngineSnapshot, networks: readonly Network[]): EngineSnapshot {
  return { ...snapshot, ...indexed(networks) };
}

/** The same engine, showing nothing but this. */
export function withOnly(snapshot: EngineSnapshot, shown: Shown): EngineSnapshot {
  return { ...snapshot, ...indexed(shown.networks), ...indexedContainers(shown) };
}

interface Shown {
  readonly networks: readonly Network[];
  readonly containers: readonly Container[];
  readonly attachments: readonly Attachment[];
}

type ContainerIndexes = 'containers' | 'containerById' | 'containersByName' | 'containersByLabel';
type AttachmentIndexes = 'attachments' | 'attachmentById' | 'attachmentsByNetwork' | 'attachmentsByAddress';

function indexedContainers({ containers, attachments }: Omit<Shown, 'networks'>): Pick<EngineSnapshot, ContainerIndexes | AttachmentIndexes> {
  return {
    containers,
    containerById: new Map(containers.map((container) => [container.id, container])),
    containersByName: groupBy(containers, ({ name }) => [name]),
    containersByLabel: groupBy(containers, labelKeys),
    attachments,
    attachmentById: new Map(attachments.map((attachment) => [attachment.id, attachment])),
    attachmentsByNetwork: groupBy(attachments, ({ networkId }) => (networkId === null ? [] : [networkId])),
    attachmentsByAddress: groupBy(attachments, ({ ipv4Address, ipv6Address }) =>
      [ipv4Address, ipv6Address].filter((address) => address !== null),
    ),
  };
}

/** Derives everything that is shown of an engine from what was inspected on it. */
export function buildSnapshot({ engine, revision, networks, containers, beyond = [] }: Observations): EngineSnapshot {
  const known = lookup(networks, beyond);
  const attachmentsOf = new Map<string, Attachment[]>();
  for (const container of containers.values()) {
    attachmentsOf.set(container.id, toAttachments(engine, container, known));
  }
  const attachments = [...attachmentsOf.values()]
    .flat()
    .sort((a, b) =>
      byNameThenId({ name: a.networkName, id: a.containerName }, { name: b.networkName, id: b.containerName }),
    );
  const attachmentsByNetwork = groupBy(attachments, ({ networkId }) => (networkId === null ? [] : [networkId]));
  const builtNetworks = [...networks.values()]
    .map((network) => toNetwork(engine, network, attachmentsByNetwork.get(publicNetworkId(engine, network)) ?? []))
    .sort(byNameThenId);
  const builtContainers = [...containers.values()]
    .map((container) => toContainer(engine, container, attachmentsOf.get(container.id) ?? []))
    .sort(byNameThenId);
  return {
    engine,
    revision,
    ...indexed(builtNetworks),
    ...indexedContainers({ containers: builtContainers, attachments }),
    remoteAttachments: [],
    swarm: null,
    swarmNetworks: new Map(),
  };
}

