import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Requires } from '../auth/access.decorators.js';
import { SwarmModel } from '../faces/swarm.model.js';
import { Fails } from '../http/fails.decorator.js';
import { Lists } from '../http/lists.decorator.js';
import { Creates } from '../http/outcome.decorators.js';
import { PageQuery } from '../http/page.query.js';
import { Tagged } from '../http/tagged.decorator.js';
import { WriteQuery } from '../http/write.query.js';
import { NotesAttempts } from '../inventory/attempt.js';
import type { Outcome } from '../inventory/outcome.js';
import type { Listing } from '../inventory/page.js';
import type { Swarm } from '../resources/swarm.js';
import { FormSwarmInput } from './swarm.inputs.js';
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

  @Post()
  @Requires('engines:manage')
  @Creates(SwarmModel, ({ id }) => `/v1/swarms/${id}`)
  @Fails('VALIDATION_FAILED', 'ENGINE_NOT_FOUND', 'ALREADY_IN_SWARM', 'ENGINE_UNREACHABLE', 'ENGINE_TIMEOUT', 'ENGINE_ERROR')
  @ApiOperation({
    operationId: 'formSwarm',
    summary: 'Form a swarm',
    description:
      'Makes one engine the manager and has the others join it, and answers when all are ready. Where one of them fails, ' +
      'all are taken out again. Hosts need 2377/tcp, 7946/tcp, 7946/udp and 4789/udp open between them.',
  })
  form(@Body() input: FormSwarmInput, @Query() query: WriteQuery): Promise<Outcome<Swarm>> {
    return this.swarms.form(input, query);
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
