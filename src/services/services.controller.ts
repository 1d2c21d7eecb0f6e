import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Requires } from '../auth/access.decorators.js';
import { ServiceModel } from '../faces/service.model.js';
import { Fails } from '../http/fails.decorator.js';
import { Lists } from '../http/lists.decorator.js';
import { Tagged } from '../http/tagged.decorator.js';
import { NotesAttempts } from '../inventory/attempt.js';
import type { Listing } from '../inventory/page.js';
import type { Service } from '../resources/swarm.js';
import { ListServicesQuery } from './service.queries.js';
import { ServicesService } from './services.service.js';

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
