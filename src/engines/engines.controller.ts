import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Requires } from '../auth/access.decorators.js';
import { EngineModel } from '../faces/engine.model.js';
import { Fails } from '../http/fails.decorator.js';
import { FailsWithKey } from '../http/idempotency-key.js';
import { Lists } from '../http/lists.decorator.js';
import { PageQuery } from '../http/page.query.js';
import { Tagged } from '../http/tagged.decorator.js';
import { NotesAttempts } from '../inventory/attempt.js';
import type { Listing } from '../inventory/page.js';
import type { Engine } from '../resources/engine.js';
import { EnginesService } from './engines.service.js';

@ApiTags('Engines')
@Controller('engines')
@NotesAttempts()
export class EnginesController {
  constructor(private readonly engines: EnginesService) {}

  @Get()
  @Requires('engines:read')
  @Lists(EngineModel, 'engines')
  @ApiOperation({
    operationId: 'listEngines',
    summary: 'List engines',
    description: 'All engines that the service talks to, with their state. Sortable by name, state and version.',
  })
  list(@Query() query: PageQuery): Listing<Engine> {
    return this.engines.list(query);
  }

  @Get(':engine')
  @Requires('engines:read')
  @Tagged()
  @ApiResponse({ status: 200, type: EngineModel, description: 'The engine.' })
  @Fails('ENGINE_NOT_FOUND')
  @ApiOperation({ operationId: 'getEngine', summary: 'Get an engine', description: 'An engine, by its name.' })
  get(@Param('engine') name: string): Engine {
    return this.engines.get(name);
  }

  @Post(':engine/test')
  @HttpCode(200)
  @Requires('engines:read')
  @ApiResponse({ status: 200, type: EngineModel, description: 'The engine answered.' })
  @Fails('ENGINE_NOT_FOUND', 'ENGINE_UNREACHABLE', 'ENGINE_TIMEOUT')
  @FailsWithKey()
  @ApiOperation({
    operationId: 'testEngine',
    summary: 'Ask an engine for an answer',
    description: 'The only read that asks an engine: a ping, answered with the engine as it is known.',
  })
  test(@Param('engine') name: string): Promise<Engine> {
    return this.engines.test(name);
  }
}
