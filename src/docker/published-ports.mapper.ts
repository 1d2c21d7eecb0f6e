import { TRANSPORT_PROTOCOLS, type PublishedPort, type TransportProtocol } from '../resources/container.js';
import { isObject, objectAt, textAt, type JsonObject } from './engine-json.js';

interface ContainerPort {
  readonly containerPort: number;
  readonly protocol: TransportProtocol;
}

/** `80/tcp`; the protocol may be left out. Undefined for what is no port. */
export function parseContainerPort(key: string): ContainerPort | undefined {
  const [port = '', protocol = 'tcp'] = key.split('/');
  const known = TRANSPORT_PROTOCOLS.find((candidate) => candidate === protocol);
  const containerPort = parsePort(port);
  return known === undefined || containerPort === null ? undefined : { containerPort, protocol: known };
}

function parsePort(text: string | null): number | null {
  if (text === null || !/^\d{1,5}$/.test(text)) return null;
  const port = Number(text);
  return port > 0 && port <= 65_535 ? port : null;
}

function readBindings(bindings: JsonObject): PublishedPort[] {
  return Object.entries(bindings).flatMap(([key, hosts]) => {
    const port = parseContainerPort(key);
    if (port === undefined || !Array.isArray(hosts)) return [];
    return hosts.filter(isObject).map((host) => ({
      ...port,
      hostAddress: textAt(host, 'HostIp'),
      ...toHostPort(textAt(host, 'HostPort')),
    }));
  });
}

/** A range (`18100-18110`) is not one port yet: the engine chooses from it at the start. */
function toHostPort(text: string | null): Pick<PublishedPort, 'hostPort' | 'hostPortRange'> {
  return { hostPort: parsePort(text), hostPortRange: text !== null && /^\d{1,5}-\d{1,5}$/.test(text) ? text : null };
}

function byPort(a: PublishedPort, b: PublishedPort): number {
  return (
    a.containerPort - b.containerPort ||
    compareText(a.protocol, b.protocol) ||
    compareText(a.hostAddress ?? '', b.hostAddress ?? '') ||
    (a.hostPort ?? 0) - (b.hostPort ?? 0)
  );
}

/** By code units: the order must not depend on the machine's language. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What is bound now for a running container, what was asked for otherwise: a stopped one has nothing bound. */
export function toPublishedPorts(container: JsonObject, running: boolean): PublishedPort[] {
  const bindings = running
    ? objectAt(objectAt(container, 'NetworkSettings'), 'Ports')
    : objectAt(objectAt(container, 'HostConfig'), 'PortBindings');
  return readBindings(bindings).sort(byPort);
}
