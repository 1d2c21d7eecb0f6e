import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Requires } from '../auth/access.decorators.js';
import type { Caller } from '../auth/caller.js';
import { CurrentCaller } from '../auth/current-caller.decorator.js';
import { Fails } from '../http/fails.decorator.js';
import { Lists } from '../http/lists.decorator.js';
import { Changes, Creates, Removes } from '../http/outcome.decorators.js';
import { PageQuery } from '../http/page.query.js';
import { Tagged } from '../http/tagged.decorator.js';
import { WriteQuery } from '../http/write.query.js';
import { NotesChanges } from '../inventory/attempt.js';
import type { Outcome } from '../inventory/outcome.js';
import type { Listing } from '../inventory/page.js';
import { ShowsSecret } from '../secrets/shows-secret.decorator.js';
import { CreateApiKeyInput, RotateApiKeyInput } from './api-key.inputs.js';
import { ApiKeyModel, ApiKeyWithSecretModel } from './api-key.model.js';
import type { ApiKey, ApiKeyWithSecret } from './api-key.js';
import { ApiKeysService } from './api-keys.service.js';

@ApiTags('API keys')
@Controller('api-keys')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeysService) {}

  @Get()
  @Requires('keys:manage')
  @Lists(ApiKeyModel, 'API keys')
  @Fails('DATABASE_UNAVAILABLE')
  @ApiOperation({
    operationId: 'listApiKeys',
    summary: 'List API keys',
    description:
      'All but the administrator key, and those that see more than the key that asks. Sortable by name, id, createdAt, expiresAt and lastUsedAt.',
  })
  list(@Query() query: PageQuery): Promise<Listing<ApiKey>> {
    return this.keys.list(query);
  }

  @Post()
  @NotesChanges()
  @Requires('keys:manage')
  @ShowsSecret()
  @Creates(ApiKeyWithSecretModel, ({ id }) => `/v1/api-keys/${id}`)
  @Fails('VALIDATION_FAILED', 'FORBIDDEN', 'API_KEY_NAME_TAKEN', 'DATABASE_UNAVAILABLE')
  @ApiOperation({
    operationId: 'createApiKey',
    summary: 'Make an API key',
    description: 'The key is in this answer only. It can be allowed what the key that asks is allowed, and no more.',
  })
  create(
    @Body() input: CreateApiKeyInput,
    @Query() { dryRun }: WriteQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<Outcome<ApiKeyWithSecret>> {
    return this.keys.create(input, caller, { dryRun });
  }

  @Get(':apiKey')
  @Requires('keys:manage')
  @Tagged()
  @ApiResponse({ status: 200, type: ApiKeyModel, description: 'The record of the key.' })
  @Fails('API_KEY_NOT_FOUND', 'DATABASE_UNAVAILABLE')
  @ApiOperation({ operationId: 'getApiKey', summary: 'Get an API key', description: 'By its id; the key itself is kept nowhere.' })
  get(@Param('apiKey') id: string): Promise<ApiKey> {
    return this.keys.get(id);
  }

  @Delete(':apiKey')
  @NotesChanges()
  @Requires('keys:manage')
  @Removes(ApiKeyModel)
  @Fails('API_KEY_NOT_FOUND', 'PRECONDITION_FAILED', 'DATABASE_UNAVAILABLE')
  @ApiOperation({
    operationId: 'revokeApiKey',
    summary: 'Revoke an API key',
    description:
      'It is refused from now on, and streams and sockets that were opened with it are closed: here before this answers, by ' +
      'other processes on the database within a second.',
  })
  revoke(
    @Param('apiKey') id: string,
    @Query() { dryRun }: WriteQuery,
    @Headers('if-match') ifMatch?: string,
  ): Promise<Outcome<ApiKey>> {
    return this.keys.revoke(id, { dryRun, ifMatch });
  }

  @Post(':apiKey/rotate')
  @NotesChanges()
  @HttpCode(200)
  @Requires('keys:manage')
  @ShowsSecret()
  @Changes(ApiKeyWithSecretModel)
  @Fails('VALIDATION_FAILED', 'FORBIDDEN', 'API_KEY_NOT_FOUND', 'PRECONDITION_FAILED', 'DATABASE_UNAVAILABLE')
  @ApiOperation({
    operationId: 'rotateApiKey',
    summary: 'Replace an API key',
    description:
      'Answers the new key, this once. The one before stays good until the overlap is over, so that its users can change ' +
      'over; one before that ends at once. Whoever asks must be allowed all that the key is.',
  })
  rotate(
    @Param('apiKey') id: string,
    @Body() input: RotateApiKeyInput,
    @Query() { dryRun }: WriteQuery,
    @CurrentCaller() caller: Caller,
    @Headers('if-match') ifMatch?: string,
  ): Promise<Outcome<ApiKeyWithSecret>> {
    return this.keys.rotate(id, input, caller, { dryRun, ifMatch });
  }
}
