import { Field, ObjectType } from '@nestjs/graphql';
import type { Scope } from '../auth/scopes.js';
import { Shown, ShownInRest } from '../faces/shown.decorator.js';
import { Payload } from '../graphql/payload.js';
import type { ApiKey, ApiKeyWithSecret } from './api-key.js';

const KEY = 'The key, shown this once; null for a dry run.';

@ObjectType('ApiKey', { description: 'A key that callers come with. The key itself is kept nowhere.' })
export class ApiKeyModel implements ApiKey {
  @Shown({ type: 'id', description: 'Unique.' })
  id!: string;

  @Shown({ description: 'Who or what it is for; unique.', example: 'ci' })
  name!: string;

  @Shown({ list: true, description: 'What it may do.', example: ['networks:read', 'containers:read'] })
  scopes!: readonly Scope[];

  @Shown({ list: true, description: 'Names of the engines that it sees; none for all.', example: ['local'] })
  engines!: readonly string[];

  @Shown({
    nullable: true,
    description: 'Labels of the networks, containers and services that it sees, in one spelling; null for all.',
    example: 'env in (dev,test),team=a',
  })
  selector!: string | null;

  @Shown({ list: true, description: 'CIDR blocks that it may be used from; none for anywhere.', example: ['10.0.0.0/8'] })
  clientRanges!: readonly string[];

  @Shown({ type: 'datetime', description: 'When it was made.' })
  createdAt!: string;

  @Shown({ description: 'Name of the key that made it.', example: 'Administrator' })
  createdBy!: string;

  @Shown({ type: 'datetime', nullable: true, description: 'When it ends by itself; null where it does not.' })
  expiresAt!: string | null;

  @Shown({
    type: 'datetime',
    nullable: true,
    description: 'When it was last used, to the minute; null before the first time. No part of the entity tag.',
  })
  lastUsedAt!: string | null;
}

/** REST's own: GraphQL has the key beside the record. */
export class ApiKeyWithSecretModel extends ApiKeyModel implements ApiKeyWithSecret {
  @ShownInRest({ nullable: true, description: KEY, example: 'fl_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo' })
  key!: string | null;
}

@ObjectType({ isAbstract: true })
abstract class KeyPayload extends Payload {
  @Field(() => ApiKeyModel, { description: 'The record of the key.' })
  apiKey!: ApiKeyModel;

  @Field(() => String, { nullable: true, description: KEY })
  key!: string | null;
}

@ObjectType('CreateApiKeyPayload', { description: 'What a mutation did.' })
export class CreateApiKeyPayload extends KeyPayload {}

@ObjectType('RotateApiKeyPayload', { description: 'What a mutation did.' })
export class RotateApiKeyPayload extends KeyPayload {}
