import type { EngineOperation, RefusalRule } from './engine-refusal.js';

const STARTING: readonly EngineOperation[] = ['container.start', 'container.restart'];

/** Refusals about a container's place on a network, when attaching or starting: engine-facts 3.2, 3.3, 92-96. */
export const ATTACHMENT_REFUSALS: readonly RefusalRule[] = [
  // 92, 106: the container stands, the network that it is configured with does not
  {
    pattern: /network (\S+) not found/i,
    operations: STARTING,
    code: 'CONTAINER_STATE',
    detail: 'The container is configured for the network "$1", which is gone. Detach it from there first.',
  },
  // 77 with force and 74, 75
  {
    pattern: /container \S+ is not connected to (?:the )?network (.+)/i,
    code: 'ATTACHMENT_NOT_FOUND',
    detail: 'The container is not on this network.',
  },
  // 76 with force
  {
    pattern: /endpoint (\S+) not found/i,
    operations: ['detach'],
    code: 'CONTAINER_NOT_FOUND',
    detail: 'The engine has no container "$1".',
  },
  // 49, 77, 83, 91
  {
    pattern: /network (.+) not found/i,
    code: 'NETWORK_NOT_FOUND',
    detail: 'The engine has no network "$1".',
  },
  // 54, 55
  {
    pattern: /endpoint with name \S+ already exists in network (\S+)|is already attached to network (\S+)/i,
    code: 'ALREADY_ATTACHED',
    detail: 'The container is on this network already.',
  },
  // 57
  {
    pattern: /user specified IP address is supported on user defined networks only/i,
    code: 'ADDRESS_NOT_ASSIGNABLE',
    detail: 'The default bridge gives out its addresses itself. Use a network of your own for a static one.',
  },
  // 58
  {
    pattern: /network-scoped aliase?s? (?:is|are) (?:only )?supported/i,
    code: 'VALIDATION_FAILED',
    detail: 'The default bridge, host and none know no aliases. Use a network of your own.',
    field: 'aliases',
  },
  // 59
  {
    pattern: /user specified IP address is supported only when connecting to networks with user configured subnets/i,
    code: 'SUBNET_REQUIRED',
    detail: 'Static addresses need a network whose subnet was named when it was created.',
  },
  // 60, 93 (25+: "no configured subnet or ip-range contain the IP address …", "… contain this address")
  {
    pattern: /invalid address (\S+?): it does not belong to any of this network's subnets/i,
    code: 'ADDRESS_OUTSIDE_SUBNET',
    detail: 'The address $1 is in none of the subnets of the network.',
  },
  {
    pattern: /no configured subnet (?:or ip-range )?contains?(?: the)? IP address (\S+)/i,
    code: 'ADDRESS_OUTSIDE_SUBNET',
    detail: 'The address $1 is in none of the subnets of the network.',
  },
  // 61, 94
  {
    pattern: /invalid (IPv4|IPv6) address: ?([^\s)]*)/i,
    code: 'VALIDATION_FAILED',
    detail: '"$2" is not an $1 address.',
  },
  {
    pattern: /invalid link-local IP address/i,
    code: 'VALIDATION_FAILED',
    detail: 'A link-local address is not an IP address.',
  },
  // 63, 96
  {
    pattern: /no available (?:IPv4 |IPv6 )?addresses on this (?:network's address )?pools?/i,
    code: 'ADDRESS_POOL_EXHAUSTED',
    detail: 'The network has no free address left. Take a container off it, or use a network with a larger subnet.',
  },
  // 62, 96; a port that a process holds says "bind: address already in use", which stands among the ports
  {
    pattern: /(?<!bind: )\baddress already in use/i,
    code: 'ADDRESS_IN_USE',
    detail: 'The address is in use on this network, by a container or by the network itself.',
  },
  // 65
  {
    pattern: /bad format for links: (.+)/i,
    code: 'VALIDATION_FAILED',
    detail: 'The link "$1" is not of the form container:alias.',
    field: 'links',
  },
  // 66, 67, 68, 78
  {
    pattern: /container sharing network namespace with another container or host cannot be connected/i,
    code: 'ATTACHMENT_IMPOSSIBLE',
    detail: "The container uses the host's or another container's network and can be on no other.",
  },
  {
    pattern: /cannot be connected to multiple networks with one of the networks in private/i,
    code: 'ATTACHMENT_IMPOSSIBLE',
    detail: 'A container on the network "none" can be on no other network.',
  },
  {
    pattern: /cannot be disconnected from host network or connected to host network/i,
    code: 'ATTACHMENT_IMPOSSIBLE',
    detail: 'A container is on the host network from its creation until its end, or never.',
  },
  // 69, 72
  {
    pattern: /cannot create endpoint on configuration-only network/i,
    code: 'NETWORK_NOT_ATTACHABLE',
    detail: 'A configuration-only network takes no containers.',
  },
  {
    pattern: /network (\S+) not manually attachable|cannot be used (?:with|by) services|ingress network cannot be/i,
    code: 'NETWORK_NOT_ATTACHABLE',
    detail: 'The swarm network takes no single containers: it was not made attachable.',
  },
  // 73: the manager did not grant it within 20 s, most likely because another node uses the address
  {
    pattern: /attaching to network failed, make sure your network options are correct/i,
    code: 'ENGINE_TIMEOUT',
    detail: 'The swarm manager did not grant the attachment. The address may be in use on another node, or the network may have none left.',
    extras: { outcome: 'unknown' },
  },
];
