import { Injectable } from '@nestjs/common';
import { Inventory } from '../inventory/inventory.js';
import type { Joined } from '../inventory/joined-pictures.js';
import { narrowView } from '../inventory/narrowed-view.js';
import { Sight } from '../sight/sight.js';

/** Entries expected in a list that has no `first`. */
const USUAL_LIST = 10;

/** How many entries the list may have in each of so many different parents, taken together. */
export type ListSize = (type: string, field: string, parents: number) => number;

interface Extent {
  readonly longest: number;
  readonly all: number;
}

/** Knows how long the lists are that lead through the graph: it is a circle, so what one of them holds counts at every turn. */
@Injectable()
export class ListSizes {
  private readonly known = new WeakMap<Joined, ReadonlyMap<string, Extent>>();

  constructor(private readonly inventory: Inventory) {}

  /** Of what somebody may see: how long lists are that are hidden is not to be found out by what is refused. */
  seenBy(sight: Sight = Sight.EVERYTHING): ListSize {
    return (type, field, parents) => {
      const extent = this.extents(narrowView(this.inventory.view(), sight)).get(`${type}.${field}`);
      return extent === undefined ? USUAL_LIST : Math.max(USUAL_LIST, Math.min(extent.longest, extent.all / parents));
    };
  }

  /** Made once for each state of the pictures. */
  private extents(view: Joined): ReadonlyMap<string, Extent> {
    const known = this.known.get(view) ?? measure(view);
    this.known.set(view, known);
    return known;
  }
}

function measure({ snapshots, swarms, swarmNetworks }: Joined): ReadonlyMap<string, Extent> {
  const pictures = [...snapshots.values()];
  const containers = pictures.flatMap((picture) => picture.containers);
  const attachments = pictures.flatMap((picture) => [...picture.attachments, ...picture.remoteAttachments]);
  const networks = [...pictures.flatMap((picture) => picture.networks), ...swarmNetworks.values()];
  const services = swarms.flatMap((swarm) => swarm.services);
  const tasks = swarms.flatMap((swarm) => swarm.tasks);
  return new Map([
    ['Network.attachments', byOwner(attachments.map(({ networkId }) => networkId))],
    ['Network.engines', extentOf(networks.map(({ engines }) => engines.length))],
    ['Network.services', byOwner(services.flatMap((service) => networksOf([...service.networks, ...service.virtualAddresses])))],
    ['Network.tasks', byOwner(tasks.flatMap(({ addresses }) => networksOf(addresses)))],
    ['Container.attachments', extentOf(containers.map((container) => container.attachments.length))],
    ['Service.tasks', byOwner(tasks.map(({ serviceId }) => serviceId))],
    ['Swarm.engines', extentOf(swarms.map(({ swarm }) => swarm.engines.length))],
    ['Swarm.nodes', extentOf(swarms.map(({ nodes }) => nodes.length))],
    ['Swarm.services', extentOf(swarms.map((swarm) => swarm.services.length))],
    ['SwarmNode.tasks', byOwner(tasks.map(({ nodeId }) => nodeId))],
  ]);
}

function networksOf(places: readonly { readonly networkId: string }[]): readonly string[] {
  return [...new Set(places.map(({ networkId }) => networkId))];
}

/** Of what each has one owner, or none. */
function byOwner(owners: readonly (string | null)[]): Extent {
  const counts = new Map<string, number>();
  for (const owner of owners) if (owner !== null) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  return extentOf([...counts.values()]);
}

function extentOf(lengths: readonly number[]): Extent {
  return { longest: lengths.reduce((most, length) => Math.max(most, length), 0), all: lengths.reduce((sum, length) => sum + length, 0) };
}
