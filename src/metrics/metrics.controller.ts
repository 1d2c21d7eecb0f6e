import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Requires } from '../auth/access.decorators.js';
import { Fails } from '../http/fails.decorator.js';
import { Metrics } from './metrics.js';

@ApiTags('Operations')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @Requires('metrics:read')
  @ApiOperation({
    operationId: 'getMetrics',
    summary: 'Read metrics in the Prometheus text format',
    description:
      'Request times by route, GraphQL operations, the state of each engine, objects known, the event log, and the process.',
  })
  @ApiResponse({
    status: 200,
    description: 'The metrics.',
    content: {
      'text/plain': { schema: { type: 'string' }, example: 'fairlead_engine_state{engine="local"} 1' },
    },
  })
  @Fails('UNAUTHENTICATED', 'FORBIDDEN')
  async read(@Res() reply: FastifyReply): Promise<void> {
    const { registry } = this.metrics;
    const text = await registry.metrics();
    await reply.header('content-type', registry.contentType).send(text);
  }
}
