import type { ObservedNetwork } from '../docker/observed.js';
import type { Attachment } from '../resources/attachment.js';
import type { Network } from '../resources/network.js';
import { publicNetworkId } from './attachment.view.js';
import { poolGateway, poolUsage } from './pool-usage.js';

/** What a person should know of this kind of network before relying on it. */
function notes(network: ObservedNetwork): string[] {
  const found: string[] = [];
  if (network.builtin && network.name === 'bridge') {
    found.push('Containers on the default bridge reach each other by address only: it has no DNS names or aliases.');
  }
  if (network.builtin && network.name === 'host') {
    found.push("Containers here share the host's own interfaces and ports; they take no other attachments.");
  }
  if (network.builtin && network.name === 'none') {
    found.push('Containers here have a loopback interface and nothing else; they take no other attachments.');
  }
  if (network.driver === 'macvlan' || network.driver === 'ipvlan') {
    const parent = network.options['parent'] ?? 'its parent interface';
    found.push(`The engine's host cannot reach the containers of a ${network.driver} network over ${parent}, nor they it.`);
  }
  if (network.internal) found.push('Internal: containers reach each other but nothing outside the network.');
  if (network.configOnly) found.push('Holds settings for other networks only: nothing can be attached to it.');
  if (network.name === 'docker_gwbridge' && !network.builtin) {
    found.push('Made by the engine to give overlay and plugin networks a way out; leave it to the engine.');
  }
  return found;
}

function activeAddresses(attachments: readonly Attachment[]): string[] {
  return attachments
    .filter((attachment) => attachment.active)
    .flatMap(({ ipv4Address, ipv6Address }) => [ipv4Address, ipv6Address])
    .filter((address) => address !== null);
}

/** A picture is made anew after each change, and nearly all networks are as they were: what was made of them last. */
const lastMade = new WeakMap<ObservedNetwork, { readonly from: string; readonly network: Network }>();

export function toNetwork(engine: string, observed: ObservedNetwork, attachments: readonly Attachment[]): Network {
  const held = activeAddresses(attachments);
  const from = [engine, attachments.length, ...held].join(' ');
  const last = lastMade.get(observed);
  if (last?.from === from) return last.network;
  const network = makeNetwork(engine, observed, { held, attachmentCount: attachments.length });
  lastMade.set(observed, { from, network });
  return network;
}

function makeNetwork(
  engine: string,
  network: ObservedNetwork,
  { held, attachmentCount }: { readonly held: readonly string[]; readonly attachmentCount: number },
): Network {
  return {
    id: publicNetworkId(engine, network),
    engineId: network.id,
    name: network.name,
    engines: [engine],
    driver: network.driver,
    scope: network.scope,
    builtin: network.builtin,
    internal: network.internal,
    attachable: network.attachable,
    ingress: network.ingress,
    configOnly: network.configOnly,
    configFrom: network.configFrom,
    ipv4Enabled: network.ipv4Enabled,
    ipv6Enabled: network.ipv6Enabled,
    ipam: {
      driver: network.ipamDriver,
      options: network.ipamOptions,
      pools: network.pools.map((pool) => ({
        subnet: pool.subnet,
        ipRange: pool.ipRange,
        gateway: poolGateway(network, pool),
        auxiliaryAddresses: pool.auxiliaryAddresses,
        usage: poolUsage(network, pool, held),
      })),
    },
    options: network.options,
    labels: network.labels,
    createdAt: network.createdAt,
    notes: notes(network),
    attachmentCount,
  };
}
