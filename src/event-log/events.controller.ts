import { Controller, Get, Headers, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Requires } from '../auth/access.decorators.js';
import type { Caller } from '../auth/caller.js';
import { CurrentCaller } from '../auth/current-caller.decorator.js';
import type { FairleadEvent } from '../events/event.js';
import { Fails } from '../http/fails.decorator.js';
import { Lists } from '../http/lists.decorator.js';
import { StreamLimits } from '../http/stream-limits.js';
import type { Listing } from '../inventory/page.js';
import { OpenPerKey } from '../limits/open-per-key.js';
import { EventLogService } from './event-log.service.js';
import { EventModel } from './event.model.js';
import { EventsQuery } from './event.queries.js';
import { streamEvents } from './event-stream.js';

@ApiTags('Events')
@Controller('events')
export class EventsController {
  constructor(
    private readonly log: EventLogService,
    private readonly limits: StreamLimits,
    private readonly openPerKey: OpenPerKey,
  ) {}

  @Get()
  @Requires('events:read')
  @Lists(EventModel, 'events')
  @ApiProduces('application/json', 'text/event-stream')
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Id of the last event that a stream gave.' })
  @Fails('INVALID_CURSOR', 'CURSOR_EXPIRED', 'DATABASE_UNAVAILABLE')
  @ApiOperation({
    operationId: 'listEvents',
    summary: 'Read or follow events',
    description:
      'JSON answers history, oldest first. With `Accept: text/event-stream` events after the cursor are replayed and ' +
      'then followed live, each as a CloudEvents 1.0 JSON object; without a cursor the stream begins now.',
  })
  async events(
    @Query() { after, cursor, limit, ...filter }: EventsQuery,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('last-event-id') lastEventId?: string,
  ): Promise<Listing<FairleadEvent> | undefined> {
    // A browser that comes back repeats the address, and says in the header how far it has come.
    const from = lastEventId ?? cursor ?? after;
    if (!request.headers.accept?.includes('text/event-stream')) return this.log.read(filter, { after: from, limit });
    const open = (signal: AbortSignal) => this.log.follow(filter, from, signal);
    const enter = () => this.openPerKey.openStream(caller.keyId);
    await streamEvents(reply.raw, { headers: reply.getHeaders(), open, enter, begin: () => void reply.hijack(), limits: this.limits, ended: caller.ended });
    return undefined;
  }
}
