import type { RefusalRule } from './engine-refusal.js';

/** Refusals about networks as such: engine-facts 3.1 and 3.3. Numbers are the rows there; 25+ marks newer wordings. */
export const NETWORK_REFUSALS: readonly RefusalRule[] = [
  // 4, before 1: an empty name is taken for a duplicate where duplicates are checked first
  {
    pattern: /^invalid name:|network with name {2}already exists/i,
    operations: ['network.create'],
    code: 'VALIDATION_FAILED',
    detail: 'A network needs a name.',
    field: 'name',
  },
  // 1
  {
    pattern: /network with name (.+) already exists/i,
    code: 'NETWORK_NAME_TAKEN',
    detail: 'A network named "$1" exists already. Choose another name or use that network.',
  },
  // 3, 84
  {
    pattern: /\d+ matches found based on|network .+ is ambiguous/i,
    code: 'AMBIGUOUS_REFERENCE',
    detail: 'More than one network matches the reference. Use the full id.',
  },
  // 5
  {
    pattern: /operation is not permitted on predefined (\S+) network/i,
    code: 'NETWORK_BUILTIN',
    detail: 'The name of the "$1" network is reserved for the engine. Choose another name.',
  },
  // 7
  {
    pattern: /only one instance of "(\S+)" network is allowed/i,
    code: 'NETWORK_BUILTIN',
    detail: 'The engine has its one network of driver "$1" already; no other can be made.',
  },
  // 10, 11, 12, 87
  {
    pattern: /not a swarm manager|when swarm is not active|from a worker node|worker nodes can't be used/i,
    code: 'NOT_SWARM_MANAGER',
    detail: 'This needs a swarm manager, which the engine is not. Initialise a swarm on it or ask a manager.',
  },
  // 13
  {
    pattern: /ingress network can only be global scope/i,
    code: 'VALIDATION_FAILED',
    detail: 'Only a swarm-wide network (driver overlay) can be the ingress network.',
    field: 'ingress',
  },
  // 18 (25+: "invalid pool request: Pool overlaps…")
  {
    pattern: /pool overlaps with other one on this address space/i,
    code: 'SUBNET_OVERLAP',
    detail: 'The subnet overlaps that of another network on this engine. Choose one that is free.',
  },
  // 32 (25+: "all predefined address pools have been fully subnetted")
  {
    pattern: /non-overlapping IPv4 address pool|all predefined address pools have been fully subnetted/i,
    code: 'ADDRESS_POOL_EXHAUSTED',
    detail: 'The engine has no subnet left to give. Name a subnet yourself or remove unused networks.',
  },
  // 30
  {
    pattern: /non-overlapping IPv6 address pool/i,
    code: 'SUBNET_REQUIRED',
    detail: 'This engine does not choose IPv6 subnets. Give the network an IPv6 subnet.',
    field: 'ipam.pools',
  },
  // 15
  {
    pattern: /failed to allocate gateway \(\): no available (?:IPv4 |IPv6 )?addresses/i,
    code: 'ADDRESS_NOT_ASSIGNABLE',
    detail: 'The subnet is too small: no address is left for its gateway.',
    field: 'ipam.pools',
  },
  // 21 (25+: "invalid gateway 10.30.0.1: parent subnet 10.20.0.0/24 doesn't contain this address")
  {
    pattern: /failed to allocate gateway \((\S+)\): requested address is out of range/i,
    code: 'GATEWAY_OUTSIDE_SUBNET',
    detail: 'The gateway $1 is not in the subnet.',
    field: 'ipam.pools',
  },
  {
    pattern: /invalid gateway (\S+): parent subnet/i,
    code: 'GATEWAY_OUTSIDE_SUBNET',
    detail: 'The gateway $1 is not in the subnet.',
    field: 'ipam.pools',
  },
  // 23
  {
    pattern: /failed to allocate gateway \((\S+)\): address already in use/i,
    code: 'VALIDATION_FAILED',
    detail: 'The gateway $1 is an address that cannot be given to anybody (the network or broadcast address).',
    field: 'ipam.pools',
  },
  // 22, 25+
  {
    pattern: /invalid gateway(?: address)? (\S+?)(?: in Ipam configuration|: invalid address)/i,
    code: 'VALIDATION_FAILED',
    detail: 'The gateway "$1" is not an IP address.',
    field: 'ipam.pools',
  },
  // 24, before 14
  {
    pattern: /invalid subnet\s*:\s*invalid CIDR/i,
    code: 'SUBNET_REQUIRED',
    detail: 'A gateway, a range or auxiliary addresses need the subnet that they belong to.',
    field: 'ipam.pools',
  },
  // 14, 16 on 25+ ("invalid subnet 10.0.0.1/24: it should be 10.0.0.0/24")
  {
    pattern: /invalid (?:IPv4 |IPv6 )?subnet "?([^\s":]\S*?)"?\s*:/i,
    code: 'VALIDATION_FAILED',
    detail: 'The subnet "$1" is not a valid CIDR block.',
    field: 'ipam.pools',
  },
  // 25 on 25+, 26
  {
    pattern: /invalid (?:ip-range|address subpool)|failed to parse pool request/i,
    code: 'VALIDATION_FAILED',
    detail: 'The range is not a CIDR block inside the subnet.',
    field: 'ipam.pools',
  },
  // 27 (25+: "invalid auxiliary address x:10.30.0.5: parent subnet 10.20.3.0/24 doesn't contain this address")
  {
    pattern: /auxiliary address:? \(?(.+?)\)? must belong to|invalid auxiliary address (?:.+): parent subnet/i,
    code: 'ADDRESS_OUTSIDE_SUBNET',
    detail: 'An auxiliary address is not in the subnet.',
    field: 'ipam.pools',
  },
  // 28, 25+
  {
    pattern: /non parsable secondary ip address|invalid auxiliary address/i,
    code: 'VALIDATION_FAILED',
    detail: 'An auxiliary address is not an IP address.',
    field: 'ipam.pools',
  },
  // 29
  {
    pattern: /failed to allocate secondary ip address \((.+)\): address already in use/i,
    code: 'VALIDATION_FAILED',
    detail: 'The auxiliary address $1 is taken within this network already, by its gateway or another one.',
    field: 'ipam.pools',
  },
  // 46, 47
  {
    pattern: /configuration network "(.+)" does not exist/i,
    code: 'CONFIG_NETWORK_INVALID',
    detail: 'There is no configuration network "$1".',
    field: 'configFrom',
  },
  {
    pattern: /user specified configurations are not supported if the network depends/i,
    code: 'CONFIG_NETWORK_INVALID',
    detail: 'A network made from a configuration network takes its settings from there and none of its own.',
    field: 'configFrom',
  },
  // 81, 85, 86
  {
    pattern: /has active endpoints|configuration network "?.+"? is in use|is in use by (?:service|task)/i,
    code: 'NETWORK_IN_USE',
    detail: 'The network is still in use. Take everything off it first.',
  },
  {
    pattern: /ingress network cannot be removed because service \S+ depends on it/i,
    code: 'NETWORK_IN_USE',
    detail: 'The routing mesh carries published ports of services. Remove the services, or have them publish none through the mesh, first.',
  },
  // 82
  {
    pattern: /(\S+) is a pre-defined network and cannot be removed/i,
    code: 'NETWORK_BUILTIN',
    detail: 'The network "$1" belongs to the engine and cannot be removed.',
  },
  // 89: no fault of the caller's, and no code says it better; passes by itself
  {
    pattern: /a prune operation is already running/i,
    code: 'ENGINE_ERROR',
    detail: 'The engine is pruning already. Try again when it is done.',
  },
];
