import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Requires } from '../auth/access.decorators.js';
import { EngineModel } from '../faces/engine.model.js';
import { Fails } from '../http/fails.decorator.js';
import { FailsWithKey } from '../http/idempotency-key.js';
import { Lists } from '../http/lists.decorator.js';
import { Changes, Creates, Removes } from '../http/outcome.decorators.js';
import { PageQuery } from '../http/page.query.js';
import { Tagged } from '../http/tagged.decorator.js';
import { WriteQuery } from '../http/write.query.js';
import { NotesChanges } from '../inventory/attempt.js';
import type { Outcome } from '../inventory/outcome.js';
import type { Listing } from '../inventory/page.js';
import type { Engine } from '../resources/engine.js';
import { AddEngineInput, UpdateEngineInput } from './engine.inputs.js';
import { EnginesService } from './engines.service.js';

@ApiTags('Engines')
@Controller('engines')
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

  @Post()
  @Requires('engines:manage')
  @NotesChanges()
  @Creates(EngineModel, ({ name }) => `/v1/engines/${name}`)
  @Fails('VALIDATION_FAILED', 'ENGINE_NAME_TAKEN', 'ENGINE_ALREADY_KNOWN', 'UNSUPPORTED_BY_ENGINE', 'ENGINE_ERROR')
  @Fails('ENGINE_UNREACHABLE', 'ENGINE_TIMEOUT', 'DATABASE_UNAVAILABLE')
  @ApiOperation({
    operationId: 'addEngine',
    summary: 'Look after another engine',
    description:
      'All processes on the database take it up. One that does not answer now is added with a warning; `dryRun=true` asks ' +
      'it, and answers what would be shown or why it cannot be reached. What it is reached with is kept encrypted.',
  })
  add(@Body() input: AddEngineInput, @Query() query: WriteQuery): Promise<Outcome<Engine>> {
    return this.engines.add(input, query);
  }

  @Patch(':engine')
  @Requires('engines:manage')
  @NotesChanges()
  @Changes(EngineModel)
  @Fails('VALIDATION_FAILED', 'ENGINE_NOT_FOUND', 'ENGINE_FROM_SETTINGS', 'ENGINE_ALREADY_KNOWN', 'PRECONDITION_FAILED')
  @Fails('UNSUPPORTED_BY_ENGINE', 'ENGINE_ERROR', 'ENGINE_UNREACHABLE', 'ENGINE_TIMEOUT', 'SECRET_KEY_MISMATCH', 'DATABASE_UNAVAILABLE')
  @ApiOperation({
    operationId: 'updateEngine',
    summary: 'Reach an engine in another way',
    description:
      'What is absent stays, null clears; `tls` and `ssh` replace those before as a whole. What is shown of the engine stays ' +
      'until it has been reached anew. Engines of the settings are not changed here.',
  })
  update(
    @Param('engine') name: string,
    @Body() input: UpdateEngineInput,
    @Query() { dryRun }: WriteQuery,
    @Headers('if-match') ifMatch?: string,
  ): Promise<Outcome<Engine>> {
    return this.engines.update(name, input, { dryRun, ifMatch });
  }

  @Delete(':engine')
  @Requires('engines:manage')
  @NotesChanges()
  @Removes(EngineModel)
  @Fails('ENGINE_NOT_FOUND', 'ENGINE_FROM_SETTINGS', 'PRECONDITION_FAILED', 'DATABASE_UNAVAILABLE')
  @ApiOperation({
    operationId: 'removeEngine',
    summary: 'Look after an engine no longer',
    description:
      'Nothing on the engine is touched. What it was reached with is deleted, its networks, containers and attachments are no ' +
      'longer shown, and `engine.removed` is told. Engines of the settings are not removed here.',
  })
  remove(
    @Param('engine') name: string,
    @Query() { dryRun }: WriteQuery,
    @Headers('if-match') ifMatch?: string,
  ): Promise<Outcome<Engine>> {
    return this.engines.remove(name, { dryRun, ifMatch });
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
