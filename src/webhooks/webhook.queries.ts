import { ArgsType, Field, InputType, OmitType } from '@nestjs/graphql';
import { Type } from 'class-transformer';
import { IsIn, IsOptional, ValidateNested } from 'class-validator';
import { Taken } from '../faces/taken.decorator.js';
import { PageArgs } from '../graphql/page.args.js';
import { PageQuery } from '../http/page.query.js';
import { ChoiceQuery, FlagQuery, IntegerQuery, TextQuery } from '../http/query.decorators.js';
import { DeliveryStateEnum } from './delivery.model.js';
import { DELIVERY_STATES, type DeliveryState } from './webhook.js';

const ABOUT = {
  enabled: 'Only webhooks that are enabled, or only others.',
  failing: 'Only webhooks whose last attempt failed, or only others.',
  state: 'Only deliveries that stand so.',
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

/** Deliveries have the one order of their events. */
export class ListDeliveriesQuery {
  @IntegerQuery({ min: 1, max: 500, default: 50, description: 'Items on one page.', example: 50 })
  limit: number = 50;

  @TextQuery({ maxLength: 256, description: '`nextCursor` of the page before.' })
  cursor?: string;

  @ChoiceQuery({ description: ABOUT.state, values: DELIVERY_STATES })
  state?: DeliveryState;
}

@ArgsType()
export class DeliveriesArgs extends OmitType(PageArgs, ['orderBy'], ArgsType) {
  @Field(() => DeliveryStateEnum.graphql, { nullable: true, description: ABOUT.state })
  @IsOptional()
  @IsIn(DELIVERY_STATES)
  state?: DeliveryState | null;
}
