import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Requires } from '../auth/access.decorators.js';
import { Fails } from '../http/fails.decorator.js';
import { FailsWithKey } from '../http/idempotency-key.js';
import { Lists } from '../http/lists.decorator.js';
import { Tagged } from '../http/tagged.decorator.js';
import { WriteQuery } from '../http/write.query.js';
import { NotesChanges } from '../inventory/attempt.js';
import type { Listing } from '../inventory/page.js';
import type { Delivery, DeliveryWithAttempts, RedeliveredRange } from '../outbox/delivery.js';
import { DeliveriesService } from './deliveries.service.js';
import { RedeliverRangeInput } from './delivery.inputs.js';
import { DeliveryModel, DeliveryWithAttemptsModel, RedeliveredRangeModel } from './delivery.model.js';
import { ListDeliveriesQuery } from './delivery.queries.js';

@ApiTags('Webhooks')
@Controller('webhooks/:webhook')
export class DeliveriesController {
  constructor(private readonly deliveries: DeliveriesService) {}

  @Get('deliveries')
  @Requires('webhooks:read')
  @Lists(DeliveryModel, 'deliveries')
  @Fails('WEBHOOK_NOT_FOUND', 'DATABASE_UNAVAILABLE')
  @ApiOperation({
    operationId: 'listDeliveries',
    summary: 'List the deliveries of a webhook',
    description: 'That of the newest event first. They are kept as long as their events are.',
  })
  list(@Param('webhook') webhook: string, @Query() query: ListDeliveriesQuery): Promise<Listing<Delivery>> {
    return this.deliveries.list(webhook, query);
  }

  @Get('deliveries/:delivery')
  @Requires('webhooks:read')
  @Tagged()
  @ApiResponse({ status: 200, type: DeliveryWithAttemptsModel, description: 'The delivery.' })
  @Fails('WEBHOOK_NOT_FOUND', 'DELIVERY_NOT_FOUND', 'DATABASE_UNAVAILABLE')
  @ApiOperation({ operationId: 'getDelivery', summary: 'Get a delivery', description: 'With all of its attempts.' })
  get(@Param('webhook') webhook: string, @Param('delivery') id: string): Promise<DeliveryWithAttempts> {
    return this.deliveries.get(webhook, id);
  }

  @Post('deliveries/:delivery/redeliver')
  @NotesChanges()
  @HttpCode(200)
  @Requires('webhooks:manage')
  @ApiResponse({ status: 200, type: DeliveryModel, description: 'It is queued.' })
  @Fails('WEBHOOK_NOT_FOUND', 'DELIVERY_NOT_FOUND', 'WEBHOOK_DISABLED', 'DATABASE_UNAVAILABLE')
  @FailsWithKey()
  @ApiOperation({
    operationId: 'redeliver',
    summary: 'Send an event again',
    description: 'With the same `webhook-id`, and with retries as for the first time. One that is pending is tried now.',
  })
  async redeliver(
    @Param('webhook') webhook: string,
    @Param('delivery') id: string,
    @Query() query: WriteQuery,
  ): Promise<Delivery> {
    return (await this.deliveries.redeliver(webhook, id, query)).resource;
  }

  @Post('redeliver')
  @NotesChanges()
  @HttpCode(200)
  @Requires('webhooks:manage')
  @ApiResponse({ status: 200, type: RedeliveredRangeModel, description: 'How many are queued.' })
  @Fails('VALIDATION_FAILED', 'INVALID_CURSOR', 'WEBHOOK_NOT_FOUND', 'WEBHOOK_DISABLED', 'CURSOR_EXPIRED')
  @FailsWithKey()
  @ApiOperation({
    operationId: 'redeliverRange',
    summary: 'Send a range of events again',
    description:
      'All events of the range that pass the filter of the webhook, and that its maker sees, are queued, delivered before or not, and also those ' +
      'that were logged before it was made. What is pending already stays as it is.',
  })
  async redeliverRange(
    @Param('webhook') webhook: string,
    @Body() input: RedeliverRangeInput,
    @Query() query: WriteQuery,
  ): Promise<RedeliveredRange> {
    return (await this.deliveries.redeliverRange(webhook, input, query)).resource;
  }
}
