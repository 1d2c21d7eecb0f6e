import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Requires } from '../auth/access.decorators.js';
import { NetworkItemModel, NetworkModel } from '../faces/network.model.js';
import { Fails } from '../http/fails.decorator.js';
import { FailsWithKey } from '../http/idempotency-key.js';
import { Lists } from '../http/lists.decorator.js';
import { Creates, Removes } from '../http/outcome.decorators.js';
import { Tagged } from '../http/tagged.decorator.js';
import { EngineQuery, WriteQuery } from '../http/write.query.js';
import { NotesAttempts } from '../inventory/attempt.js';
import type { Outcome } from '../inventory/outcome.js';
import type { Listing } from '../inventory/page.js';
import type { Network } from '../resources/network.js';
import { CreateNetworkInput, PruneNetworksInput } from './network.inputs.js';
import { ListNetworksQuery, RemoveNetworkQuery } from './network.queries.js';
import { NetworksService } from './networks.service.js';
import { PrunedNetworksModel } from './pruned-networks.model.js';

@ApiTags('Networks')
@Controller('networks')
@NotesAttempts()
export class NetworksController {
  constructor(private readonly networks: NetworksService) {}

  @Get()
  @Requires('networks:read')
  @Lists(NetworkItemModel, 'networks')
  @Fails('VALIDATION_FAILED', 'INVALID_CURSOR', 'ENGINE_NOT_FOUND')
  @ApiOperation({
    operationId: 'listNetworks',
    summary: 'List networks',
    description:
      'Networks of all engines, by name. Sortable by name, id, createdAt, driver, scope and attachmentCount.',
  })
  list(@Query() { limit, cursor, sort, include, ...filter }: ListNetworksQuery): Listing<Network> {
    const request = { limit, cursor, sort };
    return include ? this.networks.listWithAttachments(filter, request) : this.networks.list(filter, request);
  }

  @Post()
  @Requires('networks:manage')
  @Creates(NetworkModel, ({ id }) => `/v1/networks/${id}`)
  @Fails('VALIDATION_FAILED', 'NETWORK_NAME_TAKEN', 'NETWORK_BUILTIN', 'SUBNET_OVERLAP', 'ADDRESS_POOL_EXHAUSTED')
  @Fails('BRIDGE_NAME_IN_USE', 'PARENT_IN_USE', 'NOT_SWARM_MANAGER', 'UNSUPPORTED_BY_ENGINE', 'ENGINE_UNREACHABLE')
  @Fails('CONFIG_NETWORK_INVALID', 'NETWORK_NOT_FOUND', 'ENGINE_NOT_FOUND', 'ADDRESS_NOT_ASSIGNABLE')
  @Fails('ENGINE_TIMEOUT', 'ENGINE_ERROR')
  @Fails('UNKNOWN_DRIVER', 'INVALID_DRIVER_OPTION', 'SUBNET_REQUIRED', 'GATEWAY_OUTSIDE_SUBNET', 'ADDRESS_OUTSIDE_SUBNET')
  @ApiOperation({
    operationId: 'createNetwork',
    summary: 'Create a network',
    description: 'The names, subnets and options are checked first; of two equal requests at once one succeeds.',
  })
  create(@Body() input: CreateNetworkInput, @Query() query: WriteQuery): Promise<Outcome<Network>> {
    return this.networks.create(input, query);
  }

  @Post('prune')
  @HttpCode(200)
  @Requires('networks:manage')
  @ApiResponse({ status: 200, type: PrunedNetworksModel, description: 'What was removed.' })
  @Fails('VALIDATION_FAILED', 'ENGINE_NOT_FOUND', 'ENGINE_UNREACHABLE')
  @FailsWithKey()
  @ApiOperation({
    operationId: 'pruneNetworks',
    summary: 'Remove unused networks',
    description:
      'Removes networks of one host that nothing is attached to. Stopped containers count as attached, unlike for the ' +
      "engine's own prune, after which they could not start. Networks of a swarm stay, as no single engine sees all " +
      "that is on them; so do configuration-only ones and the engine's own.",
  })
  prune(@Body() input: PruneNetworksInput, @Query() query: WriteQuery): Promise<PrunedNetworksModel> {
    return this.networks.prune(input, query);
  }

  @Get(':network')
  @Requires('networks:read')
  @Tagged()
  @ApiResponse({ status: 200, type: NetworkModel, description: 'The network.' })
  @Fails('NETWORK_NOT_FOUND', 'AMBIGUOUS_REFERENCE', 'ENGINE_UNREACHABLE')
  @ApiOperation({
    operationId: 'getNetwork',
    summary: 'Get a network',
    description: 'By id, name or unique id prefix of 4 characters or more.',
  })
  get(@Param('network') ref: string, @Query() { engine }: EngineQuery): Network {
    return this.networks.get(ref, engine);
  }

  @Delete(':network')
  @Requires('networks:manage')
  @Removes(NetworkModel)
  @Fails('NETWORK_NOT_FOUND', 'AMBIGUOUS_REFERENCE', 'NETWORK_IN_USE', 'NETWORK_BUILTIN', 'CONTAINER_STATE', 'PRECONDITION_FAILED')
  @Fails('ENGINE_ERROR', 'ENGINE_UNREACHABLE', 'ENGINE_TIMEOUT')
  @ApiOperation({
    operationId: 'removeNetwork',
    summary: 'Remove a network',
    description: 'Refused while containers are attached, stopped ones included, unless `detach=true`.',
  })
  remove(
    @Param('network') ref: string,
    @Query() { engine, ...options }: RemoveNetworkQuery,
    @Headers('if-match') ifMatch?: string,
  ): Promise<Outcome<Network>> {
    return this.networks.remove(ref, engine, { ...options, ifMatch });
  }
}
