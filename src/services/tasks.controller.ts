import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Requires } from '../auth/access.decorators.js';
import { TaskModel } from '../faces/service.model.js';
import { Fails } from '../http/fails.decorator.js';
import { Lists } from '../http/lists.decorator.js';
import { Tagged } from '../http/tagged.decorator.js';
import type { Listing } from '../inventory/page.js';
import type { Task } from '../resources/swarm.js';
import { ListTasksQuery } from './service.queries.js';
import { ServicesService } from './services.service.js';

@ApiTags('Services')
@Controller('tasks')
export class TasksController {
  constructor(private readonly services: ServicesService) {}

  @Get()
  @Requires('containers:read')
  @Lists(TaskModel, 'tasks')
  @Fails('SWARM_NOT_FOUND', 'SERVICE_NOT_FOUND', 'NODE_NOT_FOUND', 'NETWORK_NOT_FOUND', 'AMBIGUOUS_REFERENCE')
  @ApiOperation({
    operationId: 'listTasks',
    summary: 'List tasks',
    description:
      'Containers of services, with those that have ended and that the swarm still remembers. Sortable by name, id, ' +
      'serviceName, slot, engine, state, desiredState, createdAt and updatedAt.',
  })
  list(@Query() { limit, cursor, sort, ...filter }: ListTasksQuery): Listing<Task> {
    return this.services.listTasks(filter, { limit, cursor, sort });
  }

  @Get(':task')
  @Requires('containers:read')
  @Tagged()
  @ApiResponse({ status: 200, type: TaskModel, description: 'The task.' })
  @Fails('TASK_NOT_FOUND', 'AMBIGUOUS_REFERENCE', 'ENGINE_UNREACHABLE')
  @ApiOperation({ operationId: 'getTask', summary: 'Get a task', description: 'By id, name or unique id prefix.' })
  get(@Param('task') ref: string): Task {
    return this.services.getTask(ref);
  }
}
