import { ArgsType, Field, InputType } from '@nestjs/graphql';
import { Type } from 'class-transformer';
import { IsOptional, ValidateNested } from 'class-validator';
import { ServiceModeEnum } from '../faces/service.model.js';
import { Taken } from '../faces/taken.decorator.js';
import { PageArgs } from '../graphql/page.args.js';
import { PageQuery } from '../http/page.query.js';
import { ChoiceQuery, IntegerQuery, ListQuery, TextQuery } from '../http/query.decorators.js';
import { SERVICE_MODES, type ServiceMode } from '../resources/swarm.js';

const OF_SERVICES = {
  swarm: 'Only services of this swarm: its id, or the name of an engine in it.',
  name: 'Only this name; `*` stands for any text.',
  image: 'Only services of this image.',
  mode: 'Only services of this mode.',
  network: 'Only services with tasks on this network (a reference).',
  publishedPort: 'Only services that publish this port.',
  label: 'Only services with this label, `key` or `key=value`; with all of them where given several times.',
} as const;

export class ListServicesQuery extends PageQuery {
  @TextQuery({ description: OF_SERVICES.swarm, example: 'one' })
  swarm?: string;

  @TextQuery({ description: OF_SERVICES.name, example: 'web' })
  name?: string;

  @TextQuery({ description: OF_SERVICES.image, example: 'nginx:1.29' })
  image?: string;

  @ChoiceQuery({ description: OF_SERVICES.mode, values: SERVICE_MODES })
  mode?: ServiceMode;

  @TextQuery({ description: OF_SERVICES.network, example: 'backend' })
  network?: string;

  @IntegerQuery({ description: OF_SERVICES.publishedPort, min: 1, max: 65_535, example: 8080 })
  publishedPort?: number;

  @ListQuery({ description: OF_SERVICES.label, example: ['team=web'] })
  label?: string[];
}

@InputType({ description: 'Which services are wanted; all conditions must hold.' })
export class ServiceFilterInput {
  @Taken({ optional: true, description: OF_SERVICES.swarm })
  swarm?: string;

  @Taken({ optional: true, description: OF_SERVICES.name })
  name?: string;

  @Taken({ optional: true, description: OF_SERVICES.image })
  image?: string;

  @Taken({ type: ServiceModeEnum, optional: true, description: OF_SERVICES.mode })
  mode?: ServiceMode;

  @Taken({ optional: true, description: OF_SERVICES.network })
  network?: string;

  @Taken({ type: 'integer', optional: true, description: OF_SERVICES.publishedPort })
  publishedPort?: number;

  @Taken({ list: true, optional: true, description: 'Only services with all of these labels, `key` or `key=value`.' })
  label?: string[];
}

@ArgsType()
export class ServicesArgs extends PageArgs {
  @Field(() => ServiceFilterInput, { nullable: true, description: 'Which services; all where absent.' })
  @IsOptional()
  @ValidateNested()
  @Type(() => ServiceFilterInput)
  filter?: ServiceFilterInput | null;
}

const OF_TASKS = {
  swarm: 'Only tasks of this swarm: its id, or the name of an engine in it.',
  service: 'Only tasks of this service (a reference).',
  node: 'Only tasks on this node (a reference; the name of its engine will do).',
  network: 'Only tasks on this network (a reference).',
  state: 'Only tasks in this state.',
  desiredState: 'Only tasks that the swarm wants in this state.',
  address: 'Only tasks with this address.',
} as const;

export class ListTasksQuery extends PageQuery {
  @TextQuery({ description: OF_TASKS.swarm, example: 'one' })
  swarm?: string;

  @TextQuery({ description: OF_TASKS.service, example: 'web' })
  service?: string;

  @TextQuery({ description: OF_TASKS.node, example: 'two' })
  node?: string;

  @TextQuery({ description: OF_TASKS.network, example: 'backend' })
  network?: string;

  @TextQuery({ description: OF_TASKS.state, example: 'running' })
  state?: string;

  @TextQuery({ description: OF_TASKS.desiredState, example: 'running' })
  desiredState?: string;

  @TextQuery({ description: OF_TASKS.address, example: '10.61.0.5' })
  address?: string;
}

@InputType({ description: 'Which tasks are wanted; all conditions must hold.' })
export class TaskFilterInput {
  @Taken({ optional: true, description: OF_TASKS.swarm })
  swarm?: string;

  @Taken({ optional: true, description: OF_TASKS.service })
  service?: string;

  @Taken({ optional: true, description: OF_TASKS.node })
  node?: string;

  @Taken({ optional: true, description: OF_TASKS.network })
  network?: string;

  @Taken({ optional: true, description: OF_TASKS.state })
  state?: string;

  @Taken({ optional: true, description: OF_TASKS.desiredState })
  desiredState?: string;

  @Taken({ optional: true, description: OF_TASKS.address })
  address?: string;
}

@ArgsType()
export class TasksArgs extends PageArgs {
  @Field(() => TaskFilterInput, { nullable: true, description: 'Which tasks; all where absent.' })
  @IsOptional()
  @ValidateNested()
  @Type(() => TaskFilterInput)
  filter?: TaskFilterInput | null;
}
