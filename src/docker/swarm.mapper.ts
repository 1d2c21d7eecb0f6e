import {
  flagAt,
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
import type { InitSpec, JoinSpec } from './swarm.gateway.js';
import { head, toAddress, toService, type PredefinedIds } from './swarm-service.mapper.js';
import type { ObservedMembership, ObservedNode, ObservedSwarm, ObservedTask } from './swarm.observed.js';

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
  readonly predefined: PredefinedIds;
}

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);

export function toObservedSwarm({ swarm, nodes, services, tasks, predefined }: SwarmAnswers): ObservedSwarm {
  return {
    id: textAt(swarm, 'ID') ?? '',
    createdAt: timeAt(swarm, 'CreatedAt') ?? LONG_AGO,
    defaultAddressPools: textsAt(swarm, 'DefaultAddrPool'),
    subnetSize: numberAt(swarm, 'SubnetSize'),
    dataPathPort: numberAt(swarm, 'DataPathPort'),
    nodes: nodes.map(toNode).sort(byId),
    services: services.map((service) => toService(service, predefined)).sort(byId),
    tasks: tasks.filter((task) => textAt(task, 'ServiceID') !== null).map(toTask).sort(byId),
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
