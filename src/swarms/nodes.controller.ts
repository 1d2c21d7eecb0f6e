import { Body, Controller, Delete, Get, Headers, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Requires } from '../auth/access.decorators.js';
import { SwarmNodeModel } from '../faces/swarm.model.js';
import { Fails } from '../http/fails.decorator.js';
import { Lists } from '../http/lists.decorator.js';
import { Changes, Creates, Removes } from '../http/outcome.decorators.js';
import { Tagged } from '../http/tagged.decorator.js';
import { WriteQuery } from '../http/write.query.js';
import { NotesAttempts } from '../inventory/attempt.js';
import type { Outcome } from '../inventory/outcome.js';
import type { Listing } from '../inventory/page.js';
import type { SwarmNode } from '../resources/swarm.js';
import { AddSwarmNodeInput, UpdateSwarmNodeInput } from './swarm.inputs.js';
import { ListNodesQuery, RemoveNodeQuery } from './swarm.queries.js';
import { SwarmsService } from './swarms.service.js';

const FROM_ENGINE = ['ENGINE_UNREACHABLE', 'ENGINE_TIMEOUT', 'ENGINE_ERROR'] as const;

@ApiTags('Swarms')
@Controller('nodes')
@NotesAttempts()
export class NodesController {
  constructor(private readonly swarms: SwarmsService) {}

  @Get()
  @Requires('engines:read')
  @Lists(SwarmNodeModel, 'nodes')
  @Fails('SWARM_NOT_FOUND', 'ENGINE_NOT_FOUND', 'AMBIGUOUS_REFERENCE')
  @ApiOperation({
    operationId: 'listNodes',
    summary: 'List nodes',
    description:
      'Hosts of all swarms of which a manager is a known engine. Sortable by name, id, engine, role, state, availability, ' +
      'address and createdAt.',
  })
  list(@Query() { limit, cursor, sort, ...filter }: ListNodesQuery): Listing<SwarmNode> {
    return this.swarms.listNodes(filter, { limit, cursor, sort });
  }

  @Post()
  @Requires('engines:manage')
  @Creates(SwarmNodeModel, ({ id }) => `/v1/nodes/${id}`)
  @Fails('VALIDATION_FAILED', 'ENGINE_NOT_FOUND', 'SWARM_NOT_FOUND', 'ALREADY_IN_SWARM', 'NOT_SWARM_MANAGER', 'AMBIGUOUS_REFERENCE', ...FROM_ENGINE)
  @ApiOperation({
    operationId: 'addNode',
    summary: 'Put an engine into a swarm',
    description: 'Answered when the swarm finds it ready; where it does not, the engine leaves again.',
  })
  add(@Body() input: AddSwarmNodeInput, @Query() query: WriteQuery): Promise<Outcome<SwarmNode>> {
    return this.swarms.addNode(input, query);
  }

  @Patch(':node')
  @Requires('engines:manage')
  @Changes(SwarmNodeModel)
  @Fails('VALIDATION_FAILED', 'NODE_NOT_FOUND', 'NODE_STATE', 'PRECONDITION_FAILED', 'AMBIGUOUS_REFERENCE', ...FROM_ENGINE)
  @ApiOperation({
    operationId: 'updateNode',
    summary: 'Change a node',
    description:
      'Drains it, or has it take tasks again; makes it a manager or a worker, and is answered when it is one. The only manager ' +
      'stays one, and so does each without which too few managers would be reachable to decide anything. What is absent stays.',
  })
  update(
    @Param('node') ref: string,
    @Body() input: UpdateSwarmNodeInput,
    @Query() { dryRun }: WriteQuery,
    @Headers('if-match') ifMatch?: string,
  ): Promise<Outcome<SwarmNode>> {
    return this.swarms.updateNode(ref, input, { dryRun, ifMatch });
  }

  @Delete(':node')
  @Requires('engines:manage')
  @Removes(SwarmNodeModel)
  @Fails('NODE_NOT_FOUND', 'NODE_STATE', 'PRECONDITION_FAILED', 'AMBIGUOUS_REFERENCE', ...FROM_ENGINE)
  @ApiOperation({
    operationId: 'removeNode',
    summary: 'Take a node out of its swarm',
    description:
      'Its tasks begin to move, its engine leaves, and the swarm forgets it; a manager is made a worker first. `force=true` is ' +
      'wanted where the engine cannot be asked to leave, for the only manager, with which the swarm ends, and for one without ' +
      'which too few managers would be reachable to decide anything.',
  })
  remove(
    @Param('node') ref: string,
    @Query() options: RemoveNodeQuery,
    @Headers('if-match') ifMatch?: string,
  ): Promise<Outcome<SwarmNode>> {
    return this.swarms.removeNode(ref, { ...options, ifMatch });
  }

  @Get(':node')
  @Requires('engines:read')
  @Tagged()
  @ApiResponse({ status: 200, type: SwarmNodeModel, description: 'The node.' })
  @Fails('NODE_NOT_FOUND', 'AMBIGUOUS_REFERENCE', 'ENGINE_UNREACHABLE')
  @ApiOperation({
    operationId: 'getNode',
    summary: 'Get a node',
    description: 'By its id, a unique prefix of it, the name of its engine, or its host name where it is no known engine.',
  })
  get(@Param('node') ref: string): SwarmNode {
    return this.swarms.getNode(ref);
  }
}
