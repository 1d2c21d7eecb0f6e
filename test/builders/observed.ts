import type {
  EngineEvent,
  ObservedContainer,
  ObservedEndpoint,
  ObservedNetwork,
} from '../../src/docker/observed.js';

/** A full id of 64 hex digits that shows where it comes from. */
export function idOf(text: string): string {
  return Buffer.from(text).toString('hex').padEnd(64, '0').slice(0, 64);
}

export function anObservedNetwork(name: string, changes: Partial<ObservedNetwork> = {}): ObservedNetwork {
  return {
    id: idOf(name),
    name,
    driver: 'bridge',
    scope: 'local',
    builtin: false,
    internal: false,
    attachable: false,
    ingress: false,
    configOnly: false,
    configFrom: null,
    ipv4Enabled: true,
    ipv6Enabled: false,
    ipamDriver: 'default',
    ipamOptions: {},
    pools: [{ subnet: '10.20.0.0/24', ipRange: null, gateway: null, auxiliaryAddresses: {}, reported: null }],
    options: {},
    labels: {},
    createdAt: '2026-11-24T08:00:00.000Z',
    endpoints: [],
    ownAddresses: [],
    ...changes,
  };
}

/** A live endpoint; `{ endpointId: null, ipv4Address: null }` makes it a merely configured one. */
export function anEndpoint(networkName: string, changes: Partial<ObservedEndpoint> = {}): ObservedEndpoint {
  return {
    networkName,
    networkId: idOf(networkName),
    endpointId: idOf(`ep-${networkName}`),
    ipv4Address: '10.20.0.2',
    ipv4PrefixLength: 24,
    ipv6Address: null,
    ipv6PrefixLength: null,
    macAddress: '02:42:0a:14:00:02',
    gateway: '10.20.0.1',
    ipv6Gateway: null,
    aliases: [],
    dnsNames: null,
    links: [],
    driverOptions: {},
    gatewayPriority: null,
    requestedIpv4Address: null,
    requestedIpv6Address: null,
    ...changes,
  };
}

/** The entry of a container that does not run. */
export function aConfiguredEndpoint(networkName: string, changes: Partial<ObservedEndpoint> = {}): ObservedEndpoint {
  return anEndpoint(networkName, {
    networkId: null,
    endpointId: null,
    ipv4Address: null,
    ipv4PrefixLength: null,
    macAddress: null,
    gateway: null,
    ...changes,
  });
}

/** A running container without networks. */
export function anObservedContainer(name: string, changes: Partial<ObservedContainer> = {}): ObservedContainer {
  return {
    id: idOf(name),
    name,
    image: 'fl-busybox',
    imageId: 'sha256:fl',
    command: ['sleep', '3600'],
    state: 'running',
    running: true,
    exitCode: null,
    health: null,
    labels: {},
    hostname: null,
    networkMode: 'bridge',
    dns: { servers: [], search: [], options: [] },
    extraHosts: [],
    exposedPorts: [],
    publishedPorts: [],
    links: [],
    createdAt: '2026-11-24T08:00:00.000Z',
    startedAt: '2026-11-24T08:00:01.000Z',
    endpoints: [],
    ...changes,
  };
}

/** The same container after it has ended. */
export function exited(container: ObservedContainer, changes: Partial<ObservedContainer> = {}): ObservedContainer {
  const endpoints = container.endpoints.map((endpoint) => ({
    ...endpoint,
    endpointId: null,
    ipv4Address: null,
    ipv4PrefixLength: null,
    macAddress: null,
    gateway: null,
  }));
  return { ...container, state: 'exited', running: false, exitCode: 0, endpoints, ...changes };
}

let eventsMade = 0;

/** An event of the engine such as `container start web`. */
export function anEngineEvent(
  type: string,
  action: string,
  name: string,
  attributes: Readonly<Record<string, string>> = {},
): EngineEvent {
  eventsMade += 1;
  const timeNano = `1795468716${String(eventsMade).padStart(9, '0')}`;
  return {
    type,
    action,
    actorId: idOf(name),
    attributes: { name, ...attributes },
    scope: 'local',
    time: `2026-11-23T21:18:36.${String(eventsMade).padStart(9, '0')}Z`,
    timeNano,
    raw: `${type} ${action} ${name} ${timeNano}`,
  };
}

/** A container's place on a network appearing or disappearing. */
export function aConnection(action: 'connect' | 'disconnect', network: string, container: string): EngineEvent {
  return anEngineEvent('network', action, network, { container: idOf(container), type: 'bridge' });
}
