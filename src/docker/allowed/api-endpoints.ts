import { ANYTHING, fields, listOf, mapOf, NOTHING, ONE_VALUE, values, type BodyShape } from './body-shape.js';

/** What a deployment can do without: engines of swarms, and fetching images. */
export const OPTIONAL_PARTS = ['swarm', 'pull'] as const;
export type OptionalPart = (typeof OPTIONAL_PARTS)[number];

/** One endpoint of the Engine API that may be called. */
export interface ApiEndpoint {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Behind the version of the API, but for those that agree on it. `{id}` and `{name}` stand for one part of the path. */
  readonly path: string;
  readonly query: readonly string[];
  readonly body: BodyShape;
  readonly part: OptionalPart | 'always';
  readonly why: string;
}

type Rest = Partial<Pick<ApiEndpoint, 'query' | 'body' | 'part'>>;

const endpoint = (method: ApiEndpoint['method'], path: string, why: string, rest: Rest = {}): ApiEndpoint => {
  return { method, path, query: [], body: NOTHING, part: 'always', ...rest, why };
};

/** Asked before a version of the API is agreed on. */
export const UNVERSIONED: readonly string[] = ['/_ping', '/version'];

const TEXTS = listOf(ONE_VALUE);
const TEXT_MAP = mapOf(ONE_VALUE);

const ENDPOINT_SETTINGS = fields({
  IPAMConfig: fields(values('IPv4Address', 'IPv6Address')),
  Aliases: TEXTS,
  Links: TEXTS,
  DriverOpts: TEXT_MAP,
  ...values('MacAddress', 'GwPriority'),
});

const NETWORK = fields({
  ...values('Name', 'CheckDuplicate', 'Driver', 'Scope', 'Internal', 'Attachable', 'Ingress', 'ConfigOnly', 'EnableIPv4', 'EnableIPv6'),
  ConfigFrom: fields(values('Network')),
  IPAM: fields({
    Driver: ONE_VALUE,
    Options: TEXT_MAP,
    Config: listOf(fields({ ...values('Subnet', 'IPRange', 'Gateway'), AuxiliaryAddresses: TEXT_MAP })),
  }),
  Options: TEXT_MAP,
  Labels: TEXT_MAP,
});

/** None of what would make a container more than one: Privileged, Binds, Mounts, CapAdd, Devices, PidMode and their like. */
const CONTAINER = fields({
  ...values('Image', 'Hostname', 'MacAddress'),
  Cmd: TEXTS,
  Labels: TEXT_MAP,
  ExposedPorts: mapOf(fields({})),
  HostConfig: fields({
    NetworkMode: ONE_VALUE,
    PortBindings: mapOf(listOf(fields(values('HostIp', 'HostPort')))),
    Dns: TEXTS,
    DnsSearch: TEXTS,
    DnsOptions: TEXTS,
    ExtraHosts: TEXTS,
    Links: TEXTS,
  }),
  NetworkingConfig: fields({ EndpointsConfig: mapOf(ENDPOINT_SETTINGS) }),
});

/** None of Mounts, Privileges, CapabilityAdd, Secrets, Configs and Sysctls. */
const SERVICE = fields({
  Name: ONE_VALUE,
  Labels: TEXT_MAP,
  Mode: fields({ Replicated: fields(values('Replicas')), Global: fields({}) }),
  TaskTemplate: fields({
    ContainerSpec: fields({ Image: ONE_VALUE, Args: TEXTS }),
    Networks: listOf(fields({ Target: ONE_VALUE, Aliases: TEXTS })),
  }),
  EndpointSpec: fields({
    Mode: ONE_VALUE,
    Ports: listOf(fields(values('Protocol', 'TargetPort', 'PublishedPort', 'PublishMode'))),
  }),
});

const SWARM_PLACE = values('AdvertiseAddr', 'ListenAddr', 'DataPathAddr');

