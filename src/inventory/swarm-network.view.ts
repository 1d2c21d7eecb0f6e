import type { ObservedNetwork } from '../docker/observed.js';
import type { ObservedTask } from '../docker/swarm.observed.js';
import type { Attachment } from '../resources/attachment.js';
import type { Network, PoolUsage } from '../resources/network.js';
import type { EngineSnapshot } from './engine-snapshot.js';
import { poolUsage } from './pool-usage.js';
import type { SwarmGroup } from './swarm-group.js';
import { hasEnded, taskName } from './swarm.view.js';

/** One engine that shows a network of a swarm. */
export interface Sight {
  readonly snapshot: EngineSnapshot;
  readonly network: Network;
  readonly observed: ObservedNetwork;
}

/** What is known of the swarm that a network is in; undefined where we know none of its managers. */
export interface SwarmKnowledge {
  readonly group: SwarmGroup;
  /** Every ready node is an engine that we follow: then nothing on the network is hidden from us. */
  readonly isComplete: boolean;
}

/** The network of a swarm as one, although several engines show it; `attachments` are those on all engines. */
export function joinNetwork(
  sights: readonly Sight[],
  attachments: readonly Attachment[],
  knowledge: SwarmKnowledge | undefined,
): Network {
  const told = sights.find(({ snapshot }) => snapshot.engine === knowledge?.group.speaker) ?? sights[0];
  if (told === undefined) throw new Error('a network that no engine shows cannot be joined');
  const { network } = told;
  const remote = knowledge === undefined ? [] : remoteAttachments(knowledge.group, network.id);
  const held = knowledge === undefined ? [] : heldAddresses(sights, attachments, knowledge.group);
  const usageOf = (pool: Network['ipam']['pools'][number], index: number, isComplete: boolean): PoolUsage => {
    const observed = told.observed.pools[index];
    return observed === undefined || knowledge === undefined ? pool.usage : poolUsage(told.observed, observed, held, isComplete);
  };
  const pools = network.ipam.pools.map((pool, index) => ({ ...pool, usage: usageOf(pool, index, knowledge?.isComplete ?? false) }));
  // What is known to be held may already be all there is, whoever else holds some.
  const full = network.ipam.pools.filter((pool, index) => usageOf(pool, index, true).free === '0');
  const joined = {
    ...network,
    // Engines tell since when they take part themselves.
    createdAt: sights.map((sight) => sight.network.createdAt).sort()[0] ?? network.createdAt,
    engines: sights.map(({ snapshot }) => snapshot.engine),
    ipam: { ...network.ipam, pools },
    attachmentCount: attachments.length + remote.length,
  };
  const unseen = knowledge === undefined ? [] : unseenNodes(knowledge.group);
  return { ...joined, notes: [...network.notes, ...swarmNotes(joined), ...fullNotes(full), ...unseenNotes(joined, unseen)] };
}

function swarmNotes(network: Network): string[] {
  const notes: string[] = [];
  if (network.ingress) notes.push("Carries the swarm's routing mesh: published ports of services, and no containers of yours.");
  else if (!network.attachable) notes.push('Takes only the tasks of services: it was not created as attachable.');
  if ('encrypted' in network.options) {
    notes.push('Encrypted: what goes between hosts is carried by IPsec (ESP). Where a kernel or a firewall has none, nothing gets through, and no engine says so.');
  }
  if (network.ipv6Enabled) {
    notes.push('IPv6: swarms give out addresses of one family. Containers here may get addresses that others have, or none, and then do not start.');
  }
  return notes;
}

function fullNotes(full: readonly Network['ipam']['pools'][number][]): string[] {
  if (full.length === 0) return [];
  const blocks = full.map(({ subnet, ipRange }) => ipRange ?? subnet).join(', ');
  return [`No address is left in ${blocks}: further tasks and containers cannot start on it.`];
}

