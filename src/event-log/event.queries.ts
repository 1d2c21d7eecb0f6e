import { ArgsType, Field, InputType, Int } from '@nestjs/graphql';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min, ValidateNested } from 'class-validator';
import { EVENT_ORIGINS, type EventOrigin } from '../events/event.js';
import { Taken } from '../faces/taken.decorator.js';
import { IntegerQuery, ListQuery, TextQuery } from '../http/query.decorators.js';
import { EventOriginEnum } from './event.model.js';

const ABOUT = {
  types: 'Only these types; `network.*` stands for a whole family.',
  engines: 'Only events on these engines.',
  networks: 'Only events about these networks and attachments to them; ids or names.',
  containers: 'Only events about these containers and their attachments; ids or names.',
  labels: 'Only events about what has all of these labels, `key` or `key=value`.',
  origins: 'Only events found in these ways.',
} as const;

export class EventsQuery {
  @ListQuery({ description: ABOUT.types, example: ['network.*'] })
  types?: string[];

  @ListQuery({ description: ABOUT.engines, example: ['local'] })
  engines?: string[];

  @ListQuery({ description: ABOUT.networks, example: ['frontend'] })
  networks?: string[];

  @ListQuery({ description: ABOUT.containers, example: ['web'] })
  containers?: string[];

  @ListQuery({ description: ABOUT.labels, example: ['team=web'] })
  labels?: string[];

  @ListQuery({ description: ABOUT.origins, values: EVENT_ORIGINS })
  origins?: EventOrigin[];

  @TextQuery({ maxLength: 256, description: 'Cursor of the event after which to begin; `Last-Event-ID` says the same.' })
  after?: string;

  @TextQuery({ maxLength: 256, description: 'The same as `after`, as in every list.' })
  cursor?: string;

  @IntegerQuery({ min: 1, max: 500, default: 50, description: 'Events on one page of history.', example: 50 })
  limit: number = 50;
}

@InputType({ description: 'Which events are wanted; all conditions must hold, an empty one excludes nothing.' })
export class EventFilterInput {
  @Taken({ list: true, optional: true, description: ABOUT.types, example: ['network.*'] })
  types?: string[];

  @Taken({ list: true, optional: true, description: ABOUT.engines })
  engines?: string[];

  @Taken({ list: true, optional: true, description: ABOUT.networks })
  networks?: string[];

  @Taken({ list: true, optional: true, description: ABOUT.containers })
  containers?: string[];

  @Taken({ list: true, optional: true, description: ABOUT.labels })
  labels?: string[];

  @Taken({ type: EventOriginEnum, list: true, optional: true, description: ABOUT.origins })
  origins?: EventOrigin[];
}

@ArgsType()
export class FollowEventsArgs {
  @Field(() => EventFilterInput, { nullable: true, description: 'Which events; all where absent.' })
  @IsOptional()
  @ValidateNested()
  @Type(() => EventFilterInput)
  filter?: EventFilterInput | null;

  @Field(() => String, { nullable: true, description: 'Cursor of the event after which to begin; now where absent.' })
  @IsOptional()
  @IsString()
  @MaxLength(256)
  after?: string | null;
}

@ArgsType()
export class EventsArgs extends FollowEventsArgs {
  @Field(() => Int, { defaultValue: 50, description: 'Events on the page, 1 to 500.' })
  @IsInt()
  @Min(1)
  @Max(500)
  first: number = 50;
}
