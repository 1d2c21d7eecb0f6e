import { Args, ID, Mutation, Parent, Query, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/access.decorators.js';
import type { Caller } from '../auth/caller.js';
import { CurrentCaller } from '../auth/current-caller.decorator.js';
import { DryRun, IfMatch } from '../graphql/args.js';
import { connectionType, ConnectionOf } from '../graphql/connection.js';
import { Link } from '../graphql/link.decorator.js';
import { payload, payloadType } from '../graphql/payload.js';
import { NotesChanges } from '../inventory/attempt.js';
import { resourceTag } from '../inventory/resource-tag.js';
import { ShowsSecret } from '../secrets/shows-secret.decorator.js';
import { CreateWebhookPayload, RotateWebhookSecretPayload } from './webhook-payloads.model.js';
import { CreateWebhookInput, RotateSecretInput, UpdateWebhookInput } from './webhook.inputs.js';
import { WebhookModel, WebhookTestModel } from './webhook.model.js';
import { WebhooksArgs } from './webhook.queries.js';
import type { Webhook, WebhookTest } from './webhook.js';
import { WebhooksService } from './webhooks.service.js';

const WebhookConnection = connectionType<Webhook>(WebhookModel, 'Webhook', 'webhooks');
const UpdatePayload = payloadType('UpdateWebhookPayload', 'webhook', WebhookModel, 'The webhook as it is now.');
const RemovePayload = payloadType('RemoveWebhookPayload', 'webhook', WebhookModel, 'The webhook as it last stood.');

const WebhookId = () => Args('id', { type: () => ID, description: 'Id of the webhook.' });

@Resolver(() => WebhookModel)
export class WebhooksResolver {
  constructor(private readonly webhooks: WebhooksService) {}

  @Query(() => WebhookConnection, { name: 'webhooks', description: 'Webhooks, oldest first.' })
  @Requires('webhooks:read')
  async list(@Args() { first, after, orderBy, filter }: WebhooksArgs): Promise<ConnectionOf<Webhook>> {
    const request = { limit: first, cursor: after ?? undefined, sort: orderBy ?? undefined };
    return new ConnectionOf(await this.webhooks.list(filter ?? {}, request));
  }

  @Query(() => WebhookModel, { name: 'webhook', description: 'A webhook. Fails with WEBHOOK_NOT_FOUND.' })
  @Requires('webhooks:read')
  get(@WebhookId() id: string): Promise<Webhook> {
    return this.webhooks.get(id);
  }

  @ShowsSecret()
  @NotesChanges()
  @Mutation(() => CreateWebhookPayload, { description: 'Creates a webhook; its secret is in this answer only.' })
  @Requires('webhooks:manage')
  async createWebhook(
    @Args('input', { description: 'The webhook.' }) input: CreateWebhookInput,
    @DryRun() dryRun: boolean,
    @CurrentCaller() caller: Caller,
  ): Promise<CreateWebhookPayload> {
    const { resource, changed, warnings } = await this.webhooks.create(input, caller, { dryRun });
    return { webhook: resource, secret: resource.secret, changed, warnings };
  }

  @NotesChanges()
  @Mutation(() => UpdatePayload, { description: 'Changes a webhook: what is absent stays, null clears.' })
  @Requires('webhooks:manage')
  async updateWebhook(
    @WebhookId() id: string,
    @Args('input', { description: 'What to change.' }) input: UpdateWebhookInput,
    @DryRun() dryRun: boolean,
    @CurrentCaller() caller: Caller,
    @IfMatch() ifMatch?: string | null,
  ) {
    return payload('webhook', await this.webhooks.update(id, input, caller, { dryRun, ifMatch: ifMatch ?? undefined }));
  }

  @NotesChanges()
  @Mutation(() => RemovePayload, { description: 'Removes a webhook with its deliveries; what is pending is not sent.' })
  @Requires('webhooks:manage')
  async removeWebhook(@WebhookId() id: string, @DryRun() dryRun: boolean, @IfMatch() ifMatch?: string | null) {
    return payload('webhook', await this.webhooks.remove(id, { dryRun, ifMatch: ifMatch ?? undefined }));
  }

  @Mutation(() => WebhookTestModel, {
    description: 'Sends one signed event of type `webhook.test` at once and answers how that went.',
  })
  @Requires('webhooks:manage')
  testWebhook(@WebhookId() id: string): Promise<WebhookTest> {
    return this.webhooks.test(id);
  }

  @ShowsSecret()
  @NotesChanges()
  @Mutation(() => RotateWebhookSecretPayload, {
    description: 'Replaces the secret of a webhook; those before sign beside it until the overlap is over.',
  })
  @Requires('webhooks:manage')
  async rotateWebhookSecret(
    @WebhookId() id: string,
    @Args('input', { nullable: true, description: 'How it is done.' }) input: RotateSecretInput,
    @DryRun() dryRun: boolean,
    @IfMatch() ifMatch?: string | null,
  ): Promise<RotateWebhookSecretPayload> {
    const options = { dryRun, ifMatch: ifMatch ?? undefined };
    const { resource, changed, warnings } = await this.webhooks.rotateSecret(id, input ?? {}, options);
    return { webhook: resource, secret: resource.secret, changed, warnings };
  }

  @Link('Webhook', 'own', () => String, { description: 'Entity tag of this state, for `ifMatch`.' })
  etag(@Parent() webhook: Webhook): string {
    return resourceTag(webhook);
  }
}