/** Nodes that take part and are no engines that we know; `node vm (10.0.0.3)`, since host names may be shared. */
function unseenNodes({ observed, engineOfNode }: SwarmGroup): string[] {
  return observed.nodes
    .filter(({ id, state }) => state === 'ready' && !engineOfNode.has(id))
    .map(({ hostname, address }) => (address === null ? hostname : `${hostname} (${address})`))
    .sort();
}

function unseenNotes({ ingress, attachable }: Network, unseen: readonly string[]): string[] {
  if (unseen.length === 0) return [];
  const nodes = `${unseen.length === 1 ? 'Node' : 'Nodes'} ${unseen.join(', ')} ${unseen.length === 1 ? 'is no known engine' : 'are no known engines'}`;
  const hidden = attachable && !ingress ? 'containers that were attached there by hand are not shown, and ' : '';
  return [`${nodes}: ${hidden}which addresses are free is not known.`];
}

/** All addresses that somebody has, as far as known: containers, tasks, services, load balancers. */
function heldAddresses(sights: readonly Sight[], attachments: readonly Attachment[], { observed }: SwarmGroup): string[] {
  const [id] = sights.map(({ network }) => network.id);
  const ofContainers = attachments.filter(({ active }) => active).flatMap(({ ipv4Address, ipv6Address }) => [ipv4Address, ipv6Address]);
  const ofServices = observed.services.flatMap(({ virtualAddresses }) => virtualAddresses).filter(({ networkId }) => networkId === id);
  const ofTasks = observed.tasks.filter((task) => !hasEnded(task)).flatMap((task) => addressesOn(task, id ?? ''));
  return [
    ...ofContainers.filter((address) => address !== null),
    ...ofServices.map(({ address }) => address),
    ...ofTasks.map(({ address }) => address),
    ...sights.flatMap((sight) => sight.observed.ownAddresses),
  ];
}

function addressesOn({ networks }: ObservedTask, networkId: string): ObservedTask['networks'][number]['addresses'] {
  return networks.filter((network) => network.networkId === networkId).flatMap(({ addresses }) => addresses);
}

/** The places on a network of tasks whose nodes are no engines that we know: a manager tells of them. */
export function remoteAttachments(group: SwarmGroup, networkId?: string): readonly Attachment[] {
  const services = new Map(group.observed.services.map((service) => [service.id, service]));
  return group.observed.tasks
    .filter((task) => task.containerId !== null && !hasEnded(task) && !group.engineOfNode.has(task.nodeId ?? ''))
    .flatMap((task) =>
      task.networks
        .filter((network) => networkId === undefined || network.networkId === networkId)
        .map((network) => {
          const service = services.get(task.serviceId);
          const aliases = service?.networks.find(({ target }) => target === network.networkId)?.aliases ?? [];
          const name = taskName(task, service?.name ?? task.serviceId);
          return remoteAttachment(group.speaker, { task, network, name, aliases });
        }),
    );
}

interface Place {
  readonly task: ObservedTask;
  readonly network: ObservedTask['networks'][number];
  readonly name: string;
  readonly aliases: readonly string[];
}

function remoteAttachment(engine: string, { task, network, name, aliases }: Place): Attachment {
  const v4 = network.addresses.find(({ address }) => !address.includes(':'));
  const v6 = network.addresses.find(({ address }) => address.includes(':'));
  const containerId = task.containerId ?? '';
  return {
    id: `${network.networkId}.${containerId}`,
    engine,
    networkId: network.networkId,
    networkName: network.networkName,
    containerId,
    containerName: name,
    active: task.state === 'running',
    endpointId: null,
    ipv4Address: v4?.address ?? null,
    ipv4PrefixLength: v4?.prefixLength ?? null,
    ipv6Address: v6?.address ?? null,
    ipv6PrefixLength: v6?.prefixLength ?? null,
    macAddress: null,
    gateway: null,
    ipv6Gateway: null,
    aliases,
    dnsNames: [],
    links: [],
    driverOptions: {},
    gatewayPriority: null,
    defaultRoute: [],
    broken: null,
  };
}
