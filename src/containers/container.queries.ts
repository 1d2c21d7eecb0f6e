import { ArgsType, Field, InputType } from '@nestjs/graphql';
import { Type } from 'class-transformer';
import { IsOptional, Max, Min, ValidateNested } from 'class-validator';
import { ContainerStateEnum } from '../faces/container.model.js';
import { Taken } from '../faces/taken.decorator.js';
import { PageArgs } from '../graphql/page.args.js';
import { PageQuery } from '../http/page.query.js';
import { ChoiceQuery, FlagQuery, IntegerQuery, ListQuery, TextQuery } from '../http/query.decorators.js';
import { EngineWriteQuery } from '../http/write.query.js';
import { CONTAINER_STATES, type ContainerState } from '../resources/container.js';

const ABOUT = {
  engine: 'Only containers of this engine.',
  name: 'Only this name; `*` stands for any text.',
  image: 'Only containers of this image, as it was named at creation or by its id.',
  state: 'Only containers in this state.',
  label: 'Only containers with this label, `key` or `key=value`; with all of them where given several times.',
  network: 'Only containers attached to this network (a reference).',
  address: 'Only containers with this address on some network.',
  publishedPort: 'Only containers that this port of the host leads to.',
} as const;

export class ListContainersQuery extends PageQuery {
  @TextQuery({ description: ABOUT.engine, example: 'local' })
  engine?: string;

  @TextQuery({ description: ABOUT.name, example: 'web' })
  name?: string;

  @TextQuery({ description: ABOUT.image, example: 'nginx:1.29' })
  image?: string;

  @ChoiceQuery({ description: ABOUT.state, values: CONTAINER_STATES })
  state?: ContainerState;

  @ListQuery({ description: ABOUT.label, example: ['team=web'] })
  label?: string[];

  @TextQuery({ description: ABOUT.network, example: 'frontend' })
  network?: string;

  @TextQuery({ description: ABOUT.address, example: '10.20.0.5' })
  address?: string;

  @IntegerQuery({ description: ABOUT.publishedPort, min: 1, max: 65_535, example: 8080 })
  publishedPort?: number;
}

@InputType({ description: 'Which containers are wanted; all conditions must hold.' })
export class ContainerFilterInput {
  @Taken({ optional: true, description: ABOUT.engine })
  engine?: string;

  @Taken({ optional: true, description: ABOUT.name })
  name?: string;

  @Taken({ optional: true, description: ABOUT.image })
  image?: string;

  @Taken({ type: ContainerStateEnum, optional: true, description: ABOUT.state })
  state?: ContainerState;

  @Taken({ list: true, optional: true, description: 'Only containers with all of these labels, `key` or `key=value`.' })
  label?: string[];

  @Taken({ optional: true, description: ABOUT.network })
  network?: string;

  @Taken({ optional: true, description: ABOUT.address })
  address?: string;

  @Taken({ type: 'integer', optional: true, description: ABOUT.publishedPort })
  @Min(1)
  @Max(65_535)
  publishedPort?: number;
}

@ArgsType()
export class ContainersArgs extends PageArgs {
  @Field(() => ContainerFilterInput, { nullable: true, description: 'Which containers; all where absent.' })
  @IsOptional()
  @ValidateNested()
  @Type(() => ContainerFilterInput)
  filter?: ContainerFilterInput | null;
}

export class RemoveContainerQuery extends EngineWriteQuery {
  @FlagQuery({ description: 'Kill it first where it runs.', example: false })
  force?: boolean;
}

export class StopContainerQuery extends EngineWriteQuery {
  @IntegerQuery({
    min: 0,
    max: 3600,
    description: 'Seconds that it may take to end by itself before it is killed; 10 where absent.',
    example: 10,
  })
  timeoutSeconds?: number;
}

@ArgsType()
export class ContainerStepArgs {
  @Taken({ description: 'Id, name or unique id prefix of the container.' })
  ref!: string;

  @Taken({ optional: true, description: 'Engine on which the reference is to be found; all of them where absent.' })
  engine?: string;

  @Taken({
    type: 'boolean',
    optional: true,
    default: false,
    description: 'Check everything that can be checked, change nothing, answer with what would be.',
  })
  dryRun?: boolean;

  @Taken({ optional: true, description: 'The `etag` that the container must still have; PRECONDITION_FAILED otherwise.' })
  ifMatch?: string;
}

@ArgsType()
export class StopContainerArgs extends ContainerStepArgs {
  @Taken({
    type: 'integer',
    optional: true,
    description: 'Seconds that it may take to end by itself before it is killed, 0 to 3600; 10 where absent.',
  })
  timeoutSeconds?: number;
}

@ArgsType()
export class RemoveContainerArgs extends ContainerStepArgs {
  @Taken({ type: 'boolean', optional: true, default: false, description: 'Kill it first where it runs.' })
  force?: boolean;
}
