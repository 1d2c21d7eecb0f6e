import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Requires } from '../auth/access.decorators.js';
import type { Caller } from '../auth/caller.js';
import { CurrentCaller } from '../auth/current-caller.decorator.js';
import { Fails } from '../http/fails.decorator.js';
import { FailsWithKey } from '../http/idempotency-key.js';
import { Lists } from '../http/lists.decorator.js';
import { Changes, Creates, Removes } from '../http/outcome.decorators.js';
import { Tagged } from '../http/tagged.decorator.js';
import { WriteQuery } from '../http/write.query.js';
import { NotesChanges } from '../inventory/attempt.js';
import type { Outcome } from '../inventory/outcome.js';
import type { Listing } from '../inventory/page.js';
import { ShowsSecret } from '../secrets/shows-secret.decorator.js';
import { CreateWebhookInput, RotateSecretInput, UpdateWebhookInput } from './webhook.inputs.js';
import { WebhookModel, WebhookTestModel, WebhookWithSecretModel } from './webhook.model.js';
import { ListWebhooksQuery } from './webhook.queries.js';
import type { Webhook, WebhookTest, WebhookWithSecret } from './webhook.js';
import { WebhooksService } from './webhooks.service.js';

@ApiTags('Webhooks')
@Controller('webhooks')
export class WebhooksController {
  constructor(private readonly webhooks: WebhooksService) {}

  @Get()
  @Requires('webhooks:read')
  @Lists(WebhookModel, 'webhooks')
  @Fails('DATABASE_UNAVAILABLE')
  @ApiOperation({
    operationId: 'listWebhooks',
    summary: 'List webhooks',
    description: 'Oldest first. Sortable by createdAt, id, url, enabled and failing.',
  })
  list(@Query() { limit, cursor, sort, ...filter }: ListWebhooksQuery): Promise<Listing<Webhook>> {
    return this.webhooks.list(filter, { limit, cursor, sort });
  }

  @Post()
  @NotesChanges()
  @Requires('webhooks:manage')
  @ShowsSecret()
  @Creates(WebhookWithSecretModel, ({ id }) => `/v1/webhooks/${id}`)
  @Fails('VALIDATION_FAILED', 'DATABASE_UNAVAILABLE')
  @ApiOperation({
    operationId: 'createWebhook',
    summary: 'Create a webhook',
    description:
      'Events from now on that the key sees are delivered to it, signed by the Standard Webhooks specification, as long as ' +
      'the key is good, which needs the scope events:read too. Its secret is in this answer only.',
  })
  create(
    @Body() input: CreateWebhookInput,
    @Query() query: WriteQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<Outcome<WebhookWithSecret>> {
    return this.webhooks.create(input, caller, query);
  }

  @Get(':webhook')
  @Requires('webhooks:read')
  @Tagged()
  @ApiResponse({ status: 200, type: WebhookModel, description: 'The webhook.' })
  @Fails('WEBHOOK_NOT_FOUND', 'DATABASE_UNAVAILABLE')
  @ApiOperation({ operationId: 'getWebhook', summary: 'Get a webhook', description: 'By its id.' })
  get(@Param('webhook') id: string): Promise<Webhook> {
    return this.webhooks.get(id);
  }

  @Patch(':webhook')
  @NotesChanges()
  @Requires('webhooks:manage')
  @Changes(WebhookModel)
  @Fails('VALIDATION_FAILED', 'WEBHOOK_NOT_FOUND', 'PRECONDITION_FAILED', 'INVALID_CURSOR', 'CURSOR_EXPIRED')
  @Fails('WEBHOOK_DISABLED', 'SECRET_KEY_MISMATCH', 'DATABASE_UNAVAILABLE')
  @ApiOperation({
    operationId: 'updateWebhook',
    summary: 'Change a webhook',
    description:
      'What is absent stays, null clears. A filter and headers replace those before as a whole. All but describing and ' +
      'disabling it needs the scope events:read too.',
  })
  update(
    @Param('webhook') id: string,
    @Body() input: UpdateWebhookInput,
    @Query() { dryRun }: WriteQuery,
    @CurrentCaller() caller: Caller,
    @Headers('if-match') ifMatch?: string,
  ): Promise<Outcome<Webhook>> {
    return this.webhooks.update(id, input, caller, { dryRun, ifMatch });
  }

  @Delete(':webhook')
  @NotesChanges()
  @Requires('webhooks:manage')
  @Removes(WebhookModel)
  @Fails('WEBHOOK_NOT_FOUND', 'PRECONDITION_FAILED', 'DATABASE_UNAVAILABLE')
  @ApiOperation({
    operationId: 'removeWebhook',
    summary: 'Remove a webhook',
    description: 'With its deliveries; what is pending is not sent.',
  })
  remove(
    @Param('webhook') id: string,
    @Query() { dryRun }: WriteQuery,
    @Headers('if-match') ifMatch?: string,
  ): Promise<Outcome<Webhook>> {
    return this.webhooks.remove(id, { dryRun, ifMatch });
  }

  @Post(':webhook/test')
  @HttpCode(200)
  @Requires('webhooks:manage')
  @ApiResponse({ status: 200, type: WebhookTestModel, description: 'How it went, well or not.' })
  @Fails('WEBHOOK_NOT_FOUND', 'SECRET_KEY_MISMATCH', 'DATABASE_UNAVAILABLE')
  @FailsWithKey()
  @ApiOperation({
    operationId: 'testWebhook',
    summary: 'Try a webhook out',
    description:
      'Sends one signed event of type `webhook.test` at once, which is in no log, and answers how that went. A disabled ' +
      'webhook can be tried, too.',
  })
  test(@Param('webhook') id: string): Promise<WebhookTest> {
    return this.webhooks.test(id);
  }

  @Post(':webhook/rotate-secret')
  @NotesChanges()
  @HttpCode(200)
  @Requires('webhooks:manage')
  @ShowsSecret()
  @Changes(WebhookWithSecretModel)
  @Fails('VALIDATION_FAILED', 'WEBHOOK_NOT_FOUND', 'PRECONDITION_FAILED', 'SECRET_KEY_MISMATCH', 'DATABASE_UNAVAILABLE')
  @ApiOperation({
    operationId: 'rotateWebhookSecret',
    summary: 'Replace the secret of a webhook',
    description:
      'Answers the new secret, this once. Secrets before it sign beside it until the overlap is over, so that a ' +
      'receiver can change over in between.',
  })
  rotateSecret(
    @Param('webhook') id: string,
    @Body() input: RotateSecretInput,
    @Query() { dryRun }: WriteQuery,
    @Headers('if-match') ifMatch?: string,
  ): Promise<Outcome<WebhookWithSecret>> {
    return this.webhooks.rotateSecret(id, input, { dryRun, ifMatch });
  }
}
