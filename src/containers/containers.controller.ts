import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Requires } from '../auth/access.decorators.js';
import type { Caller } from '../auth/caller.js';
import { CurrentCaller } from '../auth/current-caller.decorator.js';
import { ContainerModel } from '../faces/container.model.js';
import { Fails } from '../http/fails.decorator.js';
import { Lists } from '../http/lists.decorator.js';
import { Changes, Creates, Removes } from '../http/outcome.decorators.js';
import { Tagged } from '../http/tagged.decorator.js';
import { EngineQuery, EngineWriteQuery, WriteQuery } from '../http/write.query.js';
import { NotesAttempts } from '../inventory/attempt.js';
import type { Outcome } from '../inventory/outcome.js';
import type { Listing } from '../inventory/page.js';
import type { Container } from '../resources/container.js';
import { CreateContainerInput } from './container.inputs.js';
import { ListContainersQuery, RemoveContainerQuery, StopContainerQuery } from './container.queries.js';
import { ContainersService } from './containers.service.js';

const COMMON = ['CONTAINER_NOT_FOUND', 'AMBIGUOUS_REFERENCE', 'CONTAINER_STATE', 'PRECONDITION_FAILED'] as const;
const FROM_ENGINE = ['ENGINE_UNREACHABLE', 'ENGINE_TIMEOUT', 'ENGINE_ERROR'] as const;

@ApiTags('Containers')
@Controller('containers')
@NotesAttempts()
export class ContainersController {
  constructor(private readonly containers: ContainersService) {}

  @Get()
  @Requires('containers:read')
  @Lists(ContainerModel, 'containers')
  @Fails('VALIDATION_FAILED', 'INVALID_CURSOR', 'ENGINE_NOT_FOUND', 'NETWORK_NOT_FOUND')
  @ApiOperation({
    operationId: 'listContainers',
    summary: 'List containers',
    description:
      'Containers of all engines in any state, by name. Sortable by name, id, createdAt, startedAt, state, image and engine.',
  })
  list(@Query() { limit, cursor, sort, ...filter }: ListContainersQuery): Listing<Container> {
    return this.containers.list(filter, { limit, cursor, sort });
  }

