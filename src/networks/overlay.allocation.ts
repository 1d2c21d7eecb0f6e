import { setTimeout as delay } from 'node:timers/promises';
import type { NetworkSpec } from '../docker/docker.gateway.js';
import { DomainError } from '../errors/domain.error.js';
import type { CommandSession } from '../inventory/command-session.js';
import type { Inventory } from '../inventory/inventory.js';
import { containerPointer, networkPointer } from '../inventory/references.js';
import type { Network } from '../resources/network.js';

const LOOK_EVERY_MS = 50;
/** It takes a swarm milliseconds; one that is busy, seconds. */
const GIVE_UP_AFTER_MS = 8_000;

/**
 * A swarm answers a creation before it has found addresses, and never says that it found none: the network then stays
 * without any, and so do the tasks on it (engine-facts 5). Waits until it has some, or takes the network away and fails
 * with `SUBNET_OVERLAP` or `ADDRESS_POOL_EXHAUSTED`.
 */
export async function untilAllocated(session: CommandSession, id: string, spec: NetworkSpec, inventory: Inventory): Promise<void> {
  const deadline = performance.now() + GIVE_UP_AFTER_MS;
  while (!isAllocated(inventory, session.engine, id)) {
    if (performance.now() > deadline) {
      await session.takeAway(async () => {
        await session.gateway.removeNetwork(id);
        await session.refreshNetwork(id);
      });
      throw neverAllocated(session.engine, spec);
    }
    await delay(LOOK_EVERY_MS);
    await session.refreshNetwork(id);
  }
}

function isAllocated(inventory: Inventory, engine: string, id: string): boolean {
  const network = inventory.snapshot(engine).networkById.get(id);
  return network === undefined || network.scope !== 'swarm' || network.ipam.pools.length > 0;
}

function neverAllocated(engine: string, { name, pools }: NetworkSpec): DomainError {
  const subnets = pools.flatMap(({ subnet }) => subnet ?? []);
  if (subnets.length === 0) {
    const detail = `The swarm of engine ${engine} has no subnet left to give to ${name}. Name a subnet yourself or remove unused networks.`;
    return new DomainError('ADDRESS_POOL_EXHAUSTED', detail, { engine });
  }
  const detail =
    `The swarm of engine ${engine} cannot give ${subnets.join(', ')} to ${name}: it overlaps another network of the ` +
    'swarm. Choose a subnet that is free.';
  return new DomainError('SUBNET_OVERLAP', detail, { engine });
}

/**
 * A swarm answers a removal before its engines have followed. Waits until none of them shows the network; tells which do
 * so all the same, as one does that a task's container was attached on by hand (engine-facts 5).
 */
export async function untilGone(session: CommandSession, network: Network, inventory: Inventory): Promise<string[]> {
  if (network.scope !== 'swarm') return [];
  const deadline = performance.now() + GIVE_UP_AFTER_MS;
  for (;;) {
    await session.refreshNetwork(network.engineId);
    const left = inventory.engineNames().filter((engine) => inventory.snapshot(engine).networkById.has(network.id));
    if (left.length === 0) return [];
    if (performance.now() > deadline) return [`Engine ${left.join(', ')} still shows network ${network.name}, and may do so until it is restarted.`];
    await delay(LOOK_EVERY_MS);
  }
}

/** Refuses to remove what a service of the swarm is on. */
export function refuseUsedByServices(engine: string, network: Network, inventory: Inventory): void {
  const services = inventory.swarmOf(engine)?.services ?? [];
  const using = services.filter(({ networks }) => networks.some(({ networkId }) => networkId === network.id)).map(({ name }) => name);
  if (using.length === 0) return;
  const detail = `Network ${network.name} is used by service ${using.join(', ')}. Remove the service, or take it off the network, first.`;
  throw new DomainError('NETWORK_IN_USE', detail, { holder: networkPointer(engine, network) });
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
