import type { NetworkSpec } from '../docker/docker.gateway.js';
import type { Finding } from '../inventory/attempt.js';
import type { Outcome } from '../inventory/outcome.js';
import { containerPointer } from '../inventory/references.js';
import type { Attachment } from '../resources/attachment.js';
import type { Network } from '../resources/network.js';

export interface Pruned {
  readonly networks: Network[];
  readonly changed: boolean;
  readonly warnings: string[];
}

/** What became of a creation, by the networks of its name that were not there before. */
export function creationFinding(engine: string, spec: NetworkSpec, made: readonly Network[]): Finding<Outcome<Network>> {
  const resource = made.find((network) => fits(spec, network));
  if (resource !== undefined) return { is: 'done', answer: { resource, changed: true, warnings: [] } };
  const other = made.length === 0 ? '' : `, but for one with other settings, which somebody else has made`;
  return { is: 'undone', detail: `Engine ${engine} has no network "${spec.name}" that it could have made${other}.` };
}

/** What became of a removal; `takenOff` are attachments that stood before it. */
export function removalFinding(
  network: Network,
  isThere: boolean,
  takenOff: readonly Attachment[],
): Finding<Outcome<Network>> {
  if (!isThere) return { is: 'done', answer: { resource: network, changed: true, warnings: [] } };
  if (takenOff.length === 0) return { is: 'undone', detail: `Network ${network.name} stands, and nothing was taken off it.` };
  const names = takenOff.map(({ containerName }) => containerName).join(', ');
  const notRestored = takenOff.map(({ containerId: id, containerName: name, engine }) => ({
    container: containerPointer({ id, name, engine }),
    reason: 'The service ended before it could put it back.',
  }));
  return { is: 'undone', detail: `Network ${network.name} stands, but is without ${names}.`, extras: { notRestored } };
}

/** A removal that was not carried through, where an engine that it may have taken containers off on is looked after no more. */
export function unseenFinding(network: Network, attachments: readonly Attachment[]): Finding<Outcome<Network>> {
  const names = attachments.map(({ containerName, engine }) => `${containerName} on engine ${engine}`).join(', ');
  return { is: 'untold', detail: `Network ${network.name} stands. Whether ${names} was taken off it cannot be seen: the engine is looked after no more.` };
}

/** What became of a prune, by which of the networks it was to remove are still there. */
export function pruneFinding(unused: readonly Network[], isThere: (network: Network) => boolean): Finding<Pruned> {
  const kept = unused.filter(isThere);
  const networks = unused.filter((network) => !kept.includes(network));
  if (networks.length === 0 && kept.length > 0) return { is: 'undone', detail: 'No network was removed.' };
  const warnings = kept.map(({ name }) => `${name} was kept: the service ended before it came to it.`);
  return { is: 'done', answer: { networks, changed: networks.length > 0, warnings } };
}

/** Whether a network has what was asked for; what the engine chose by itself does not count. */
function fits(spec: NetworkSpec, network: Network): boolean {
  const { driver, internal, attachable, ingress, configOnly, configFrom = null, ipv6Enabled } = spec;
  const wanted = { driver, internal, attachable, ingress, configOnly, configFrom, ipv6Enabled };
  // A network that takes its settings from another one has that one's; one that only holds settings has no driver.
  const shown = configFrom === null ? Object.keys(wanted) : ['driver', 'configFrom'];
  const keys = configOnly ? ['configOnly'] : shown;
  const isEqual = keys.every((key) => wanted[key as keyof typeof wanted] === network[key as keyof typeof wanted]);
  const subnets = network.ipam.pools.map(({ subnet }) => subnet);
  return (
    isEqual &&
    Object.entries(spec.labels).every(([key, value]) => network.labels[key] === value) &&
    spec.pools.every(({ subnet }) => subnet === undefined || subnets.includes(subnet))
  );
}
