import { isIPv4 } from 'node:net';
import type { NetworkSpec, PoolSpec } from '../docker/docker.gateway.js';
import { requireApi, type Target } from '../docker/engine-feature.js';
import { DomainError, type FieldError } from '../errors/domain.error.js';
import type { EngineSnapshot } from '../inventory/engine-snapshot.js';
import { networkPointer } from '../inventory/references.js';
import type { SwarmRole } from '../resources/engine.js';
import { refuseOverlayV6 } from './overlay.rules.js';
import { checkParent } from './parent.rules.js';

const BUILTIN_NAMES = ['bridge', 'host', 'none', 'default'];
/** Engines accept these and stumble over them later (engine-facts 3.1, row 6). */
const RESERVED_NAMES = ['ingress', 'docker_gwbridge', 'container', 'nat'];

const BRIDGE_PREFIX = 'com.docker.network.bridge.';
const BRIDGE_NAME = `${BRIDGE_PREFIX}name`;
const MTU = 'com.docker.network.driver.mtu';
const SWITCHES = ['enable_icc', 'enable_ip_masquerade', 'inhibit_ipv4'].map((name) => BRIDGE_PREFIX + name);
/** What the engine's own parser of booleans takes. */
const BOOLEAN = /^(1|0|t|f|true|false|T|F|TRUE|FALSE|True|False)$/;
/** The least that IPv4 needs, and the most that an interface carries. */
const MTU_BOUNDS = { least: 68, most: 65_535 };

export interface NetworkPlace {
  readonly target: Target;
  readonly snapshot: EngineSnapshot;
  readonly swarmRole: SwarmRole | null;
}

/** Refuses a network that this engine could not make, or would make wrong, before it is asked to. */
export function checkNetwork(spec: NetworkSpec, place: NetworkPlace): void {
  checkName(spec.name, place);
  checkDriver(spec, place);
  if (spec.configFrom !== undefined) checkConfigFrom(spec, spec.configFrom, place);
  if (spec.driver === 'bridge' || spec.configOnly) checkBridgeOptions(spec.options, place);
  refuseOverlayV6(spec, place.target.engine, place.snapshot);
  checkParent(spec, place);
  if (!spec.ipv4Enabled) requireApi(place.target, '1.48', 'A network without IPv4');
}

function checkName(name: string, { target, snapshot }: NetworkPlace): void {
  if (BUILTIN_NAMES.includes(name)) {
    throw new DomainError('NETWORK_BUILTIN', `"${name}" is reserved for the engine's own network. Choose another name.`);
  }
  if (RESERVED_NAMES.includes(name)) {
    throw invalid('name', `"${name}" is reserved: engines give it a meaning of their own. Choose another name.`);
  }
  const [holder] = snapshot.networksByName.get(name) ?? [];
  if (holder === undefined) return;
  const detail = `Engine ${target.engine} has a network named "${name}" already.`;
  throw new DomainError('NETWORK_NAME_TAKEN', detail, { holder: networkPointer(target.engine, holder) });
}

function checkDriver(spec: NetworkSpec, { target, swarmRole }: NetworkPlace): void {
  if (spec.driver === 'host' || spec.driver === 'null' || spec.driver === 'none') {
    const detail = `Engines have one network of driver ${spec.driver} each, made by themselves.`;
    throw new DomainError('NETWORK_BUILTIN', detail);
  }
  const isSwarmWide = spec.driver === 'overlay' || spec.scope === 'swarm' || spec.scope === 'global';
  if (isSwarmWide && !spec.configOnly && swarmRole !== 'manager') {
    const role = swarmRole === 'worker' ? 'a worker of its swarm' : 'in no swarm';
    const detail = `A network across hosts is created on a swarm manager; engine ${target.engine} is ${role}.`;
    throw new DomainError('NOT_SWARM_MANAGER', detail, { engine: target.engine });
  }
  if (spec.ingress && !isSwarmWide) throw invalid('ingress', 'Only an overlay network can be the ingress network.');
  if (spec.driver === 'bridge') checkOnePoolPerFamily(spec.pools);
  if (spec.configOnly && spec.driver !== 'bridge' && spec.driver !== '') {
    const detail = 'A configOnly network has no driver of its own; those made from it have.';
    throw new DomainError('CONFIG_NETWORK_INVALID', detail);
  }
}

