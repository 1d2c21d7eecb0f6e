import { isAtLeast } from '../docker/api-version.js';
import type { NetworkSpec } from '../docker/docker.gateway.js';
import type { Target } from '../docker/engine-feature.js';
import { DomainError } from '../errors/domain.error.js';
import type { EngineSnapshot } from '../inventory/engine-snapshot.js';
import { networkPointer } from '../inventory/references.js';

type Options = Readonly<Record<string, string>>;

/** Values that the drivers of networks on a parent interface take, by option. */
const MODES: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  macvlan: { macvlan_mode: ['bridge', 'private', 'vepa', 'passthru'] },
  ipvlan: { ipvlan_mode: ['l2', 'l3', 'l3s'], ipvlan_flag: ['bridge', 'private', 'vepa'] },
};

/** Refuses macvlan and ipvlan networks that lack what they stand on, or whose parent is in use. */
export function checkParent(spec: NetworkSpec, { target, snapshot }: { target: Target; snapshot: EngineSnapshot }): void {
  const modes = MODES[spec.driver];
  if (modes === undefined || spec.configOnly) return;
  const options = optionsOf(spec, snapshot);
  for (const [key, values] of Object.entries(modes)) checkMode(spec.driver, { key, value: options[key], values });
  const parent = options['parent'];
  if (parent !== undefined && parent !== '') return refuseBusyParent(spec.driver, parent, { target, snapshot });
  // Without one the engine makes an interface that leads nowhere, and all that is on the network is cut off.
  if (spec.internal) return;
  const message = `is missing: the interface of the host that a ${spec.driver} network goes out over, as in eth0 or eth0.10`;
  throw refused('parent', message, 'Only an internal network (internal: true) has none.');
}

function optionsOf({ options, configFrom }: NetworkSpec, snapshot: EngineSnapshot): Options {
  if (configFrom === undefined) return options;
  return snapshot.networksByName.get(configFrom)?.[0]?.options ?? {};
}

function checkMode(driver: string, { key, value, values }: { key: string; value: string | undefined; values: readonly string[] }): void {
  if (value === undefined || value === '' || values.includes(value)) return;
  throw refused(key, `"${value}" is no such mode: a ${driver} network takes ${values.join(', ')}`);
}

function refuseBusyParent(
  driver: string,
  parent: string,
  { target, snapshot }: { target: Target; snapshot: EngineSnapshot },
): void {
  // Since engine 27 several networks may stand on one parent (engine-facts 1.8).
  if (isAtLeast(target.apiVersion, '1.46')) return;
  const holder = snapshot.networks.find(
    (network) => network.driver === driver && !network.configOnly && network.options['parent'] === parent,
  );
  if (holder === undefined) return;
  const detail = `The parent interface ${parent} is in use by network ${holder.name}. Use that network, or another parent.`;
  throw new DomainError('PARENT_IN_USE', detail, {
    holder: networkPointer(target.engine, holder),
    errors: [{ field: 'options.parent', message: 'is in use' }],
  });
}

function refused(option: string, message: string, more = ''): DomainError {
  const field = `options.${option}`;
  const detail = `${field} ${message}.${more === '' ? '' : ` ${more}`}`;
  return new DomainError('INVALID_DRIVER_OPTION', detail, { errors: [{ field, message }] });
}
