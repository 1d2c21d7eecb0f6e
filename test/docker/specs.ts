import type { ContainerSpec, NetworkSpec } from '../../src/docker/docker.gateway.js';

/** A plain bridge network; the engine chooses the subnet unless pools are given. */
export function aNetworkSpec(name: string, changes: Partial<NetworkSpec> = {}): NetworkSpec {
  return {
    name,
    driver: 'bridge',
    internal: false,
    attachable: false,
    ingress: false,
    configOnly: false,
    ipv4Enabled: true,
    ipv6Enabled: false,
    ipamDriver: 'default',
    ipamOptions: {},
    pools: [],
    options: {},
    labels: {},
    ...changes,
  };
}

/** A container that runs until it is stopped. */
export function aContainerSpec(changes: Partial<ContainerSpec> = {}): ContainerSpec {
  return {
    image: 'fl-busybox',
    command: ['sleep', '3600'],
    labels: {},
    networkMode: 'bridge',
    dnsServers: [],
    dnsSearch: [],
    dnsOptions: [],
    extraHosts: [],
    exposedPorts: [],
    publishedPorts: [],
    links: [],
    ...changes,
  };
}