/** All that is ever asked of an engine: nothing else reaches it. Nothing here runs a program in a container that stands. */
export const API_ENDPOINTS: readonly ApiEndpoint[] = [
  endpoint('GET', '/_ping', 'whether the engine is there, and its clock'),
  endpoint('GET', '/version', 'which version of the API to speak'),
  endpoint('GET', '/info', 'what the engine is: drivers, swarm, clock'),
  endpoint('GET', '/events', 'what happens on it, as it happens and as far as it is remembered', { query: ['filters', 'since', 'until', 'stream'] }),
  endpoint('GET', '/networks', 'which networks there are', { query: ['filters'] }),
  endpoint('GET', '/networks/{name}', 'how a network stands', { query: ['scope'] }),
  endpoint('POST', '/networks/create', 'creating a network', { body: NETWORK }),
  endpoint('POST', '/networks/{name}/connect', 'attaching a container', { body: fields({ Container: ONE_VALUE, EndpointConfig: ENDPOINT_SETTINGS }) }),
  endpoint('POST', '/networks/{name}/disconnect', 'detaching a container', { body: fields(values('Container', 'Force')) }),
  endpoint('DELETE', '/networks/{name}', 'removing a network'),
  endpoint('GET', '/containers/json', 'which containers there are', { query: ['all'] }),
  endpoint('GET', '/containers/{id}/json', 'how a container stands'),
  endpoint('POST', '/containers/create', 'creating a container', { query: ['name'], body: CONTAINER }),
  endpoint('POST', '/containers/{id}/start', 'starting a container'),
  endpoint('POST', '/containers/{id}/stop', 'stopping a container', { query: ['t'] }),
  endpoint('POST', '/containers/{id}/restart', 'restarting a container', { query: ['t'] }),
  endpoint('POST', '/containers/{id}/pause', 'pausing a container'),
  endpoint('POST', '/containers/{id}/unpause', 'unpausing a container'),
  endpoint('DELETE', '/containers/{id}', 'removing a container', { query: ['v', 'force'] }),
  endpoint('GET', '/images/{name}/json', 'whether the engine has an image'),
  endpoint('POST', '/images/create', 'fetching an image from its registry', { query: ['fromImage'], part: 'pull' }),
  endpoint('GET', '/swarm', 'which swarm it manages, and what others join it with', { part: 'swarm' }),
  endpoint('GET', '/nodes', 'which nodes the swarm has', { part: 'swarm' }),
  endpoint('GET', '/nodes/{id}', 'how a node stands, before it is changed', { part: 'swarm' }),
  endpoint('POST', '/nodes/{id}/update', 'draining, promoting and demoting a node', {
    ...{ query: ['version'], part: 'swarm', body: fields({ ...values('Name', 'Role', 'Availability'), Labels: TEXT_MAP }) },
  }),
  endpoint('DELETE', '/nodes/{id}', 'removing a node', { query: ['force'], part: 'swarm' }),
  endpoint('POST', '/swarm/init', 'making a swarm', {
    ...{ part: 'swarm', body: fields({ ...SWARM_PLACE, ...values('DataPathPort', 'SubnetSize'), DefaultAddrPool: TEXTS, Spec: fields({}) }) },
  }),
  endpoint('POST', '/swarm/join', 'joining a swarm', { part: 'swarm', body: fields({ ...SWARM_PLACE, RemoteAddrs: TEXTS, JoinToken: ONE_VALUE }) }),
  endpoint('POST', '/swarm/leave', 'leaving a swarm', { query: ['force'], part: 'swarm' }),
  endpoint('GET', '/services', 'which services the swarm runs', { part: 'swarm' }),
  endpoint('GET', '/services/{id}', 'how a service stands, before it is changed', { part: 'swarm' }),
  endpoint('GET', '/tasks', 'where their tasks run', { part: 'swarm' }),
  endpoint('POST', '/services/create', 'creating a service', { part: 'swarm', body: SERVICE }),
  // What nobody spoke of goes back as it stands, and whoever else made the service may have put anything there.
  endpoint('POST', '/services/{id}/update', 'changing a service', { query: ['version'], part: 'swarm', body: ANYTHING }),
  endpoint('DELETE', '/services/{id}', 'removing a service', { part: 'swarm' }),
];

/** Those that are needed where some parts are left out. */
export function endpointsWithout(parts: readonly OptionalPart[]): readonly ApiEndpoint[] {
  return API_ENDPOINTS.filter(({ part }) => part === 'always' || !parts.includes(part));
}
