import type { ObservedNetwork } from '../docker/observed.js';
import type { Network } from '../resources/network.js';
import type { EnginePicture } from './engine-picture.js';
import { withNetworks, type EngineSnapshot } from './engine-snapshot.js';
import { groupSwarms, type SwarmGroup } from './swarm-group.js';
import { joinNetwork, remoteAttachments, type Sight } from './swarm-network.view.js';
import { toSwarmView, type SwarmView } from './swarm.view.js';

/** The pictures of all engines, seen together. */
export interface Joined {
  /**
   * By engine: its own picture, in which the networks of a swarm are what all engines together show of them. That of an
   * engine that is in none is passed through.
   */
  readonly snapshots: ReadonlyMap<string, EngineSnapshot>;
  readonly swarms: readonly SwarmView[];
  /** Networks of swarms, by id, whichever engine shows them. */
  readonly swarmNetworks: ReadonlyMap<string, Network>;
}

/** Joins the pictures of engines where they are of one swarm. Pure: equal pictures, equal view. */
export function joinPictures(pictures: readonly EnginePicture[]): Joined {
  const groups = groupSwarms(pictures);
  const own = pictures.map((picture) => picture.snapshot(beyond(picture, groups, pictures)));
  const swarmNetworks = joinNetworks(own, pictures, groups);
  const snapshots = new Map(
    own.map((snapshot, index) => [snapshot.engine, joinSnapshot(snapshot, pictures[index], { swarmNetworks, groups })]),
  );
  const nameOf = (id: string): string | undefined => swarmNetworks.get(id)?.name;
  return { snapshots, swarmNetworks, swarms: groups.map((group) => toSwarmView(group, nameOf)) };
}

/** What a worker's containers may be configured for although it does not see it: the networks that its managers show. */
function beyond(picture: EnginePicture, groups: readonly SwarmGroup[], pictures: readonly EnginePicture[]): readonly ObservedNetwork[] {
  const group = groups.find(({ engines }) => engines.includes(picture.engine));
  if (group === undefined || group.managers.includes(picture.engine)) return [];
  const speaker = pictures.find(({ engine }) => engine === group.speaker);
  return (speaker?.swarmNetworks() ?? []).filter(({ ingress }) => !ingress);
}

function joinNetworks(
  snapshots: readonly EngineSnapshot[],
  pictures: readonly EnginePicture[],
  groups: readonly SwarmGroup[],
): Map<string, Network> {
  const sights = new Map<string, Sight[]>();
  for (const [index, snapshot] of snapshots.entries()) {
    for (const observed of pictures[index]?.swarmNetworks() ?? []) {
      const network = snapshot.networkById.get(observed.id);
      if (network === undefined) continue;
      const sight = { snapshot, network, observed };
      const known = sights.get(observed.id);
      if (known === undefined) sights.set(observed.id, [sight]);
      else known.push(sight);
    }
  }
  const joined = [...sights].map(([id, all]): [string, Network] => {
    const group = groups.find(({ engines }) => engines.includes(all[0]?.snapshot.engine ?? ''));
    const attachments = snapshots.flatMap(({ attachmentsByNetwork }) => attachmentsByNetwork.get(id) ?? []);
    return [id, joinNetwork(all, attachments, group && { group, isComplete: isComplete(group, pictures) })];
  });
  return new Map(joined);
}

function isComplete({ observed, engineOfNode, trouble }: SwarmGroup, pictures: readonly EnginePicture[]): boolean {
  if (trouble !== null) return false;
  const followed = new Set(pictures.filter(({ state }) => state === 'connected').map(({ engine }) => engine));
  return observed.nodes.filter(({ state }) => state === 'ready').every(({ id }) => followed.has(engineOfNode.get(id) ?? ''));
}

interface Join {
  readonly swarmNetworks: ReadonlyMap<string, Network>;
  readonly groups: readonly SwarmGroup[];
}

function joinSnapshot(snapshot: EngineSnapshot, picture: EnginePicture | undefined, { swarmNetworks, groups }: Join): EngineSnapshot {
  const group = groups.find(({ engines }) => engines.includes(snapshot.engine));
  const isMember = group !== undefined || (picture?.observed?.membership ?? null) !== null;
  // One that has left its swarm may show networks of it for a moment.
  if (!isMember && !snapshot.networks.some(({ id }) => swarmNetworks.has(id))) return snapshot;
  const networks = snapshot.networks.map((network) => swarmNetworks.get(network.id) ?? network);
  return {
    ...withNetworks(snapshot, networks),
    remoteAttachments: group?.speaker === snapshot.engine ? remoteAttachments(group) : [],
    swarm: isMember ? { speaker: group?.speaker ?? null } : null,
    swarmNetworks,
  };
}
