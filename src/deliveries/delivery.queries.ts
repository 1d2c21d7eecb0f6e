import { ArgsType, Field, OmitType } from '@nestjs/graphql';
import { IsIn, IsOptional } from 'class-validator';
import { PageArgs } from '../graphql/page.args.js';
import { ChoiceQuery, IntegerQuery, TextQuery } from '../http/query.decorators.js';
import { DELIVERY_STATES, type DeliveryState } from '../outbox/delivery.js';
import { DeliveryStateEnum } from './delivery.model.js';

const ABOUT_STATE = 'Only deliveries that stand so.';

/** Deliveries have the one order of their events. */
export class ListDeliveriesQuery {
  @IntegerQuery({ min: 1, max: 500, default: 50, description: 'Items on one page.', example: 50 })
  limit: number = 50;

  @TextQuery({ maxLength: 256, description: '`nextCursor` of the page before.' })
  cursor?: string;

  @ChoiceQuery({ description: ABOUT_STATE, values: DELIVERY_STATES })
  state?: DeliveryState;
}

@ArgsType()
export class DeliveriesArgs extends OmitType(PageArgs, ['orderBy'], ArgsType) {
  @Field(() => DeliveryStateEnum.graphql, { nullable: true, description: ABOUT_STATE })
  @IsOptional()
  @IsIn(DELIVERY_STATES)
  state?: DeliveryState | null;
}
