import { ObjectType } from '@nestjs/graphql';
import type { ManagerReachability, NodeAvailability, NodeState, Swarm, SwarmNode, SwarmNodeRole } from '../resources/swarm.js';
import { describedEnum } from './described-enum.js';
import { Shown, ShownInRest, ShownMap } from './shown.decorator.js';

export const SwarmNodeRoleEnum = describedEnum<SwarmNodeRole>('SwarmNodeRole', 'What a node is in its swarm.', {
  manager: 'It can change the swarm.',
  worker: 'It runs tasks.',
});

export const NodeAvailabilityEnum = describedEnum<NodeAvailability>('NodeAvailability', 'Whether a node takes tasks.', {
  active: 'It takes tasks.',
  pause: 'It keeps its tasks and takes no more.',
  drain: 'It takes none, and gives up those that it has.',
});

export const NodeStateEnum = describedEnum<NodeState>('NodeState', 'How a node is doing.', {
  unknown: 'The swarm has not heard of it yet.',
  down: 'The swarm hears nothing of it.',
  ready: 'It takes part.',
  disconnected: 'It has left its manager.',
});

export const ManagerReachabilityEnum = describedEnum<ManagerReachability>('ManagerReachability', 'Whether the managers of a swarm reach one of them.', {
  unknown: 'It has not been tried yet.',
  unreachable: 'They do not: it has no voice.',
  reachable: 'They do.',
});

const NODE_ID = '4s65m1ybxlp97adi9wksw58fg';
const SWARM_ID = '3nn7s60wlk4ht0qldjl2dqy7d';

@ObjectType('Swarm', { description: 'A swarm, as a manager among the known engines tells of it.' })
export class SwarmModel implements Swarm {
  @Shown({ type: 'id', description: "The swarm's own id.", example: SWARM_ID })
  id!: string;

  @ShownInRest({ list: true, description: 'Names of the known engines in it, managers first.', example: ['one', 'two'] })
  engines!: string[];

  @Shown({ list: true, description: 'Names of those of them that are managers.', example: ['one'] })
  managers!: string[];

  @Shown({ type: 'integer', description: 'Nodes, those included that are no known engines.', example: 2 })
  nodeCount!: number;

  @Shown({ type: 'integer', description: 'Nodes that take part at present.', example: 2 })
  readyNodeCount!: number;

  @Shown({ type: 'integer', description: 'Services in it.', example: 1 })
  serviceCount!: number;

  @Shown({ list: true, description: 'Blocks that networks without a subnet of their own are given from.', example: ['10.0.0.0/8'] })
  defaultAddressPools!: string[];

  @Shown({ type: 'integer', nullable: true, description: 'Prefix length of the subnets given from them.', example: 24 })
  subnetSize!: number | null;

  @Shown({ type: 'integer', nullable: true, description: 'UDP port that overlay traffic goes over.', example: 4789 })
  dataPathPort!: number | null;

  @Shown({
    nullable: true,
    description:
      'Why it can neither be asked nor changed now, in the words of a manager where it had some: most often too few of its ' +
      'managers reach each other. null while it can be. What is shown is as it was last told then.',
    example: null,
  })
  problem!: string | null;

  @Shown({
    type: 'datetime',
    nullable: true,
    description: 'When what is shown of it, its nodes, services and tasks, was last told; null while a manager tells.',
    example: null,
  })
  staleSince!: string | null;

  @Shown({ type: 'datetime', description: 'When it was made.', example: '2026-11-23T12:00:00.000Z' })
  createdAt!: string;
}

@ObjectType('SwarmNode', { description: 'A host in a swarm.' })
export class SwarmNodeModel implements SwarmNode {
  @Shown({ type: 'id', description: "The node's id.", example: NODE_ID })
  id!: string;

  @Shown({ type: 'id', description: 'The swarm that it is in.', example: SWARM_ID })
  swarmId!: string;

  @Shown({ description: 'Its host name, which other nodes may have too.', example: 'host-one' })
  name!: string;

  @ShownInRest({ nullable: true, description: 'Name of the engine; null where it is none that is known here.', example: 'one' })
  engine!: string | null;

  @Shown({ type: SwarmNodeRoleEnum, description: 'What it is in the swarm.', example: 'worker' })
  role!: SwarmNodeRole;

  @Shown({ type: 'boolean', description: 'It leads the managers.', example: false })
  leader!: boolean;

  @Shown({
    type: ManagerReachabilityEnum,
    nullable: true,
    description: 'Whether the managers reach it; null for a worker. More than half of them must be, or nothing can be changed.',
    example: null,
  })
  reachability!: ManagerReachability | null;

  @Shown({ type: NodeAvailabilityEnum, description: 'Whether it takes tasks.', example: 'active' })
  availability!: NodeAvailability;

  @Shown({ type: NodeStateEnum, description: 'How it is doing, as the swarm knows.', example: 'ready' })
  state!: NodeState;

  @Shown({ nullable: true, description: 'Why it is in that state; null where the swarm does not say.', example: null })
  message!: string | null;

  @Shown({ nullable: true, description: 'Where other nodes reach it.', example: '10.60.0.2' })
  address!: string | null;

  @Shown({ nullable: true, description: 'Where managers reach it, with the port; null for a worker.', example: null })
  managerAddress!: string | null;

  @Shown({ nullable: true, description: 'Version of its engine.', example: '29.7.2' })
  engineVersion!: string | null;

  @ShownMap({ description: 'Labels that the swarm gives it.', example: { zone: 'a' } })
  labels!: Readonly<Record<string, string>>;

  @Shown({ type: 'integer', description: 'Tasks on it that have not ended.', example: 3 })
  taskCount!: number;

  @Shown({ type: 'datetime', description: 'When it joined.', example: '2026-11-23T12:00:00.000Z' })
  createdAt!: string;

  @Shown({ type: 'datetime', description: 'When the swarm last noted anything of it.', example: '2026-11-23T12:00:00.000Z' })
  updatedAt!: string;
}