  @Post()
  @Requires('containers:manage')
  @Creates(ContainerModel, ({ id }) => `/v1/containers/${id}`)
  @Fails('VALIDATION_FAILED', 'FORBIDDEN', 'NETWORK_NOT_FOUND', 'IMAGE_NOT_FOUND', 'CONTAINER_NAME_TAKEN', ...FROM_ENGINE)
  @Fails('ADDRESS_IN_USE', 'ADDRESS_POOL_EXHAUSTED', 'ATTACHMENT_IMPOSSIBLE', 'PORT_IN_USE', 'ADDRESS_OUTSIDE_SUBNET')
  @Fails('ADDRESS_NOT_ASSIGNABLE', 'SUBNET_REQUIRED', 'NETWORK_NOT_ATTACHABLE', 'UNSUPPORTED_BY_ENGINE')
  @Fails('CONTAINER_NOT_FOUND', 'CONTAINER_STATE', 'AMBIGUOUS_REFERENCE', 'ENGINE_NOT_FOUND')
  @ApiOperation({
    operationId: 'createContainer',
    summary: 'Create a container on its networks and start it',
    description: 'All of it or nothing: where one network or the start fails, no container is left behind. Networks ask for the scope networks:use ' +
      'as well, the network of the host for containers:host-network, and fetching an image that the engine lacks for images:pull.',
  })
  create(
    @Body() input: CreateContainerInput,
    @Query() query: WriteQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<Outcome<Container>> {
    return this.containers.create(input, caller, query);
  }

  @Get(':container')
  @Requires('containers:read')
  @Tagged()
  @ApiResponse({ status: 200, type: ContainerModel, description: 'The container.' })
  @Fails('CONTAINER_NOT_FOUND', 'AMBIGUOUS_REFERENCE', 'ENGINE_UNREACHABLE')
  @ApiOperation({
    operationId: 'getContainer',
    summary: 'Get a container',
    description: 'By id, name or unique id prefix of 4 characters or more.',
  })
  get(@Param('container') ref: string, @Query() { engine }: EngineQuery): Container {
    return this.containers.get(ref, engine);
  }

  @Delete(':container')
  @Requires('containers:manage')
  @Removes(ContainerModel)
  @Fails(...COMMON, ...FROM_ENGINE)
  @ApiOperation({
    operationId: 'removeContainer',
    summary: 'Remove a container',
    description: 'Refused while it runs, unless `force=true`.',
  })
  remove(
    @Param('container') ref: string,
    @Query() { engine, ...options }: RemoveContainerQuery,
    @Headers('if-match') ifMatch?: string,
  ): Promise<Outcome<Container>> {
    return this.containers.remove(ref, engine, { ...options, ifMatch });
  }

  @Post(':container/start')
  @HttpCode(200)
  @Requires('containers:manage')
  @Changes(ContainerModel)
  @Fails(...COMMON, ...FROM_ENGINE, 'PORT_IN_USE', 'ADDRESS_IN_USE', 'ADDRESS_POOL_EXHAUSTED')
  @ApiOperation({
    operationId: 'startContainer',
    summary: 'Start a container',
    description: 'Nothing is done where it runs already.',
  })
  start(
    @Param('container') ref: string,
    @Query() { engine, ...options }: EngineWriteQuery,
    @Headers('if-match') ifMatch?: string,
  ): Promise<Outcome<Container>> {
    return this.containers.change(ref, engine, 'start', { ...options, ifMatch });
  }

  @Post(':container/stop')
  @HttpCode(200)
  @Requires('containers:manage')
  @Changes(ContainerModel)
  @Fails(...COMMON, ...FROM_ENGINE)
  @ApiOperation({
    operationId: 'stopContainer',
    summary: 'Stop a container',
    description: 'Nothing is done where it does not run. Its attachments stay configured, not active.',
  })
  stop(
    @Param('container') ref: string,
    @Query() { engine, ...options }: StopContainerQuery,
    @Headers('if-match') ifMatch?: string,
  ): Promise<Outcome<Container>> {
    return this.containers.change(ref, engine, 'stop', { ...options, ifMatch });
  }

  @Post(':container/restart')
  @HttpCode(200)
  @Requires('containers:manage')
  @Changes(ContainerModel)
  @Fails(...COMMON, ...FROM_ENGINE, 'PORT_IN_USE')
  @ApiOperation({
    operationId: 'restartContainer',
    summary: 'Restart a container',
    description: 'Stops it where it runs, then starts it. Dynamic addresses may change.',
  })
  restart(
    @Param('container') ref: string,
    @Query() { engine, ...options }: StopContainerQuery,
    @Headers('if-match') ifMatch?: string,
  ): Promise<Outcome<Container>> {
    return this.containers.change(ref, engine, 'restart', { ...options, ifMatch });
  }

  @Post(':container/pause')
  @HttpCode(200)
  @Requires('containers:manage')
  @Changes(ContainerModel)
  @Fails(...COMMON, ...FROM_ENGINE)
  @ApiOperation({
    operationId: 'pauseContainer',
    summary: 'Pause a container',
    description: 'Freezes its processes; its attachments stay active.',
  })
  pause(
    @Param('container') ref: string,
    @Query() { engine, ...options }: EngineWriteQuery,
    @Headers('if-match') ifMatch?: string,
  ): Promise<Outcome<Container>> {
    return this.containers.change(ref, engine, 'pause', { ...options, ifMatch });
  }

  @Post(':container/unpause')
  @HttpCode(200)
  @Requires('containers:manage')
  @Changes(ContainerModel)
  @Fails(...COMMON, ...FROM_ENGINE)
  @ApiOperation({
    operationId: 'unpauseContainer',
    summary: 'Unpause a container',
    description: 'Lets its processes go on.',
  })
  unpause(
    @Param('container') ref: string,
    @Query() { engine, ...options }: EngineWriteQuery,
    @Headers('if-match') ifMatch?: string,
  ): Promise<Outcome<Container>> {
    return this.containers.change(ref, engine, 'unpause', { ...options, ifMatch });
  }
}
