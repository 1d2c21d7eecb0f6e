import type { RefusalRule } from './engine-refusal.js';

/** Refusals by network and IPAM drivers and by plugins: engine-facts 3.1, rows 8-9, 20, 33-38, 42-45, 48. */
export const DRIVER_REFUSALS: readonly RefusalRule[] = [
  // 48, before 8: the plugin is known but does not answer
  {
    pattern: /\b(?:IpamDriver|NetworkDriver|Plugin)\.\w+"?: (?:dial|context|EOF|read|write)|legacy plugin: /i,
    code: 'ENGINE_ERROR',
    detail: 'A network plugin of the engine does not answer as it should. Look after the plugin.',
  },
  // 8, 9
  {
    pattern: /plugin "(.*?)" not found|(?:could not find|unknown) (?:plugin|driver) "?(\S+?)"?(?: in|$)/i,
    code: 'UNKNOWN_DRIVER',
    detail: 'The engine has no network or IPAM driver "$1".',
  },
  // 20
  {
    pattern: /bridge driver doesn't support multiple subnets/i,
    code: 'INVALID_DRIVER_OPTION',
    detail: 'A bridge network has one IPv4 subnet and at most one IPv6 subnet.',
    field: 'ipam.pools',
  },
  // 33, 35
  {
    pattern: /failed to parse (com\.docker\.network\.\S+) value: (.+)/i,
    code: 'INVALID_DRIVER_OPTION',
    detail: 'The driver option $1 does not take the value that was given.',
    field: 'options',
  },
  // 34
  {
    pattern: /invalid MTU number: (\S+)/i,
    code: 'INVALID_DRIVER_OPTION',
    detail: 'The MTU $1 is not possible.',
    field: 'options',
  },
  // 36 ("numerical result out of range" is the kernel's answer to more than 15 characters)
  {
    pattern: /failed to check bridge interface existence|invalid bridge (?:interface )?name/i,
    code: 'INVALID_DRIVER_OPTION',
    detail: 'The name of the bridge interface is not possible: Linux allows 15 characters.',
    field: 'options',
  },
  // 37
  {
    pattern: /existing interface (\S+) is not a bridge/i,
    code: 'BRIDGE_NAME_IN_USE',
    detail: 'The host has an interface "$1" already, and it is not a bridge.',
    field: 'options',
  },
  // 38
  {
    pattern: /networks have same bridge name/i,
    code: 'BRIDGE_NAME_IN_USE',
    detail: 'Another network uses a bridge interface of this name.',
    field: 'options',
  },
  // 44
  {
    pattern: /is already using parent interface (\S+)/i,
    code: 'PARENT_IN_USE',
    detail: 'Another network uses the parent interface "$1" already.',
    field: 'options',
  },
  // The kernel has no module for what the driver needs; later wordings begin the same.
  {
    pattern: /failed to create (\S+) vlan link: operation not supported/i,
    code: 'UNSUPPORTED_BY_ENGINE',
    detail:
      'The kernel of the engine\'s host makes no 802.1q sub-interfaces, so there can be no "$1". ' +
      'Use a plain interface as parent, or load the kernel module 8021q there.',
    field: 'options.parent',
  },
  {
    pattern: /failed to create the (macvlan|ipvlan) port: operation not supported/i,
    code: 'UNSUPPORTED_BY_ENGINE',
    detail:
      "The kernel of the engine's host has no $1 interfaces, so nothing can be attached to a $1 network there. " +
      'Load the kernel module $1 on the host, or use a network of another driver.',
  },
  {
    pattern: /^operation not supported$/i,
    operations: ['network.create'],
    code: 'UNSUPPORTED_BY_ENGINE',
    detail:
      "The kernel of the engine's host cannot make an interface that the network needs: " +
      'one without a parent takes the kernel module dummy. Name a parent interface in its options.',
    field: 'options.parent',
  },
  // 45
  {
    pattern: /unable to parse a valid vlan id from: (\S+)/i,
    code: 'INVALID_DRIVER_OPTION',
    detail: 'The part "$1" of the parent is no VLAN id: a number from 1 to 4094, as in eth0.10.',
    field: 'options.parent',
  },
  // 42, 43
  {
    pattern: /invalid subinterface vlan name (\S+?),|parent interface (?:does )?was not found on the host: (\S+)/i,
    code: 'INVALID_DRIVER_OPTION',
    detail: 'The host has no such parent interface.',
    field: 'options',
  },
  // 45
  {
    pattern: /requested (?:macvlan|ipvlan) (?:mode|flag) '(.*)' is not valid/i,
    code: 'INVALID_DRIVER_OPTION',
    detail: 'The driver has no mode "$1".',
    field: 'options',
  },
  {
    pattern: /loopback interface is not a valid (?:macvlan|ipvlan) parent/i,
    code: 'INVALID_DRIVER_OPTION',
    detail: 'The loopback interface cannot be a parent.',
    field: 'options',
  },
  {
    pattern: /vlan id must be between 1-4094, received: (\S+)/i,
    code: 'INVALID_DRIVER_OPTION',
    detail: 'The VLAN id $1 is not between 1 and 4094.',
    field: 'options',
  },
];
