import type { EngineSnapshot } from '../inventory/engine-snapshot.js';
import type { Network } from '../resources/network.js';
import type { Narration } from './narration.js';
import type { ToldNetwork } from './told.js';

type Sight = 'network.created' | 'network.updated' | 'network.removed';

/** What it means that an engine shows a network that it did not show: a swarm's networks are made where its speaker says so. */
export function tellSight(narration: Narration, id: string, known: ToldNetwork): void {
  const { now } = narration;
  const type = sightGained(now, now.networkById.get(id));
  const previous = type === 'network.created' ? null : { engines: (known.view?.engines ?? []).filter((name) => name !== now.engine) };
  narration.network(type, id, known, previous);
  narration.told.networks.set(id, known);
}

/**
 * What it means that an engine shows a network no more. A worker shows a swarm's network only while it takes part in it:
 * only a manager's word is the network's removal. Answers whether the network is gone.
 */
export function tellSightLost(narration: Narration, id: string, known: ToldNetwork): void {
  const { now } = narration;
  const type = sightLost(now, id, known);
  const left = now.swarmNetworks.get(id)?.engines ?? [];
  if (type === 'network.removed') narration.network(type, id, known);
  else if (type !== undefined) {
    const view = known.view === null ? null : { ...known.view, engines: left };
    narration.network(type, id, { ...known, view }, { engines: [...left, now.engine].sort() });
  }
  narration.told.networks.delete(id);
}

function sightGained({ engine, swarm }: EngineSnapshot, network: Network | undefined): Sight {
  if (network?.scope !== 'swarm' || swarm === null || swarm.speaker === engine) return 'network.created';
  return swarm.speaker !== null || network.engines.length > 1 ? 'network.updated' : 'network.created';
}

/** undefined where another engine is the one to tell. */
export function sightLost({ engine, swarm, swarmNetworks }: EngineSnapshot, id: string, { view }: ToldNetwork): Sight | undefined {
  if (view?.scope !== 'swarm') return 'network.removed';
  if (swarmNetworks.has(id)) return 'network.updated';
  if (swarm === null || swarm.speaker === engine) return 'network.removed';
  return swarm.speaker === null ? 'network.updated' : undefined;
}
