import type { PublishedPort } from '../resources/container.js';
import { isAtLeast } from './api-version.js';
import type { ContainerSpec, EndpointSpec, NetworkSpec } from './docker.gateway.js';
import { requireApi, type Target } from './engine-feature.js';
import type { JsonObject } from './engine-json.js';

export function toNetworkBody(spec: NetworkSpec, target: Target): JsonObject {
  if (!spec.ipv4Enabled) requireApi(target, '1.48', 'A network without IPv4');
  return {
    Name: spec.name,
    // Engines below 25 would make a second network of the same name otherwise (engine-facts 1.3).
    CheckDuplicate: true,
    Driver: spec.driver,
    Scope: spec.scope,
    Internal: spec.internal,
    Attachable: spec.attachable,
    Ingress: spec.ingress,
    ConfigOnly: spec.configOnly,
    ConfigFrom: spec.configFrom === undefined ? undefined : { Network: spec.configFrom },
    EnableIPv4: isAtLeast(target.apiVersion, '1.48') ? spec.ipv4Enabled : undefined,
    EnableIPv6: spec.ipv6Enabled,
    IPAM: {
      Driver: spec.ipamDriver,
      Options: spec.ipamOptions,
      Config: spec.pools.map((pool) => ({
        Subnet: pool.subnet,
        IPRange: pool.ipRange,
        Gateway: pool.gateway,
        AuxiliaryAddresses: pool.auxiliaryAddresses,
      })),
    },
    Options: spec.options,
    Labels: spec.labels,
  };
}

function toEndpointSettings(endpoint: EndpointSpec, target: Target): JsonObject {
  if (endpoint.gatewayPriority !== undefined) requireApi(target, '1.48', 'A gateway priority');
  const isStatic = endpoint.ipv4Address !== undefined || endpoint.ipv6Address !== undefined;
  return {
    IPAMConfig: isStatic ? { IPv4Address: endpoint.ipv4Address, IPv6Address: endpoint.ipv6Address } : undefined,
    Aliases: endpoint.aliases,
    Links: endpoint.links,
    MacAddress: endpoint.macAddress,
    DriverOpts: endpoint.driverOptions,
    GwPriority: endpoint.gatewayPriority,
  };
}

export function toConnectBody(containerId: string, endpoint: EndpointSpec, target: Target): JsonObject {
  // Documented since 1.44 but ignored by every engine below API 1.54 (engine-facts 1.6).
  if (endpoint.macAddress !== undefined) requireApi(target, '1.54', 'A MAC address when attaching');
  return { Container: containerId, EndpointConfig: toEndpointSettings(endpoint, target) };
}

export function toContainerBody(spec: ContainerSpec, target: Target): JsonObject {
  const { endpoint } = spec;
  const isMacOfContainer = endpoint?.macAddress !== undefined && !isAtLeast(target.apiVersion, '1.44');
  const settings =
    endpoint === undefined
      ? undefined
      : toEndpointSettings(isMacOfContainer ? { ...endpoint, macAddress: undefined } : endpoint, target);
  return {
    Image: spec.image,
    Cmd: spec.command,
    Hostname: spec.hostname,
    Labels: spec.labels,
    // Engines below 29 ignore a binding whose port is not exposed as well (engine-facts 0.14).
    ExposedPorts: Object.fromEntries(
      [...spec.exposedPorts, ...spec.publishedPorts.map(containerPort)].map((port) => [port, {}]),
    ),
    MacAddress: isMacOfContainer ? endpoint.macAddress : undefined,
    HostConfig: {
      NetworkMode: spec.networkMode,
      PortBindings: toPortBindings(spec.publishedPorts),
      Dns: spec.dnsServers,
      DnsSearch: spec.dnsSearch,
      DnsOptions: spec.dnsOptions,
      ExtraHosts: spec.extraHosts,
      Links: spec.links,
    },
    // The entry must be the one that NetworkMode names: engines do not agree on what wins (engine-facts 1.7).
    NetworkingConfig: settings === undefined ? undefined : { EndpointsConfig: { [spec.networkMode]: settings } },
  };
}

function containerPort(port: PublishedPort): string {
  return `${port.containerPort}/${port.protocol}`;
}

function toPortBindings(ports: readonly PublishedPort[]): JsonObject {
  const bindings: Record<string, JsonObject[]> = {};
  for (const port of ports) {
    const hosts = (bindings[containerPort(port)] ??= []);
    hosts.push({ HostIp: port.hostAddress ?? '', HostPort: port.hostPortRange ?? port.hostPort?.toString() ?? '' });
  }
  return bindings;
}
