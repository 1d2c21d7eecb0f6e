import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Requires } from '../auth/access.decorators.js';
import { SwarmNodeModel } from '../faces/swarm.model.js';
import { Fails } from '../http/fails.decorator.js';
import { Lists } from '../http/lists.decorator.js';
import { Tagged } from '../http/tagged.decorator.js';
import { NotesAttempts } from '../inventory/attempt.js';
import type { Listing } from '../inventory/page.js';
import type { SwarmNode } from '../resources/swarm.js';
import { ListNodesQuery } from './swarm.queries.js';
import { SwarmsService } from './swarms.service.js';

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