function checkOnePoolPerFamily(pools: readonly PoolSpec[]): void {
  const isV6 = pools.map(({ subnet }) => subnet?.includes(':') ?? false);
  if (isV6.filter(Boolean).length < 2 && isV6.filter((v6) => !v6).length < 2) return;
  const message = 'a bridge network has one IPv4 subnet and at most one IPv6 subnet';
  throw new DomainError('INVALID_DRIVER_OPTION', `Too many subnets: ${message}.`, {
    errors: [{ field: 'ipam.pools', message }],
  });
}

function checkConfigFrom(spec: NetworkSpec, configFrom: string, { target, snapshot }: NetworkPlace): void {
  const [source] = snapshot.networksByName.get(configFrom) ?? [];
  if (source === undefined) throw new DomainError('NETWORK_NOT_FOUND', `There is no network "${configFrom}".`);
  if (!source.configOnly) {
    const detail = `Network ${configFrom} is not a configuration network (configOnly).`;
    throw new DomainError('CONFIG_NETWORK_INVALID', detail, { holder: networkPointer(target.engine, source) });
  }
  const own = ownConfiguration(spec);
  if (own.length === 0) return;
  const message = 'is taken from the configuration network (configFrom) and cannot be given beside it';
  throw new DomainError('CONFIG_NETWORK_INVALID', `${own.join(', ')} ${message}. Leave it out.`, {
    errors: own.map((field) => ({ field, message })),
  });
}

/** Fields of what a network would have to take from its configuration network alone. */
function ownConfiguration(spec: NetworkSpec): string[] {
  const given: readonly (readonly [string, boolean])[] = [
    ['configOnly', spec.configOnly],
    ['ipam.pools', spec.pools.length > 0],
    ['ipam.options', Object.keys(spec.ipamOptions).length > 0],
    ['ipam.driver', spec.ipamDriver !== 'default'],
    ['ipv6Enabled', spec.ipv6Enabled],
    ['options', Object.keys(spec.options).length > 0],
    ['labels', Object.keys(spec.labels).length > 0],
  ];
  return given.filter(([, isGiven]) => isGiven).map(([field]) => field);
}

function checkBridgeOptions(options: Readonly<Record<string, string>>, place: NetworkPlace): void {
  const faults: FieldError[] = [];
  const fault = (key: string, message: string): void => void faults.push({ field: `options.${key}`, message });
  for (const key of SWITCHES) {
    const value = options[key];
    if (value !== undefined && !BOOLEAN.test(value)) fault(key, 'must be true or false');
  }
  const mtu = options[MTU];
  if (mtu !== undefined) {
    const inBounds = /^\d{1,6}$/.test(mtu) && Number(mtu) >= MTU_BOUNDS.least && Number(mtu) <= MTU_BOUNDS.most;
    if (!inBounds) fault(MTU, `must be a number from ${MTU_BOUNDS.least} to ${MTU_BOUNDS.most}`);
  }
  const hostAddress = options[`${BRIDGE_PREFIX}host_binding_ipv4`];
  if (hostAddress !== undefined && !isIPv4(hostAddress)) fault(`${BRIDGE_PREFIX}host_binding_ipv4`, 'must be an IPv4 address');
  const name = options[BRIDGE_NAME];
  if (name !== undefined && !/^[^\s/:]{1,15}$/.test(name)) {
    fault(BRIDGE_NAME, 'must be an interface name: 1 to 15 characters without space, slash or colon');
  }
  if (faults.length > 0) {
    const list = faults.map(({ field, message }) => `${field} ${message}`).join('; ');
    throw new DomainError('INVALID_DRIVER_OPTION', `The bridge driver cannot take this: ${list}.`, { errors: faults });
  }
  if (name !== undefined) refuseTakenBridge(name, place);
}

function refuseTakenBridge(name: string, { target, snapshot }: NetworkPlace): void {
  const holder = snapshot.networks.find((network) => network.driver === 'bridge' && bridgeOf(network) === name);
  if (holder === undefined) return;
  const detail = `The bridge interface ${name} belongs to network ${holder.name}.`;
  throw new DomainError('BRIDGE_NAME_IN_USE', detail, { holder: networkPointer(target.engine, holder) });
}

function bridgeOf({ options, id }: { options: Readonly<Record<string, string>>; id: string }): string {
  return options[BRIDGE_NAME] ?? `br-${id.slice(0, 12)}`;
}

function invalid(field: string, message: string): DomainError {
  return DomainError.invalid(message, { field, message });
}
