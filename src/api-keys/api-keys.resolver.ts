import { Args, ArgsType, ID, Mutation, Parent, Query, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/access.decorators.js';
import type { Caller } from '../auth/caller.js';
import { CurrentCaller } from '../auth/current-caller.decorator.js';
import { DryRun, IfMatch } from '../graphql/args.js';
import { connectionType, ConnectionOf } from '../graphql/connection.js';
import { Link } from '../graphql/link.decorator.js';
import { PageArgs } from '../graphql/page.args.js';
import { payload, payloadType } from '../graphql/payload.js';
import { NotesChanges } from '../inventory/attempt.js';
import type { Outcome } from '../inventory/outcome.js';
import { resourceTag } from '../inventory/resource-tag.js';
import { ShowsSecret } from '../secrets/shows-secret.decorator.js';
import { CreateApiKeyInput, RotateApiKeyInput } from './api-key.inputs.js';
import { ApiKeyModel, CreateApiKeyPayload, RotateApiKeyPayload } from './api-key.model.js';
import type { ApiKey, ApiKeyWithSecret } from './api-key.js';
import { ApiKeysService } from './api-keys.service.js';

const ApiKeyConnection = connectionType<ApiKey>(ApiKeyModel, 'ApiKey', 'API keys');
const RevokePayload = payloadType('RevokeApiKeyPayload', 'apiKey', ApiKeyModel, 'The record of the key as it last stood.');
const KeyId = () => Args('id', { type: () => ID, description: 'Id of the API key.' });

@ArgsType()
class ApiKeysArgs extends PageArgs {}

@Resolver(() => ApiKeyModel)
export class ApiKeysResolver {
  constructor(private readonly keys: ApiKeysService) {}

  @Query(() => ApiKeyConnection, { name: 'apiKeys', description: 'API keys, by name; all but the administrator key.' })
  @Requires('keys:manage')
  async list(@Args() { first, after, orderBy }: ApiKeysArgs): Promise<ConnectionOf<ApiKey>> {
    return new ConnectionOf(await this.keys.list({ limit: first, cursor: after ?? undefined, sort: orderBy ?? undefined }));
  }

  @Query(() => ApiKeyModel, { name: 'apiKey', description: 'An API key. Fails with API_KEY_NOT_FOUND.' })
  @Requires('keys:manage')
  get(@KeyId() id: string): Promise<ApiKey> {
    return this.keys.get(id);
  }

  @ShowsSecret()
  @NotesChanges()
  @Mutation(() => CreateApiKeyPayload, { description: 'Makes an API key, which is in this answer only.' })
  @Requires('keys:manage')
  async createApiKey(
    @Args('input', { description: 'The key.' }) input: CreateApiKeyInput,
    @DryRun() dryRun: boolean,
    @CurrentCaller() caller: Caller,
  ): Promise<CreateApiKeyPayload> {
    return withKey(await this.keys.create(input, caller, { dryRun }));
  }

  @ShowsSecret()
  @NotesChanges()
  @Mutation(() => RotateApiKeyPayload, { description: 'Replaces an API key; the one before stays good for the overlap.' })
  @Requires('keys:manage')
  async rotateApiKey(
    @KeyId() id: string,
    @Args('input', { nullable: true, description: 'How it is done.' }) input: RotateApiKeyInput,
    @DryRun() dryRun: boolean,
    @CurrentCaller() caller: Caller,
    @IfMatch() ifMatch?: string | null,
  ): Promise<RotateApiKeyPayload> {
    return withKey(await this.keys.rotate(id, input ?? {}, caller, { dryRun, ifMatch: ifMatch ?? undefined }));
  }

  @NotesChanges()
  @Mutation(() => RevokePayload, { description: 'Revokes an API key; what is open for it is closed.' })
  @Requires('keys:manage')
  async revokeApiKey(@KeyId() id: string, @DryRun() dryRun: boolean, @IfMatch() ifMatch?: string | null) {
    return payload('apiKey', await this.keys.revoke(id, { dryRun, ifMatch: ifMatch ?? undefined }));
  }

  @Link('ApiKey', 'own', () => String, { description: 'Entity tag of this state, for `ifMatch`.' })
  etag(@Parent() apiKey: ApiKey): string {
    return resourceTag(apiKey);
  }
}

function withKey(outcome: Outcome<ApiKeyWithSecret>): CreateApiKeyPayload {
  return { ...payload('apiKey', outcome), key: outcome.resource.key };
}
