import type { Sight } from '../sight/sight.js';
import type { Attachment } from '../resources/attachment.js';
import { HIDDEN_MODE, OWN_MODES, type Container } from '../resources/container.js';
import type { Network } from '../resources/network.js';
import { withOnly, type EngineSnapshot } from './engine-snapshot.js';
import type { Joined } from './joined-pictures.js';
import { narrowSwarm } from './narrowed-swarm.js';

const narrowed = new WeakMap<Joined, Map<string, Joined>>();

/** What a sight shows of all pictures; the same object for equal sights until a picture changes. */
export function narrowView(view: Joined, sight: Sight): Joined {
  if (sight.isWhole) return view;
  const known = narrowed.get(view) ?? new Map<string, Joined>();
  narrowed.set(view, known);
  const made = known.get(sight.key) ?? narrow(view, sight);
  known.set(sight.key, made);
  return made;
}

function narrow(view: Joined, sight: Sight): Joined {
  const snapshots = [...view.snapshots.values()].filter(({ engine }) => sight.seesEngine(engine));
  const isShown = (network: Network): boolean => sight.seesLabels(network.labels) && network.engines.some((name) => sight.seesEngine(name));
  const networks = new Set([...snapshots.flatMap((snapshot) => snapshot.networks), ...view.swarmNetworks.values()].filter(isShown));
  const ids = new Set([...networks].map(({ id }) => id));
  const parts = snapshots.map((snapshot) => narrowParts(snapshot, ids, sight));
  const counts = countByNetwork(parts);
  const names = new Set([...networks].map(({ name }) => name));
  const shown = new Map([...networks].map((network) => [network, withSource(narrowNetwork(network, counts.get(network.id) ?? 0, sight), names)]));
  const swarmNetworks = new Map([...view.swarmNetworks].flatMap(([id, network]) => entryOf(id, shown.get(network))));
  return {
    swarmNetworks,
    snapshots: new Map(
      parts.map(({ snapshot, remoteAttachments, ...rest }) => {
        const own = snapshot.networks.flatMap((network) => shown.get(network) ?? []);
        const only = withOnly(snapshot, { ...rest, networks: own });
        return [snapshot.engine, { ...only, remoteAttachments, swarmNetworks: snapshot.swarm === null ? snapshot.swarmNetworks : swarmNetworks }];
      }),
    ),
    swarms: view.swarms.flatMap((swarm) => narrowSwarm(swarm, sight, ids) ?? []),
  };
}

function entryOf<T>(id: string, value: T | undefined): [string, T][] {
  return value === undefined ? [] : [[id, value]];
}

interface Parts {
  readonly snapshot: EngineSnapshot;
  readonly containers: readonly Container[];
  readonly attachments: readonly Attachment[];
  readonly remoteAttachments: readonly Attachment[];
}

/** An attachment shows where both its ends do. */
function narrowParts(snapshot: EngineSnapshot, networks: ReadonlySet<string>, sight: Sight): Parts {
  const hasNetwork = ({ networkId }: Attachment): boolean =>
    // One whose network is gone hides nothing but that one's name, which may have been another's.
    networkId === null ? sight.selector === null : networks.has(networkId);
  const seen = snapshot.containers.filter(({ labels }) => sight.seesLabels(labels));
  const ids = new Set(seen.map(({ id }) => id));
  return {
    snapshot,
    containers: seen.map((container) => narrowContainer(container, hasNetwork, sight.selector === null ? undefined : ids)),
    attachments: snapshot.attachments.filter((attachment) => ids.has(attachment.containerId) && hasNetwork(attachment)),
    // Of a container on an engine that we do not know the labels are not known either.
    remoteAttachments: sight.selector === null ? snapshot.remoteAttachments.filter(hasNetwork) : [],
  };
}

/** `ids` are those of the containers that show beside it; undefined where all on its engine do. */
function narrowContainer(container: Container, hasNetwork: (attachment: Attachment) => boolean, ids: ReadonlySet<string> | undefined): Container {
  const attachments = container.attachments.filter(hasNetwork);
  const shown = attachments.length === container.attachments.length ? container : { ...container, attachments };
  return ids === undefined || isModeSeen(shown, ids) ? shown : { ...shown, networkMode: HIDDEN_MODE, sharesNetworkOf: null };
}

/** A mode may be the name or the id of a network, or the id of a container. */
function isModeSeen({ networkMode, sharesNetworkOf, attachments }: Container, ids: ReadonlySet<string>): boolean {
  if (sharesNetworkOf !== null) return ids.has(sharesNetworkOf);
  return OWN_MODES.includes(networkMode) || attachments.some(({ networkId, networkName }) => [networkId, networkName].includes(networkMode));
}

function countByNetwork(parts: readonly Parts[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { networkId } of parts.flatMap(({ attachments, remoteAttachments }) => [...attachments, ...remoteAttachments])) {
    if (networkId !== null) counts.set(networkId, (counts.get(networkId) ?? 0) + 1);
  }
  return counts;
}

/** Where its settings come from shows as any other network does. */
function withSource(network: Network, names: ReadonlySet<string>): Network {
  return network.configFrom === null || names.has(network.configFrom) ? network : { ...network, configFrom: null };
}

const UNTOLD = { capacity: null, inUse: null, free: null };

/**
 * The network with as many attachments, and on those engines, as show. How many addresses are in use would tell of attachments that do not; of a swarm's network
 * also of services, and of nodes.
 */
export function narrowNetwork(network: Network, attachmentCount: number, sight: Sight): Network {
  const engines = network.engines.filter((name) => sight.seesEngine(name));
  const isUsageTold = attachmentCount === network.attachmentCount && network.scope !== 'swarm';
  if (isUsageTold && engines.length === network.engines.length) return network;
  const pools = network.ipam.pools.map((pool) => ({ ...pool, usage: UNTOLD }));
  const ipam = isUsageTold ? network.ipam : { ...network.ipam, pools };
  return { ...network, engines, attachmentCount, ipam };
}
