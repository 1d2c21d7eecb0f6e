import type { EngineOperation, RefusalRule } from './engine-refusal.js';

const SWARM_COMMANDS: readonly EngineOperation[] = [
  'network.create',
  'network.remove',
  'service.create',
  'service.update',
  'service.remove',
  'node.update',
  'node.remove',
];

/** Refusals about swarms, nodes and services; engine-facts 3.3 (90, 91) and 5. */
export const SWARM_REFUSALS: readonly RefusalRule[] = [
  {
    pattern: /ingress network \((\S+)\) is already present/i,
    operations: ['network.create'],
    code: 'NETWORK_BUILTIN',
    detail: 'The swarm has its one ingress network already. Remove that one first, while no service publishes a port through it.',
  },
  {
    pattern: /ingress network cannot be attachable/i,
    operations: ['network.create'],
    code: 'VALIDATION_FAILED',
    detail: 'An ingress network cannot be attachable: it carries the routing mesh and nothing else.',
    field: 'attachable',
  },
  {
    pattern: /already part of a swarm/i,
    code: 'ALREADY_IN_SWARM',
    detail: 'The engine is in a swarm already. Take it out of that one first.',
  },
  {
    pattern: /not part of a swarm/i,
    operations: ['swarm.leave'],
    code: 'NODE_NOT_FOUND',
    detail: 'The engine is in no swarm (any more).',
  },
  {
    pattern: /attempting to leave the swarm on a node that is participating as a manager/i,
    code: 'NODE_STATE',
    detail: 'The engine is a manager of its swarm: leaving can end the swarm or leave it without a majority. Repeat with force=true.',
  },
  {
    pattern: /is not down and can't be removed/i,
    code: 'NODE_STATE',
    detail: 'The node is not down. Let it leave first, or repeat with force=true.',
  },
  {
    pattern: /is a cluster manager and is a member of the raft cluster/i,
    code: 'NODE_STATE',
    detail: 'The node is a manager of the swarm. It must leave or be made a worker first.',
  },
  {
    pattern: /attempting to demote the last manager/i,
    code: 'NODE_STATE',
    detail: 'The node is the only manager: without one there is no swarm. Make another node a manager first.',
  },
  {
    pattern: /would result in a loss of quorum/i,
    code: 'NODE_STATE',
    detail: 'Without this manager too few of the others would be reachable to decide anything. Bring one of them back first.',
  },
  {
    pattern: /does not have a leader|lost quorum/i,
    operations: SWARM_COMMANDS,
    code: 'ENGINE_UNREACHABLE',
    detail: 'The swarm has no leader, and nothing was changed: more than half of its managers must reach each other. Bring them back first.',
  },
  {
    // A change may have been handed to managers that answer no more, and be made when they are back.
    pattern: /context deadline exceeded/i,
    operations: SWARM_COMMANDS,
    code: 'ENGINE_TIMEOUT',
    detail: 'The swarm did not decide in time: its managers may have lost each other.',
    extras: { outcome: 'unknown' },
  },
  {
    pattern: /timeout was reached before node joined/i,
    code: 'ENGINE_TIMEOUT',
    detail: 'The engine did not reach the manager in time, and goes on trying. Ports 2377/tcp, 7946 and 4789/udp must be open between the hosts.',
    extras: { outcome: 'unknown' },
  },
  {
    pattern: /error while dialing/i,
    operations: ['swarm.join'],
    code: 'ENGINE_ERROR',
    detail: 'The engine cannot reach the manager. Ports 2377/tcp, 7946 and 4789/udp must be open between the hosts.',
  },
  {
    pattern: /name conflicts with an existing object/i,
    operations: ['service.create', 'service.update'],
    code: 'SERVICE_NAME_TAKEN',
    detail: 'The swarm has a service of this name already. Choose another name or change that service.',
  },
  {
    pattern: /port '(\d+)' is already in use by service/i,
    operations: ['service.create', 'service.update'],
    code: 'PORT_IN_USE',
    detail: 'Port $1 of the swarm is published by another service already.',
  },
  {
    pattern: /^service \S+ not found/i,
    code: 'SERVICE_NOT_FOUND',
    detail: 'The swarm has no such service (any more).',
  },
  {
    pattern: /^node \S+ not found/i,
    code: 'NODE_NOT_FOUND',
    detail: 'The swarm has no such node (any more).',
  },
  {
    pattern: /is not a valid repository\/tag/i,
    operations: ['service.create', 'service.update'],
    code: 'VALIDATION_FAILED',
    detail: 'The image is not the name of one.',
    field: 'image',
  },
  {
    pattern: /cannot assign requested address|must be a non-zero IP address/i,
    operations: ['swarm.init', 'swarm.join'],
    code: 'VALIDATION_FAILED',
    detail: 'The advertise or listen address is none of the addresses of the engine\'s host.',
    field: 'advertiseAddress',
  },
];
