import type { EngineOperation, RefusalRule } from './engine-refusal.js';

const STARTING: readonly EngineOperation[] = ['container.start', 'container.restart'];

/** Refusals about containers: engine-facts 3.2 (51-53, 70-71) and 3.4. */
export const CONTAINER_REFUSALS: readonly RefusalRule[] = [
  // 104: what is missing is not the container itself but the one whose network it shares
  {
    pattern: /no such container: (\S+)/i,
    operations: STARTING,
    when: ({ subject }, [, missing = '']) => subject !== undefined && missing !== subject,
    code: 'CONTAINER_STATE',
    detail: 'The container shares the network of another container, which is gone.',
  },
  {
    pattern: /cannot join network of a non running container: (\S+)/i,
    code: 'CONTAINER_STATE',
    detail: 'The container whose network it shares does not run. Start that one first.',
  },
  // 105
  {
    pattern: /could not get container for (\S+?):/i,
    code: 'CONTAINER_NOT_FOUND',
    detail: 'There is no container "$1" to link to.',
    field: 'links',
  },
  {
    pattern: /cannot link to (?:a non running container: )?\/?(\S+?)(?:,| AS|$)/i,
    code: 'CONTAINER_STATE',
    detail: 'The container "$1" cannot be linked to now: it must run, on the default bridge.',
    field: 'links',
  },
  // 51, 71, 76
  {
    pattern: /no such container(?:: (.+))?/i,
    code: 'CONTAINER_NOT_FOUND',
    detail: 'The engine has no such container.',
  },
  // 52
  {
    pattern: /invalid name or ID supplied/i,
    code: 'VALIDATION_FAILED',
    detail: 'A container must be named.',
    field: 'container',
  },
  // 53
  {
    pattern: /multiple IDs found with provided prefix: (\S+)/i,
    code: 'AMBIGUOUS_REFERENCE',
    detail: 'More than one container has an id that begins with "$1". Use the full id.',
  },
  // 70 and its like
  {
    pattern: /marked for removal|removal of container \S+ is already in progress|removal in progress|is dead/i,
    code: 'CONTAINER_STATE',
    detail: 'The container is being removed.',
  },
  {
    pattern: /cannot remove (?:a (?:running|paused) container|container .+: container is (?:running|paused))/i,
    code: 'CONTAINER_STATE',
    detail: 'The container runs. Stop it first, or remove it with force.',
  },
  {
    pattern: /container .+ is (not running|not paused|already paused|paused|restarting)/i,
    code: 'CONTAINER_STATE',
    detail: "The container's state does not allow this: it is $1.",
  },
  {
    pattern: /cannot start a paused container/i,
    code: 'CONTAINER_STATE',
    detail: 'The container is paused. Unpause it instead of starting it.',
  },
  // 108
  {
    pattern: /the container name "\/?(.+?)" is already in use/i,
    code: 'CONTAINER_NAME_TAKEN',
    detail: 'A container named "$1" exists already. Choose another name or use that container.',
  },
  {
    pattern: /invalid container name \((.*?)\)/i,
    code: 'VALIDATION_FAILED',
    detail: 'The name "$1" is not possible: two or more of letters, digits, "_.-", not beginning with a sign.',
    field: 'name',
  },
  {
    pattern: /no such image|pull access denied|manifest (?:for \S+ not found|unknown)|repository \S+ not found/i,
    code: 'IMAGE_NOT_FOUND',
    detail: 'The image is not there. Load it on the engine, or allow the service to pull it.',
    field: 'image',
  },
  {
    pattern: /invalid reference format|invalid repository name|repository name must/i,
    code: 'VALIDATION_FAILED',
    detail: 'The name of the image is not a valid image reference.',
    field: 'image',
  },
  {
    pattern: /no command specified/i,
    code: 'VALIDATION_FAILED',
    detail: 'The image has no command of its own. Give one.',
    field: 'command',
  },
  {
    pattern: /executable file not found|exec: ".*": (?:stat|permission denied|no such file)|exec format error/i,
    operations: STARTING,
    code: 'VALIDATION_FAILED',
    detail: 'The command of the container cannot be run in its image.',
    field: 'command',
  },
];

/** Refusals of what a container asks of its network when created or started: engine-facts 3.4, rows 97-103. */
export const CONTAINER_NETWORK_REFUSALS: readonly RefusalRule[] = [
  // 97
  {
    pattern: /address (.+?): invalid MAC address|invalid MAC address/i,
    code: 'VALIDATION_FAILED',
    detail: 'The MAC address is not valid.',
    field: 'macAddress',
  },
  // 98, 99
  {
    pattern: /bind for (\S+) failed: port is already allocated/i,
    code: 'PORT_IN_USE',
    detail: 'The host port $1 is published by another container.',
  },
  {
    pattern: /listen (?:tcp|udp|sctp)\d? (\S+): bind: address already in use|failed to bind (?:host )?port/i,
    code: 'PORT_IN_USE',
    detail: 'The host port is held by a program on the host.',
  },
  {
    pattern: /cannot assign requested address/i,
    code: 'ADDRESS_NOT_ASSIGNABLE',
    detail: 'The host has no such address to publish a port on.',
    field: 'publishedPorts',
  },
  {
    pattern: /all ports are allocated|ports are already allocated/i,
    code: 'PORT_IN_USE',
    detail: 'Every host port of the range is in use.',
  },
  // 100, 101
  {
    pattern: /invalid transport protocol|invalid proto|invalid port|invalid containerport|invalid hostport/i,
    code: 'VALIDATION_FAILED',
    detail: 'A port is not valid.',
    field: 'publishedPorts',
  },
  // 97, 103, 105
  {
    pattern: /conflicting options: ([^.\n]+)/i,
    code: 'VALIDATION_FAILED',
    detail: 'These settings cannot be combined: $1.',
  },
  {
    pattern: /invalid network mode|invalid container format container:/i,
    code: 'VALIDATION_FAILED',
    detail: 'The network mode is not valid.',
    field: 'networkMode',
  },
  {
    pattern: /bad format for add-host: "?(.*?)"?$|invalid IP address in add-host/i,
    code: 'VALIDATION_FAILED',
    detail: 'An extra host is not of the form name:address.',
    field: 'extraHosts',
  },
];
