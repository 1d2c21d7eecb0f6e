import { Body, Controller, Delete, Get, Headers, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Requires } from '../auth/access.decorators.js';
import type { Caller } from '../auth/caller.js';
import { CurrentCaller } from '../auth/current-caller.decorator.js';
import { ServiceModel } from '../faces/service.model.js';
import { Fails } from '../http/fails.decorator.js';
import { Lists } from '../http/lists.decorator.js';
import { Changes, Creates, Removes } from '../http/outcome.decorators.js';
import { Tagged } from '../http/tagged.decorator.js';
import { WriteQuery } from '../http/write.query.js';
import { NotesAttempts } from '../inventory/attempt.js';
import type { Outcome } from '../inventory/outcome.js';
import type { Listing } from '../inventory/page.js';
import type { Service } from '../resources/swarm.js';
import { CreateServiceInput, UpdateServiceInput } from './service.inputs.js';
import { ListServicesQuery } from './service.queries.js';
import { ServicesService } from './services.service.js';

const FROM_ENGINE = ['ENGINE_UNREACHABLE', 'ENGINE_TIMEOUT', 'ENGINE_ERROR'] as const;

@ApiTags('Services')
@Controller('services')
@NotesAttempts()
export class ServicesController {
  constructor(private readonly services: ServicesService) {}

  @Get()
  @Requires('containers:read')
  @Lists(ServiceModel, 'services')
  @Fails('SWARM_NOT_FOUND', 'NETWORK_NOT_FOUND', 'AMBIGUOUS_REFERENCE')
  @ApiOperation({
    operationId: 'listServices',
    summary: 'List services',
    description:
      'Services of all swarms of which a manager is a known engine. Sortable by name, id, image, mode, replicas, ' +
      'runningTasks, createdAt and updatedAt.',
  })
  list(@Query() { limit, cursor, sort, ...filter }: ListServicesQuery): Listing<Service> {
    return this.services.list(filter, { limit, cursor, sort });
  }

  @Post()
  @Requires('containers:manage')
  @Creates(ServiceModel, ({ id }) => `/v1/services/${id}`)
  @Fails('VALIDATION_FAILED', 'SERVICE_NAME_TAKEN', 'PORT_IN_USE', 'ADDRESS_POOL_EXHAUSTED', 'NETWORK_NOT_ATTACHABLE')
  @Fails('NETWORK_NOT_FOUND', 'SWARM_NOT_FOUND', 'IMAGE_NOT_FOUND', 'AMBIGUOUS_REFERENCE', 'NOT_SWARM_MANAGER', ...FROM_ENGINE)
  @ApiOperation({
    operationId: 'createService',
    summary: 'Create a service',
    description:
      'Answered as soon as the swarm has taken it; its tasks are on their way then. Refused where one of its networks ' +
      'has too few addresses left for its tasks, which would otherwise wait without a word. Networks ask for the scope ' +
      'networks:use as well, an image that the manager lacks for images:pull.',
  })
  create(
    @Body() input: CreateServiceInput,
    @Query() { dryRun }: WriteQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<Outcome<Service>> {
    return this.services.create(input, { caller, dryRun });
  }

  @Patch(':service')
  @Requires('containers:manage')
  @Changes(ServiceModel)
  @Fails('VALIDATION_FAILED', 'SERVICE_NOT_FOUND', 'PORT_IN_USE', 'ADDRESS_POOL_EXHAUSTED', 'NETWORK_NOT_ATTACHABLE')
  @Fails('NETWORK_NOT_FOUND', 'IMAGE_NOT_FOUND', 'PRECONDITION_FAILED', 'AMBIGUOUS_REFERENCE', 'NOT_SWARM_MANAGER')
  @Fails('UNSUPPORTED_BY_ENGINE', ...FROM_ENGINE)
  @ApiOperation({
    operationId: 'updateService',
    summary: 'Change a service',
    description:
      'What is absent stays, null clears; lists and maps replace those before. Whatever the input does not speak of stays ' +
      'as others have set it. A change of networks, image or command renews the tasks one after the other. ' +
      'Networks ask for the scope networks:use as well, an image that the manager lacks for images:pull. Another image or command is refused (403) where tasks have ' +
      'mounts of the host, capabilities or privileges, and asks for containers:host-network where they are in the network of the host.',
  })
  update(
    @Param('service') ref: string,
    @Body() input: UpdateServiceInput,
    @Query() { dryRun }: WriteQuery,
    @CurrentCaller() caller: Caller,
    @Headers('if-match') ifMatch?: string,
  ): Promise<Outcome<Service>> {
    return this.services.update(ref, input, { caller, dryRun, ifMatch });
  }

  @Delete(':service')
  @Requires('containers:manage')
  @Removes(ServiceModel)
  @Fails('SERVICE_NOT_FOUND', 'PRECONDITION_FAILED', 'AMBIGUOUS_REFERENCE', 'NOT_SWARM_MANAGER', ...FROM_ENGINE)
  @ApiOperation({
    operationId: 'removeService',
    summary: 'Remove a service',
    description: 'With all its tasks, which end after it.',
  })
  remove(
    @Param('service') ref: string,
    @Query() { dryRun }: WriteQuery,
    @Headers('if-match') ifMatch?: string,
  ): Promise<Outcome<Service>> {
    return this.services.remove(ref, { dryRun, ifMatch });
  }

  @Get(':service')
  @Requires('containers:read')
  @Tagged()
  @ApiResponse({ status: 200, type: ServiceModel, description: 'The service.' })
  @Fails('SERVICE_NOT_FOUND', 'AMBIGUOUS_REFERENCE', 'ENGINE_UNREACHABLE')
  @ApiOperation({
    operationId: 'getService',
    summary: 'Get a service',
    description: 'By id, name or unique id prefix of 4 characters or more.',
  })
  get(@Param('service') ref: string): Service {
    return this.services.get(ref);
  }
}
