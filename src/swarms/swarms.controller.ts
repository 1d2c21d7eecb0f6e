import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Requires } from '../auth/access.decorators.js';
import { SwarmModel } from '../faces/swarm.model.js';
import { Fails } from '../http/fails.decorator.js';
import { Lists } from '../http/lists.decorator.js';
import { PageQuery } from '../http/page.query.js';
import { Tagged } from '../http/tagged.decorator.js';
import { NotesAttempts } from '../inventory/attempt.js';
import type { Listing } from '../inventory/page.js';
import type { Swarm } from '../resources/swarm.js';
import { SwarmsService } from './swarms.service.js';

@ApiTags('Swarms')
@Controller('swarms')
@NotesAttempts()
export class SwarmsController {
  constructor(private readonly swarms: SwarmsService) {}

  @Get()
  @Requires('engines:read')
  @Lists(SwarmModel, 'swarms')
  @ApiOperation({
    operationId: 'listSwarms',
    summary: 'List swarms',
    description: 'Swarms of which a manager is a known engine. Sortable by id, createdAt, nodeCount and serviceCount.',
  })
  list(@Query() query: PageQuery): Listing<Swarm> {
    return this.swarms.list(query);
  }

  @Get(':swarm')
  @Requires('engines:read')
  @Tagged()
  @ApiResponse({ status: 200, type: SwarmModel, description: 'The swarm.' })
  @Fails('SWARM_NOT_FOUND', 'AMBIGUOUS_REFERENCE', 'ENGINE_UNREACHABLE')
  @ApiOperation({
    operationId: 'getSwarm',
    summary: 'Get a swarm',
    description: 'By its id, a unique prefix of it, or the name of an engine that is in it.',
  })
  get(@Param('swarm') ref: string): Swarm {
    return this.swarms.get(ref);
  }
}
