import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Requires } from '../auth/access.decorators.js';
import type { Caller } from '../auth/caller.js';
import { CurrentCaller } from '../auth/current-caller.decorator.js';
import { Fails } from '../http/fails.decorator.js';
import { Lists } from '../http/lists.decorator.js';
import { StreamLimits } from '../http/stream-limits.js';
import type { Listing } from '../inventory/page.js';
import { JSON_LINES, sendLines } from './audit-lines.js';
import type { AuditHead, AuditRecord } from './audit-record.js';
import { AuditHeadModel, AuditRecordModel } from './audit-record.model.js';
import { ListAuditRecordsQuery } from './audit.queries.js';
import { AuditService } from './audit.service.js';

@ApiTags('Audit')
@Controller('audit-records')
export class AuditController {
  constructor(
    private readonly audit: AuditService,
    private readonly limits: StreamLimits,
  ) {}

  @Get()
  @Requires('audit:read')
  @Lists(AuditRecordModel, 'audit records')
  @ApiProduces('application/json', JSON_LINES)
  @Fails('VALIDATION_FAILED', 'INVALID_CURSOR', 'DATABASE_UNAVAILABLE')
  @ApiOperation({
    operationId: 'listAuditRecords',
    summary: 'List or export audit records',
    description:
      'Commands, whoever gave them, newest first; sortable by time. With `Accept: application/x-ndjson` all that match are ' +
      'sent, a JSON object on each line, oldest first; `limit` and `cursor` do not count then. An export that breaks off ' +
      'ends without the end of its body, which HTTP clients tell as an error.',
  })
  async list(
    @Query() { limit, cursor, sort, ...filter }: ListAuditRecordsQuery,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Listing<AuditRecord> | undefined> {
    if (!request.headers.accept?.includes(JSON_LINES)) return this.audit.list(filter, { limit, cursor, sort });
    const portions = await this.audit.all(filter, sort);
    reply.hijack();
    await sendLines(reply.raw, portions, { headers: reply.getHeaders() as Record<string, string>, ended: caller.ended, stallMs: this.limits.stallMs });
    return undefined;
  }

  @Get('head')
  @Requires('audit:read')
  @ApiResponse({ status: 200, type: AuditHeadModel, description: 'The end of the chain.' })
  @Fails('DATABASE_UNAVAILABLE')
  @ApiOperation({
    operationId: 'getAuditHead',
    summary: 'Get the end of the chain of audit records',
    description: 'To be kept elsewhere: `npm run audit:verify -- --against <sequence>:<mac>` tells later whether it is still there.',
  })
  head(): Promise<AuditHead> {
    return this.audit.head();
  }
}
