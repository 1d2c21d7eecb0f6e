import type { EngineOperation, RefusalRule } from './engine-refusal.js';

const PLACING: readonly EngineOperation[] = ['attach', 'detach'];

/** Refusals in Podman's words, nearly all of them with the status 500. */
export const PODMAN_REFUSALS: readonly RefusalRule[] = [
  {
    pattern: /network name (\S+) already used/i,
    code: 'NETWORK_NAME_TAKEN',
    detail: 'A network named "$1" exists already. Choose another name or use that network.',
    field: 'name',
  },
  {
    pattern: /network name (.+) invalid: names must match/i,
    code: 'VALIDATION_FAILED',
    detail: 'The name "$1" is not possible: letters, digits and "_.-", not beginning with a sign.',
    field: 'name',
  },
  {
    pattern: /subnet (\S+) is already used on the host or by another config/i,
    code: 'SUBNET_OVERLAP',
    detail: 'The subnet $1 overlaps with another network of the engine or of its host.',
    field: 'ipam.pools',
  },
  {
    pattern: /could not find free subnet from subnet pools/i,
    code: 'ADDRESS_POOL_EXHAUSTED',
    detail: 'The engine has no free subnet left to give. Name one.',
    field: 'ipam.pools',
  },
  {
    pattern: /unsupported driver (\S+?):/i,
    code: 'UNKNOWN_DRIVER',
    detail: 'The engine has no network driver "$1".',
    field: 'driver',
  },
  {
    pattern: /gateway (\S+) not in subnet (\S+)/i,
    code: 'GATEWAY_OUTSIDE_SUBNET',
    detail: 'The gateway $1 is not in the subnet $2.',
    field: 'ipam.pools',
  },
  {
    pattern: /parent interface (\S+) does not exist/i,
    code: 'INVALID_DRIVER_OPTION',
    detail: 'The host of the engine has no interface "$1".',
    field: 'options',
  },
  {
    pattern: /bridge name (\S+) already in use/i,
    code: 'BRIDGE_NAME_IN_USE',
    detail: 'The bridge name "$1" is in use.',
    field: 'options',
  },
  {
    pattern: /default network \S+ cannot be removed/i,
    code: 'NETWORK_BUILTIN',
    detail: 'The default network belongs to the engine and cannot be removed.',
  },
  {
    pattern: /has associated containers with it/i,
    code: 'NETWORK_IN_USE',
    detail: 'The network is still in use. Take everything off it first.',
  },
  {
    pattern: /unable to find network with name or ID (\S+?):/i,
    code: 'NETWORK_NOT_FOUND',
    detail: 'The engine has no network "$1".',
  },
  {
    pattern: /is already connected to network/i,
    code: 'ALREADY_ATTACHED',
    detail: 'The container is on this network already.',
  },
  {
    pattern: /"?(.*?)"? is not supported: invalid network mode/i,
    operations: PLACING,
    code: 'ATTACHMENT_IMPOSSIBLE',
    detail: "The container uses the host's network, another container's or none, and can be on no other.",
  },
  {
    pattern: /requested static ip (\S+) not in any subnet/i,
    code: 'ADDRESS_OUTSIDE_SUBNET',
    detail: 'The address $1 is in none of the subnets of the network.',
  },
  {
    pattern: /requested ip address (\S+) is already allocated/i,
    code: 'ADDRESS_IN_USE',
    detail: 'The address $1 is in use on this network.',
  },
  {
    pattern: /failed to find free IP in range/i,
    code: 'ADDRESS_POOL_EXHAUSTED',
    detail: 'The network has no free address left.',
  },
  {
    pattern: /failed to parse the ipv([46]) address "(.*)"/i,
    code: 'VALIDATION_FAILED',
    detail: '"$2" is not an IPv$1 address.',
  },
  {
    pattern: /has dependent containers which must be removed before it/i,
    code: 'CONTAINER_STATE',
    detail: "Other containers share the container's network. Remove them first.",
  },
  // Until the entry of an attach that failed is taken off again; Fairlead's own are (podman-request.mapper.ts).
  {
    pattern: /network inspection mismatch: asked to join \d+ network\(s\) map\[(.*?)\], but have information/i,
    code: 'ENGINE_ERROR',
    detail:
      'An attach failed half-way, and Podman cannot describe its containers since. Take the container off the network ' +
      'again (podman network disconnect).',
  },
  {
    pattern: /container state improper/i,
    code: 'CONTAINER_STATE',
    detail: "The container's state does not allow this.",
  },
];
