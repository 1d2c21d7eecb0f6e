import { isImageAsked, toImageName } from '../resources/image-name.js';
import { PUBLISH_MODES, type ServiceMode } from '../resources/swarm.js';
import { LONG_AGO, numberAt, objectAt, objectsAt, textAt, textMapAt, textsAt, timeAt, type JsonObject } from './engine-json.js';
import type { ServiceChanges, ServicePortSpec, ServiceSpec } from './swarm.gateway.js';
import {
  PREDEFINED_NETWORKS,
  type ObservedAddress,
  type ObservedService,
  type ObservedServiceNetwork,
  type ObservedServicePort,
  type PredefinedNetwork,
} from './swarm.observed.js';

/** What every object of a swarm bears. */
export function head(json: JsonObject): { id: string; version: number; createdAt: string; updatedAt: string } {
  const createdAt = timeAt(json, 'CreatedAt') ?? LONG_AGO;
  return {
    id: textAt(json, 'ID') ?? '',
    version: numberAt(objectAt(json, 'Version'), 'Index') ?? 0,
    createdAt,
    updatedAt: timeAt(json, 'UpdatedAt') ?? createdAt,
  };
}

/** What services name the networks by that every node has of its own. */
export type PredefinedIds = Readonly<Partial<Record<PredefinedNetwork, string>>>;

export function toService(json: JsonObject, predefined: PredefinedIds): ObservedService {
  const spec = objectAt(json, 'Spec');
  const template = objectAt(spec, 'TaskTemplate');
  const container = objectAt(template, 'ContainerSpec');
  const mode = objectAt(spec, 'Mode');
  const endpoint = objectAt(json, 'Endpoint');
  const endpointMode = textAt(objectAt(spec, 'EndpointSpec'), 'Mode') ?? 'vip';
  const update = objectAt(json, 'UpdateStatus');
  // Before API 1.25 the networks of a service stood beside its template.
  const networks = [...objectsAt(template, 'Networks'), ...objectsAt(spec, 'Networks')];
  return {
    ...head(json),
    name: textAt(spec, 'Name') ?? '',
    ...toImageName(textAt(container, 'Image') ?? ''),
    command: commandOf(container),
    hostAccess: hostAccessOf(container),
    mode: modeOf(mode),
    replicas: numberAt(objectAt(mode, 'Replicated'), 'Replicas'),
    networks: networks.map((network) => toServiceNetwork(network, predefined)),
    endpointMode,
    // The swarm takes those back that are not wanted any more, a moment after it was told so.
    virtualAddresses: endpointMode === 'dnsrr' ? [] : objectsAt(endpoint, 'VirtualIPs').flatMap(toVirtualAddress),
    ports: toPorts(objectAt(spec, 'EndpointSpec'), endpoint),
    labels: textMapAt(spec, 'Labels'),
    updateState: textAt(update, 'State'),
    updateMessage: textAt(update, 'Message'),
  };
}

function toServiceNetwork(json: JsonObject, predefined: PredefinedIds): ObservedServiceNetwork {
  const target = textAt(json, 'Target') ?? '';
  const isMeant = (name: PredefinedNetwork): boolean => target === name || target === predefined[name];
  return { target, predefined: PREDEFINED_NETWORKS.find(isMeant) ?? null, aliases: textsAt(json, 'Aliases') };
}

function commandOf(container: JsonObject): readonly string[] {
  return [...textsAt(container, 'Command'), ...textsAt(container, 'Args')];
}

function hostAccessOf(container: JsonObject): readonly string[] {
  const isOfHost = (mount: JsonObject): boolean => {
    const type = textAt(mount, 'Type') ?? 'bind';
    // A volume may be made of whatever its driver is told to mount.
    const { Options: options } = objectAt(objectAt(mount, 'VolumeOptions'), 'DriverConfig');
    return !['volume', 'tmpfs'].includes(type) || Object.keys(options ?? {}).length > 0;
  };
  const { NoNewPrivileges: _fewer, ...privileges } = objectAt(container, 'Privileges');
  return [
    ...(objectsAt(container, 'Mounts').some(isOfHost) ? ['mounts of the host'] : []),
    ...(textsAt(container, 'CapabilityAdd').length > 0 ? ['capabilities'] : []),
    ...(Object.values(privileges).some((value) => value !== null) ? ['privileges'] : []),
  ];
}

function modeOf(mode: JsonObject): ServiceMode {
  if ('Replicated' in mode) return 'replicated';
  return 'Global' in mode ? 'global' : 'job';
}

function toVirtualAddress(json: JsonObject): ObservedAddress[] {
  const networkId = textAt(json, 'NetworkID');
  const address = toAddress(textAt(json, 'Addr'));
  return networkId === null || address === null ? [] : [{ networkId, ...address }];
}

export function toAddress(text: string | null): Omit<ObservedAddress, 'networkId'> | null {
  if (text === null) return null;
  const [address = '', prefix] = text.split('/');
  return { address, prefixLength: prefix === undefined ? null : Number(prefix) };
}

