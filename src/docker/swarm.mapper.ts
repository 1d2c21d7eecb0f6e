import { PUBLISH_MODES, type ServiceMode } from '../resources/swarm.js';
import {
  flagAt,
  listAt,
  LONG_AGO,
  numberAt,
  objectAt,
  objectsAt,
  textAt,
  textMapAt,
  textsAt,
  timeAt,
  type JsonObject,
} from './engine-json.js';
import type { InitSpec, JoinSpec, ServiceSpec } from './swarm.gateway.js';
import type {
  ObservedAddress,
  ObservedMembership,
  ObservedNode,
  ObservedService,
  ObservedServicePort,
  ObservedSwarm,
  ObservedTask,
} from './swarm.observed.js';

/** From `/info`; null for an engine that is in no swarm. */
export function toMembership(swarm: JsonObject): ObservedMembership | null {
  const nodeId = textAt(swarm, 'NodeID');
  const state = textAt(swarm, 'LocalNodeState');
  if (nodeId === null || state === null || state === 'inactive') return null;
  return {
    nodeId,
    address: textAt(swarm, 'NodeAddr'),
    managerAddresses: objectsAt(swarm, 'RemoteManagers').flatMap((manager) => textAt(manager, 'Addr') ?? []),
    problem: textAt(swarm, 'Error'),
  };
}

interface SwarmAnswers {
  readonly swarm: JsonObject;
  readonly nodes: readonly JsonObject[];
  readonly services: readonly JsonObject[];
  readonly tasks: readonly JsonObject[];
}

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);

export function toObservedSwarm({ swarm, nodes, services, tasks }: SwarmAnswers): ObservedSwarm {
  return {
    id: textAt(swarm, 'ID') ?? '',
    createdAt: timeAt(swarm, 'CreatedAt') ?? LONG_AGO,
    defaultAddressPools: textsAt(swarm, 'DefaultAddrPool'),
    subnetSize: numberAt(swarm, 'SubnetSize'),
    dataPathPort: numberAt(swarm, 'DataPathPort'),
    nodes: nodes.map(toNode).sort(byId),
    services: services.map(toService).sort(byId),
    tasks: tasks.filter((task) => textAt(task, 'ServiceID') !== null).map(toTask).sort(byId),
  };
}

/** What every object of a swarm bears. */
function head(json: JsonObject): { id: string; version: number; createdAt: string; updatedAt: string } {
  const createdAt = timeAt(json, 'CreatedAt') ?? LONG_AGO;
  return {
    id: textAt(json, 'ID') ?? '',
    version: numberAt(objectAt(json, 'Version'), 'Index') ?? 0,
    createdAt,
    updatedAt: timeAt(json, 'UpdatedAt') ?? createdAt,
  };
}

function toNode(json: JsonObject): ObservedNode {
  const spec = objectAt(json, 'Spec');
  const description = objectAt(json, 'Description');
  const status = objectAt(json, 'Status');
  const manager = objectAt(json, 'ManagerStatus');
  return {
    ...head(json),
    hostname: textAt(description, 'Hostname') ?? '',
    role: textAt(spec, 'Role') === 'manager' ? 'manager' : 'worker',
    availability: textAt(spec, 'Availability') ?? 'active',
    state: textAt(status, 'State') ?? 'unknown',
    message: textAt(status, 'Message'),
    address: textAt(status, 'Addr'),
    leader: flagAt(manager, 'Leader'),
    reachability: textAt(manager, 'Reachability'),
    managerAddress: textAt(manager, 'Addr'),
    engineVersion: textAt(objectAt(description, 'Engine'), 'EngineVersion'),
    labels: textMapAt(spec, 'Labels'),
  };
}

function toService(json: JsonObject): ObservedService {
  const spec = objectAt(json, 'Spec');
  const template = objectAt(spec, 'TaskTemplate');
  const container = objectAt(template, 'ContainerSpec');
  const mode = objectAt(spec, 'Mode');
  const endpoint = objectAt(json, 'Endpoint');
  const update = objectAt(json, 'UpdateStatus');
  // Before API 1.25 the networks of a service stood beside its template.
  const networks = [...objectsAt(template, 'Networks'), ...objectsAt(spec, 'Networks')];
  return {
    ...head(json),
    name: textAt(spec, 'Name') ?? '',
    image: withoutDigest(textAt(container, 'Image') ?? ''),
    command: [...textsAt(container, 'Command'), ...textsAt(container, 'Args')],
    mode: modeOf(mode),
    replicas: numberAt(objectAt(mode, 'Replicated'), 'Replicas'),
    networks: networks.map((network) => ({
      target: textAt(network, 'Target') ?? '',
      aliases: textsAt(network, 'Aliases'),
    })),
    endpointMode: textAt(objectAt(spec, 'EndpointSpec'), 'Mode') ?? 'vip',
    virtualAddresses: objectsAt(endpoint, 'VirtualIPs').flatMap(toVirtualAddress),
    // What was asked for, with the ports that the swarm chose.
    ports: objectsAt(listAt(endpoint, 'Ports').length > 0 ? endpoint : objectAt(spec, 'EndpointSpec'), 'Ports').map(toPort),
    labels: textMapAt(spec, 'Labels'),
    updateState: textAt(update, 'State'),
    updateMessage: textAt(update, 'Message'),
  };
}

