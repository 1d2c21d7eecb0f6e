import { setTimeout as delay } from 'node:timers/promises';
import type { NetworkSpec } from '../docker/docker.gateway.js';
import { DomainError } from '../errors/domain.error.js';
import type { CommandSession } from '../inventory/command-session.js';
import type { Inventory } from '../inventory/inventory.js';
import { networkPointer } from '../inventory/references.js';
import { Subnet } from '../inventory/subnet.js';
import type { VisibleInventory } from '../inventory/visible-inventory.js';
import type { Network } from '../resources/network.js';
import type { Swarm } from '../resources/swarm.js';

const LOOK_EVERY_MS = 50;
/** It takes a swarm milliseconds; one that is busy, seconds. */
const GIVE_UP_AFTER_MS = 8_000;

/**
 * A swarm answers a creation before it has found addresses, and never says that it found none: the network then stays
 * without any, and so do the tasks on it (engine-facts 5). Waits until it has some, or takes the network away and fails:
 * with `SUBNET_OVERLAP` or `ADDRESS_POOL_EXHAUSTED` where the swarm's networks show that, else with `ENGINE_ERROR`.
 */
export async function untilAllocated(session: CommandSession, id: string, spec: NetworkSpec, inventory: Inventory): Promise<void> {
  const { engine } = session;
  const deadline = performance.now() + GIVE_UP_AFTER_MS;
  while (!isAllocated(inventory, engine, id)) {
    const isLate = performance.now() > deadline;
    // Another client may have taken the subnet in the same moment.
    if (isLate) await session.refreshAll();
    const others = inventory.snapshot(engine).networks.filter((network) => network.id !== id && network.scope === 'swarm');
    const refusal = whyUnallocated(spec, { engine, others, swarm: inventory.swarmOf(engine)?.swarm });
    if (refusal !== undefined || isLate) {
      await session.takeAway(async () => {
        await session.gateway.removeNetwork(id);
        await session.refreshNetwork(id);
      });
      throw refusal ?? unexplained(engine, spec);
    }
    await delay(LOOK_EVERY_MS);
    await session.refreshNetwork(id);
  }
}

function isAllocated(inventory: Inventory, engine: string, id: string): boolean {
  const network = inventory.snapshot(engine).networkById.get(id);
  return network === undefined || network.scope !== 'swarm' || network.ipam.pools.length > 0;
}

export interface Claims {
  readonly engine: string;
  /** All other networks of the swarm. */
  readonly others: readonly Network[];
  readonly swarm: Pick<Swarm, 'defaultAddressPools' | 'subnetSize'> | undefined;
}

/** What keeps a swarm from giving a network addresses, where its other networks show it; undefined where they do not. */
export function whyUnallocated({ name, pools }: NetworkSpec, { engine, others, swarm }: Claims): DomainError | undefined {
  const wanted = pools.flatMap(({ subnet }) => Subnet.parse(subnet ?? '') ?? []);
  const taken = others.flatMap((network) =>
    network.ipam.pools.flatMap(({ subnet }) => {
      const block = Subnet.parse(subnet);
      return block === undefined ? [] : [{ network, subnet, block }];
    }),
  );
  if (wanted.length === 0) {
    if (swarm === undefined || hasFreeBlock(swarm, taken.map(({ block }) => block))) return undefined;
    const detail =
      `The swarm of engine ${engine} has no subnet left to give to ${name}: its networks hold all of ` +
      `${swarm.defaultAddressPools.join(', ')}. Name a subnet yourself or remove unused networks.`;
    return new DomainError('ADDRESS_POOL_EXHAUSTED', detail, { engine });
  }
  const overlapping = taken.filter(({ block }) => wanted.some((subnet) => subnet.overlaps(block)));
  if (overlapping.length === 0) return undefined;
  const names = overlapping.map(({ network, subnet }) => `${network.name} (${subnet})`).join(', ');
  const detail =
    `The swarm of engine ${engine} cannot give ${wanted.map(({ text }) => text).join(', ')} to ${name}: it overlaps ${names}. ` +
    'Choose a subnet that is free.';
  return new DomainError('SUBNET_OVERLAP', detail, {
    engine,
    overlappingNetworks: overlapping.map(({ network, subnet }) => ({ ...networkPointer(engine, network), subnet })),
  });
}

/** Whether one of the subnets that a swarm gives out by itself overlaps none that is taken; true where it cannot be told. */
function hasFreeBlock({ defaultAddressPools, subnetSize }: NonNullable<Claims['swarm']>, taken: readonly Subnet[]): boolean {
  const pools = defaultAddressPools.flatMap((pool) => Subnet.parse(pool) ?? []);
  if (pools.length === 0 || subnetSize === null) return true;
  return pools.some((pool) => {
    const step = 1n << BigInt((pool.family === 4 ? 32 : 128) - subnetSize);
    for (let first = pool.first; first <= pool.last; first += step) {
      const last = first + step - 1n;
      const holder = taken.find((block) => block.family === pool.family && block.first <= last && first <= block.last);
      if (holder === undefined) return true;
      // What one network holds of several subnets is passed over at once.
      if (holder.last > first) first += ((holder.last - first) / step) * step;
    }
    return false;
  });
}

function unexplained(engine: string, { name }: NetworkSpec): DomainError {
  const detail =
    `The swarm of engine ${engine} has given network ${name} no addresses within ${GIVE_UP_AFTER_MS / 1000} s, and does not say why; ` +
    'the network is taken away again. Try again, and look into the log of the manager where it stays so.';
  return new DomainError('ENGINE_ERROR', detail, { engine });
}

/**
 * A swarm answers a removal before its engines have followed. Waits until none that can be asked shows the network; tells
 * which do so all the same, as one does that a task's container was attached on by hand (engine-facts 5), and which could
 * not be asked.
 */
export async function untilGone(
  session: CommandSession,
  network: Network,
  { inventory, visible }: { readonly inventory: Inventory; readonly visible: VisibleInventory },
): Promise<string[]> {
  if (network.scope !== 'swarm') return [];
  const deadline = performance.now() + GIVE_UP_AFTER_MS;
  const isAsked = (engine: string): boolean => inventory.picture(engine).state === 'connected';
  for (;;) {
    await session.refreshNetwork(network.engineId);
    const showing = inventory.engineNames().filter((engine) => inventory.snapshot(engine).networkById.has(network.id));
    if (!showing.some(isAsked) || performance.now() > deadline) {
      return showing.filter((engine) => visible.has(engine)).map((engine) => stillShown(engine, network, isAsked(engine)));
    }
    await delay(LOOK_EVERY_MS);
  }
}

function stillShown(engine: string, { name }: Network, isAsked: boolean): string {
  if (!isAsked) return `Engine ${engine} showed network ${name} when it was last seen, and cannot be asked now.`;
  return `Engine ${engine} still shows network ${name} after ${GIVE_UP_AFTER_MS / 1000} s. Restart that engine where it goes on doing so.`;
}
