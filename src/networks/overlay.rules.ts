import type { NetworkSpec } from '../docker/docker.gateway.js';
import { DomainError, type ResourcePointer } from '../errors/domain.error.js';
import type { CommandSession } from '../inventory/command-session.js';
import type { EngineSnapshot } from '../inventory/engine-snapshot.js';
import type { Inventory } from '../inventory/inventory.js';
import { containerPointer, networkPointer } from '../inventory/references.js';
import { hasEnded, type SwarmView } from '../inventory/swarm.view.js';
import type { Network } from '../resources/network.js';
import type { Service } from '../resources/swarm.js';

/** Refuses an overlay with IPv6: swarms take it, and then give out addresses that others have, or none at all. */
export function refuseOverlayV6({ driver, configOnly, configFrom, ipv6Enabled }: NetworkSpec, engine: string, snapshot: EngineSnapshot): void {
  const source = configFrom === undefined ? undefined : snapshot.networksByName.get(configFrom)?.[0];
  if (driver !== 'overlay' || configOnly || !(ipv6Enabled || source?.ipv6Enabled)) return;
  const detail =
    'Swarms give out addresses of one family: on an overlay network with IPv6, containers get addresses that others have, or none, ' +
    'and do not start. No version of the engine is known to do better. Leave ipv6Enabled and IPv6 subnets out.';
  throw new DomainError('UNSUPPORTED_BY_ENGINE', detail, { engine, errors: [{ field: 'ipv6Enabled', message: 'is not possible on an overlay network' }] });
}

/** Refuses to remove what a service of the swarm is on, or a task that has not ended yet. */
export function refuseUsedByServices(engine: string, network: Network, inventory: Inventory): void {
  const swarm = inventory.swarmOf(engine);
  if (swarm === undefined || network.scope !== 'swarm') return;
  const holder = networkPointer(engine, network);
  const pointers = (kind: 'service' | 'task', all: readonly { id: string; name: string }[]): ResourcePointer[] =>
    all.map(({ id, name }) => ({ kind, id, name, engine: swarm.group.speaker }));
  const { using, advice } = usersOf(swarm, network);
  if (using.length > 0) {
    const names = using.map(({ name }) => name).join(', ');
    const extras = { holder, blockingServices: pointers('service', using) };
    throw new DomainError('NETWORK_IN_USE', `Network ${network.name} is used by service ${names}. ${advice}`, extras);
  }
  const ending = swarm.tasks.filter((task) => !hasEnded(task) && task.addresses.some(({ networkId }) => networkId === network.id));
  if (ending.length === 0) return;
  // A node that a network is taken from under a running task keeps it until its engine is restarted.
  const detail = `Tasks of removed services on network ${network.name} have not ended yet: ${ending.map(({ name }) => name).join(', ')}. Try again when they have.`;
  throw new DomainError('NETWORK_IN_USE', detail, { holder, blockingServices: pointers('task', ending) });
}

function usersOf({ services }: SwarmView, network: Network): { readonly using: readonly Service[]; readonly advice: string } {
  const using = services.filter(
    ({ networks, publishedPorts }) =>
      networks.some(({ networkId }) => networkId === network.id) ||
      (network.ingress && publishedPorts.some(({ publishMode }) => publishMode === 'ingress')),
  );
  const advice = network.ingress
    ? 'It carries their published ports: remove the service, or have it publish none through the routing mesh, first.'
    : 'Remove the service, or take it off the network, first.';
  return { using, advice };
}

/** Refuses to remove what a service is on, or, unless they are taken off, a container on another engine of the swarm. */
export function refuseUsedInSwarm({ engine }: CommandSession, network: Network, inventory: Inventory, detach = false): void {
  if (network.scope !== 'swarm') return;
  refuseUsedByServices(engine, network, inventory);
  const elsewhere = inventory.attachmentsOf(network).filter((attachment) => attachment.engine !== engine);
  if (detach || elsewhere.length === 0) return;
  const names = elsewhere.map(({ containerName, engine: on }) => `${containerName} on engine ${on}`).join(', ');
  throw new DomainError('NETWORK_IN_USE', `Containers are attached to network ${network.name}: ${names}. Detach them first, or repeat with detach=true.`, {
    blockingContainers: elsewhere.map(({ containerId: id, containerName: name, engine: on }) => containerPointer({ id, name, engine: on })),
  });
}