function modeOf(mode: JsonObject): ServiceMode {
  if ('Replicated' in mode) return 'replicated';
  return 'Global' in mode ? 'global' : 'job';
}

/** The digest that a client pinned is no part of what people call the image. */
function withoutDigest(image: string): string {
  return image.split('@')[0] ?? image;
}

function toVirtualAddress(json: JsonObject): ObservedAddress[] {
  const networkId = textAt(json, 'NetworkID');
  const address = toAddress(textAt(json, 'Addr'));
  return networkId === null || address === null ? [] : [{ networkId, ...address }];
}

function toAddress(text: string | null): Omit<ObservedAddress, 'networkId'> | null {
  if (text === null) return null;
  const [address = '', prefix] = text.split('/');
  return { address, prefixLength: prefix === undefined ? null : Number(prefix) };
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

function toTask(json: JsonObject): ObservedTask {
  const status = objectAt(json, 'Status');
  const { version: _version, ...rest } = head(json);
  return {
    ...rest,
    serviceId: textAt(json, 'ServiceID') ?? '',
    slot: numberAt(json, 'Slot') || null,
    nodeId: textAt(json, 'NodeID'),
    state: textAt(status, 'State') ?? 'new',
    desiredState: textAt(json, 'DesiredState') ?? 'running',
    message: textAt(status, 'Message'),
    error: textAt(status, 'Err'),
    containerId: textAt(objectAt(status, 'ContainerStatus'), 'ContainerID'),
    networks: objectsAt(json, 'NetworksAttachments').map((attachment) => {
      const network = objectAt(attachment, 'Network');
      return {
        networkId: textAt(network, 'ID') ?? '',
        networkName: textAt(objectAt(network, 'Spec'), 'Name') ?? '',
        addresses: textsAt(attachment, 'Addresses').flatMap((text) => toAddress(text) ?? []),
      };
    }),
  };
}

export function toInitBody(spec: InitSpec): object {
  return {
    AdvertiseAddr: spec.advertiseAddress,
    ListenAddr: spec.listenAddress,
    ...(spec.dataPathAddress === undefined ? {} : { DataPathAddr: spec.dataPathAddress }),
    ...(spec.dataPathPort === undefined ? {} : { DataPathPort: spec.dataPathPort }),
    ...(spec.defaultAddressPools === undefined ? {} : { DefaultAddrPool: spec.defaultAddressPools }),
    ...(spec.subnetSize === undefined ? {} : { SubnetSize: spec.subnetSize }),
    Spec: {},
  };
}

export function toJoinBody(spec: JoinSpec): object {
  return {
    AdvertiseAddr: spec.advertiseAddress,
    ListenAddr: spec.listenAddress,
    ...(spec.dataPathAddress === undefined ? {} : { DataPathAddr: spec.dataPathAddress }),
    RemoteAddrs: spec.managerAddresses,
    JoinToken: spec.token,
  };
}

/** The engine's record of a service with what the spec tells in it, all else as it stands. */
export function toServiceBody(spec: ServiceSpec, standing: JsonObject = {}): object {
  const template = objectAt(standing, 'TaskTemplate');
  const container = objectAt(template, 'ContainerSpec');
  const isSameImage = withoutDigest(textAt(container, 'Image') ?? '') === spec.image;
  const { Command: _command, ...kept } = container;
  const isSameCommand = JSON.stringify([...textsAt(container, 'Command'), ...textsAt(container, 'Args')]) === JSON.stringify(spec.command);
  return {
    ...standing,
    Name: spec.name,
    Labels: spec.labels,
    Mode: spec.replicas === null ? { Global: {} } : { Replicated: { Replicas: spec.replicas } },
    // Where they stood before API 1.25; both at once are refused.
    Networks: undefined,
    TaskTemplate: {
      ...template,
      ContainerSpec: {
        ...(isSameCommand ? container : { ...kept, Args: spec.command }),
        Image: isSameImage ? textAt(container, 'Image') : spec.image,
      },
      Networks: spec.networks.map(({ target, aliases }) => ({ Target: target, Aliases: aliases })),
    },
    EndpointSpec: {
      Mode: spec.endpointMode,
      Ports: spec.ports.map(({ protocol, targetPort, publishedPort, publishMode }) => ({
        Protocol: protocol,
        TargetPort: targetPort,
        ...(publishedPort === undefined ? {} : { PublishedPort: publishedPort }),
        PublishMode: publishMode,
      })),
    },
  };
}
