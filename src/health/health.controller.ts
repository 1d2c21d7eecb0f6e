import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../auth/access.decorators.js';
import { Inventory } from '../inventory/inventory.js';
import { LivenessModel, ReadinessModel } from './health.model.js';
import { ServiceState } from './service-state.js';

@ApiTags('Operations')
@Controller('health')
export class HealthController {
  constructor(
    private readonly state: ServiceState,
    private readonly inventory: Inventory,
  ) {}

  @Get('live')
  @Public()
  @ApiOperation({
    operationId: 'getLiveness',
    summary: 'Tell whether the process runs',
    description:
      'Answers as long as the process can answer at all. For a supervisor that restarts what hangs.',
  })
  @ApiResponse({ status: 200, type: LivenessModel, description: 'It runs.' })
  live(): LivenessModel {
    return { status: 'alive' };
  }

  @Get('ready')
  @Public()
  @ApiOperation({
    operationId: 'getReadiness',
    summary: 'Tell whether requests are served, and how each engine and the database are doing',
    description:
      'Answers 200 as long as the service serves, even while engines or the database are away: reads go on from the ' +
      'last picture, and commands to engines that answer. ' +
      'Answers 503 while it starts and once it stops.',
  })
  @ApiResponse({ status: 200, type: ReadinessModel, description: 'Requests are served.' })
  @ApiResponse({ status: 503, type: ReadinessModel, description: 'The service starts or stops.' })
  ready(@Res({ passthrough: true }) reply: FastifyReply): ReadinessModel {
    const { phase, database } = this.state;
    void reply.code(phase === 'serving' ? 200 : 503);
    return { status: phase, engines: this.inventory.freshness(), database };
  }
}