/** What is asked for, with the ports that the swarm chose: those it takes and gives a moment after it was told to. */
function toPorts(spec: JsonObject, endpoint: JsonObject): ObservedServicePort[] {
  const asked = objectsAt(spec, 'Ports').map(toPort);
  const given = objectsAt(endpoint, 'Ports').map(toPort);
  for (const port of asked) {
    if (port.publishedPort !== null) takeFrom(given, (other) => isSamePort(port, other) && other.publishedPort === port.publishedPort);
  }
  return asked.map((port) => (port.publishedPort === null ? takeFrom(given, (other) => isSamePort(port, other)) : undefined) ?? port);
}

function takeFrom<T>(list: T[], isIt: (item: T) => boolean): T | undefined {
  const index = list.findIndex(isIt);
  return index < 0 ? undefined : list.splice(index, 1)[0];
}

function isSamePort(a: ObservedServicePort, b: ObservedServicePort): boolean {
  return a.targetPort === b.targetPort && a.protocol === b.protocol && a.publishMode === b.publishMode;
}

function toPort(json: JsonObject): ObservedServicePort {
  const mode = textAt(json, 'PublishMode');
  return {
    protocol: textAt(json, 'Protocol') ?? 'tcp',
    targetPort: numberAt(json, 'TargetPort') ?? 0,
    publishedPort: numberAt(json, 'PublishedPort') || null,
    publishMode: PUBLISH_MODES.find((known) => known === mode) ?? 'ingress',
  };
}

/** The engine's record of a new service. */
export function toServiceBody(spec: ServiceSpec): JsonObject {
  return { Name: spec.name, ...changedServiceBody({}, spec) };
}

/** The engine's record of a service with the changes in it, all else as it stands. */
export function changedServiceBody(standing: JsonObject, changes: ServiceChanges): JsonObject {
  const { labels, replicas, networks, endpointMode, ports } = changes;
  const endpoint = objectAt(standing, 'EndpointSpec');
  return {
    ...standing,
    ...(labels !== undefined && { Labels: labels }),
    ...(replicas !== undefined && { Mode: replicas === null ? { Global: {} } : { Replicated: { Replicas: replicas } } }),
    ...changedTemplate(standing, changes),
    // Where they stood before API 1.25; both at once are refused.
    ...(networks !== undefined && { Networks: undefined }),
    ...((endpointMode !== undefined || ports !== undefined) && {
      EndpointSpec: {
        ...endpoint,
        ...(endpointMode !== undefined && { Mode: endpointMode }),
        ...(ports !== undefined && { Ports: toPortBodies(ports, objectsAt(endpoint, 'Ports')) }),
      },
    }),
  };
}

function changedTemplate(standing: JsonObject, { image, command, networks }: ServiceChanges): JsonObject {
  const template = objectAt(standing, 'TaskTemplate');
  const container = objectAt(template, 'ContainerSpec');
  const { Command: _command, Args: _args, ...kept } = container;
  const isOtherImage = image !== undefined && !isImageAsked(image, toImageName(textAt(container, 'Image') ?? ''));
  const isOtherCommand = command !== undefined && JSON.stringify(commandOf(container)) !== JSON.stringify(command);
  const held = [...objectsAt(template, 'Networks'), ...objectsAt(standing, 'Networks')];
  if (!isOtherImage && !isOtherCommand && networks === undefined) return {};
  return {
    TaskTemplate: {
      ...template,
      ContainerSpec: {
        ...(isOtherCommand ? { ...kept, ...(command.length > 0 && { Args: command }) } : container),
        ...(isOtherImage && { Image: image }),
      },
      ...(networks !== undefined && { Networks: networks.map((network) => toNetworkBody(network, held)) }),
    },
  };
}

/** A network that stays keeps what nobody spoke of: its driver options. */
function toNetworkBody({ target, aliases }: ServiceSpec['networks'][number], held: readonly JsonObject[]): JsonObject {
  const standing = held.find((network) => textAt(network, 'Target') === target) ?? { Target: target };
  const isSame = JSON.stringify(textsAt(standing, 'Aliases')) === JSON.stringify(aliases);
  return isSame ? standing : { ...standing, Aliases: aliases };
}

/** A port that stays keeps what nobody spoke of: its name. */
function toPortBodies(ports: readonly ServicePortSpec[], held: readonly JsonObject[]): JsonObject[] {
  const left = [...held];
  const isSameTarget = (wanted: ServicePortSpec, port: ObservedServicePort): boolean =>
    port.targetPort === wanted.targetPort && port.protocol === wanted.protocol;
  const take = (isIt: (port: ObservedServicePort) => boolean): JsonObject | undefined => takeFrom(left, (port) => isIt(toPort(port)));
  // One that is published elsewhere now must not take the place of one that is published where it was.
  const unmoved = ports.map((wanted) => take((port) => isSameTarget(wanted, port) && port.publishedPort === (wanted.publishedPort ?? null)));
  return ports.map((wanted, index) => {
    const standing = unmoved[index] ?? take((port) => isSameTarget(wanted, port)) ?? {};
    const { protocol, targetPort, publishedPort, publishMode } = wanted;
    return { ...standing, Protocol: protocol, TargetPort: targetPort, PublishedPort: publishedPort, PublishMode: publishMode };
  });
}
