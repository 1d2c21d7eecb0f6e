import { Field, ObjectType } from '@nestjs/graphql';
import { Payload } from '../graphql/payload.js';
import { WebhookModel } from './webhook.model.js';

@ObjectType({ isAbstract: true })
abstract class SecretPayload extends Payload {
  @Field(() => WebhookModel, { description: 'The webhook.' })
  webhook!: WebhookModel;

  @Field(() => String, { nullable: true, description: 'What signatures are made with, shown this once; null for a dry run.' })
  secret!: string | null;
}

@ObjectType('CreateWebhookPayload', { description: 'What a mutation did.' })
export class CreateWebhookPayload extends SecretPayload {}

@ObjectType('RotateWebhookSecretPayload', { description: 'What a mutation did.' })
export class RotateWebhookSecretPayload extends SecretPayload {}
