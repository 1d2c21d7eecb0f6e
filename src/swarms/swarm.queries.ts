import { ArgsType, Field, InputType } from '@nestjs/graphql';
import { Type } from 'class-transformer';
import { IsOptional, ValidateNested } from 'class-validator';
import { NodeAvailabilityEnum, NodeStateEnum, SwarmNodeRoleEnum } from '../faces/swarm.model.js';
import { Taken } from '../faces/taken.decorator.js';
import { PageArgs } from '../graphql/page.args.js';
import { PageQuery } from '../http/page.query.js';
import { ChoiceQuery, FlagQuery, ListQuery, TextQuery } from '../http/query.decorators.js';
import { WriteQuery } from '../http/write.query.js';
import {
  NODE_AVAILABILITIES,
  NODE_STATES,
  SWARM_NODE_ROLES,
  type NodeAvailability,
  type NodeState,
  type SwarmNodeRole,
} from '../resources/swarm.js';

const ABOUT = {
  swarm: 'Only nodes of this swarm: its id, or the name of an engine in it.',
  engine: 'Only the node of this engine.',
  name: 'Only this host name; `*` stands for any text.',
  role: 'Only managers, or only workers.',
  state: 'Only nodes in this state.',
  availability: 'Only nodes of this availability.',
  label: 'Only nodes with this label, `key` or `key=value`; with all of them where given several times.',
} as const;

export class ListNodesQuery extends PageQuery {
  @TextQuery({ description: ABOUT.swarm, example: 'one' })
  swarm?: string;

  @TextQuery({ description: ABOUT.engine, example: 'one' })
  engine?: string;

  @TextQuery({ description: ABOUT.name, example: 'host-*' })
  name?: string;

  @ChoiceQuery({ description: ABOUT.role, values: SWARM_NODE_ROLES })
  role?: SwarmNodeRole;

  @ChoiceQuery({ description: ABOUT.state, values: NODE_STATES })
  state?: NodeState;

  @ChoiceQuery({ description: ABOUT.availability, values: NODE_AVAILABILITIES })
  availability?: NodeAvailability;

  @ListQuery({ description: ABOUT.label, example: ['zone=a'] })
  label?: string[];
}

@InputType({ description: 'Which nodes are wanted; all conditions must hold.' })
export class SwarmNodeFilterInput {
  @Taken({ optional: true, description: ABOUT.swarm })
  swarm?: string;

  @Taken({ optional: true, description: ABOUT.engine })
  engine?: string;

  @Taken({ optional: true, description: ABOUT.name })
  name?: string;

  @Taken({ type: SwarmNodeRoleEnum, optional: true, description: ABOUT.role })
  role?: SwarmNodeRole;

  @Taken({ type: NodeStateEnum, optional: true, description: ABOUT.state })
  state?: NodeState;

  @Taken({ type: NodeAvailabilityEnum, optional: true, description: ABOUT.availability })
  availability?: NodeAvailability;

  @Taken({ list: true, optional: true, description: 'Only nodes with all of these labels, `key` or `key=value`.' })
  label?: string[];
}

@ArgsType()
export class SwarmNodesArgs extends PageArgs {
  @Field(() => SwarmNodeFilterInput, { nullable: true, description: 'Which nodes; all where absent.' })
  @IsOptional()
  @ValidateNested()
  @Type(() => SwarmNodeFilterInput)
  filter?: SwarmNodeFilterInput | null;
}

@ArgsType()
export class SwarmsArgs extends PageArgs {}

export class RemoveNodeQuery extends WriteQuery {
  @FlagQuery({
    description: 'Remove it although its engine cannot be asked to leave, or the swarm ends with it or has too few managers then.',
    example: false,
  })
  force?: boolean;
}
