import { ArgsType, Field, InputType } from '@nestjs/graphql';
import { Type } from 'class-transformer';
import { IsOptional, ValidateNested } from 'class-validator';
import { Taken } from '../faces/taken.decorator.js';
import { PageArgs } from '../graphql/page.args.js';
import { PageQuery } from '../http/page.query.js';
import { FlagQuery } from '../http/query.decorators.js';

const ABOUT = {
  enabled: 'Only webhooks that are enabled, or only others.',
  failing: 'Only webhooks whose last attempt failed, or only others.',
} as const;

export class ListWebhooksQuery extends PageQuery {
  @FlagQuery({ description: ABOUT.enabled })
  enabled?: boolean;

  @FlagQuery({ description: ABOUT.failing })
  failing?: boolean;
}

@InputType({ description: 'Which webhooks are wanted; all conditions must hold.' })
export class WebhookFilterInput {
  @Taken({ type: 'boolean', optional: true, description: ABOUT.enabled })
  enabled?: boolean;

  @Taken({ type: 'boolean', optional: true, description: ABOUT.failing })
  failing?: boolean;
}

@ArgsType()
export class WebhooksArgs extends PageArgs {
  @Field(() => WebhookFilterInput, { nullable: true, description: 'Which webhooks; all where absent.' })
  @IsOptional()
  @ValidateNested()
  @Type(() => WebhookFilterInput)
  filter?: WebhookFilterInput | null;
}
