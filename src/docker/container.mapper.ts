import { CONTAINER_STATES, type ContainerState } from '../resources/container.js';
import { isAtLeast } from './api-version.js';
import {
  flagAt,
  isObject,
  LONG_AGO,
  numberAt,
  objectAt,
  textAt,
  textMapAt,
  textsAt,
  timeAt,
  type JsonObject,
} from './engine-json.js';
import type { ObservedContainer, ObservedEndpoint } from './observed.js';
import { compareText, parseContainerPort, toPublishedPorts } from './published-ports.mapper.js';

const ENGINE_ID = /^([0-9a-f]{64}|[0-9a-z]{25})$/;
/** States of Podman's that Docker does not have. */
const FOREIGN_STATES: Readonly<Record<string, ContainerState>> = {
  configured: 'created',
  initialized: 'created',
  stopping: 'running',
  stopped: 'exited',
};

interface ContainerNames {
  readonly id: string;
  readonly hostname: string | null;
}

export function toObservedContainer(json: JsonObject, apiVersion: string): ObservedContainer {
  const config = objectAt(json, 'Config');
  const hostConfig = objectAt(json, 'HostConfig');
  const state = objectAt(json, 'State');
  const id = textAt(json, 'Id') ?? '';
  const running = flagAt(state, 'Running');
  const startedAt = timeAt(state, 'StartedAt');
  const health = textAt(objectAt(state, 'Health'), 'Status');
  const hostname = textAt(config, 'Hostname');
  const networks = objectAt(objectAt(json, 'NetworkSettings'), 'Networks');
  const endpoints = toEndpoints(networks, { id, hostname }, apiVersion);
  return {
    id,
    name: (textAt(json, 'Name') ?? '').replace(/^\//, ''),
    image: textAt(config, 'Image') ?? textAt(json, 'ImageName') ?? '',
    imageId: textAt(json, 'Image') ?? '',
    // The same as a creation's `command`: what the image's entry point is given, not the entry point itself.
    command: textsAt(config, 'Cmd'),
    state: toContainerState(state, running),
    running,
    exitCode: running || startedAt === null ? null : numberAt(state, 'ExitCode'),
    health: health === 'none' ? null : health,
    labels: textMapAt(config, 'Labels'),
    hostname,
    networkMode: toNetworkMode(textAt(hostConfig, 'NetworkMode') ?? 'default', endpoints),
    dns: {
      servers: textsAt(hostConfig, 'Dns'),
      search: textsAt(hostConfig, 'DnsSearch'),
      options: textsAt(hostConfig, 'DnsOptions'),
    },
    extraHosts: textsAt(hostConfig, 'ExtraHosts'),
    exposedPorts: toExposedPorts(config),
    publishedPorts: toPublishedPorts(json, running),
    links: textsAt(hostConfig, 'Links').map(toLink),
    createdAt: timeAt(json, 'Created') ?? LONG_AGO,
    startedAt,
    endpoints,
  };
}

function toContainerState(state: JsonObject, running: boolean): ContainerState {
  const status = textAt(state, 'Status') ?? '';
  const known = CONTAINER_STATES.find((candidate) => candidate === status);
  const foreign = Object.hasOwn(FOREIGN_STATES, status) ? FOREIGN_STATES[status] : undefined;
  return known ?? foreign ?? (running ? 'running' : 'exited');
}

function toExposedPorts(config: JsonObject): string[] {
  return Object.keys(objectAt(config, 'ExposedPorts'))
    .map(parseContainerPort)
    .filter((port) => port !== undefined)
    .sort((a, b) => a.containerPort - b.containerPort || compareText(a.protocol, b.protocol))
    .map(({ containerPort, protocol }) => `${containerPort}/${protocol}`);
}

/** `/target:/container/alias`, as the engine reads a legacy link back, becomes `target:alias` again. */
function toLink(link: string): string {
  const [target = '', alias = ''] = link.split(':');
  return `${target.replace(/^\//, '')}:${alias.slice(alias.lastIndexOf('/') + 1)}`;
}

function toNetworkMode(mode: string, endpoints: readonly ObservedEndpoint[]): string {
  if (mode === 'default') return 'bridge';
  if (endpoints.some(({ networkName }) => networkName === mode)) return mode;
  const meant = endpoints.find(({ networkId }) => networkId === mode);
  if (meant !== undefined) return meant.networkName;
  // The id of the network is filed only at the first start; with one entry there is no doubt which is meant.
  const [only, ...others] = endpoints;
  const isUnfiledId = ENGINE_ID.test(mode) && only?.networkId === null && others.length === 0;
  return isUnfiledId ? only.networkName : mode;
}

function toEndpoints(networks: JsonObject, container: ContainerNames, apiVersion: string): ObservedEndpoint[] {
  return Object.entries(networks)
    .map(([networkName, endpoint]) =>
      toEndpoint(networkName, isObject(endpoint) ? endpoint : {}, container, apiVersion),
    )
    .sort((a, b) => (a.networkName < b.networkName ? -1 : 1));
}

function toEndpoint(
  networkName: string,
  json: JsonObject,
  container: ContainerNames,
  apiVersion: string,
): ObservedEndpoint {
  const requested = objectAt(json, 'IPAMConfig');
  const ipv4Address = textAt(json, 'IPAddress');
  const ipv6Address = textAt(json, 'GlobalIPv6Address');
  return {
    networkName,
    networkId: textAt(json, 'NetworkID'),
    endpointId: textAt(json, 'EndpointID'),
    ipv4Address,
    ipv4PrefixLength: ipv4Address === null ? null : numberAt(json, 'IPPrefixLen'),
    ipv6Address,
    ipv6PrefixLength: ipv6Address === null ? null : numberAt(json, 'GlobalIPv6PrefixLen'),
    macAddress: textAt(json, 'MacAddress'),
    gateway: textAt(json, 'Gateway'),
    ipv6Gateway: textAt(json, 'IPv6Gateway'),
    aliases: toAliases(json, container, apiVersion),
    dnsNames: Array.isArray(json['DNSNames']) || isAtLeast(apiVersion, '1.44') ? textsAt(json, 'DNSNames') : null,
    links: textsAt(json, 'Links'),
    driverOptions: textMapAt(json, 'DriverOpts'),
    gatewayPriority: isAtLeast(apiVersion, '1.48') ? (numberAt(json, 'GwPriority') ?? 0) : null,
    requestedIpv4Address: textAt(requested, 'IPv4Address'),
    requestedIpv6Address: textAt(requested, 'IPv6Address'),
  };
}

/**
 * Below API 1.45 the engine puts the short container id behind the aliases that were asked for, and the hostname
 * behind that; an alias that was asked for stands before them even if it equals one of them.
 */
function toAliases(json: JsonObject, container: ContainerNames, apiVersion: string): string[] {
  const aliases = [...new Set(textsAt(json, 'Aliases'))];
  if (isAtLeast(apiVersion, '1.45')) return aliases;
  const shortId = aliases.indexOf(container.id.slice(0, 12));
  if (shortId < 0) return aliases;
  const added = aliases[shortId + 1] === container.hostname ? 2 : 1;
  return aliases.toSpliced(shortId, added);
}
