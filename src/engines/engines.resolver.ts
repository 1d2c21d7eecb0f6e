import { Args, ArgsType, Mutation, Query, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/access.decorators.js';
import { EngineModel } from '../faces/engine.model.js';
import { connectionType, ConnectionOf } from '../graphql/connection.js';
import { PageArgs } from '../graphql/page.args.js';
import { NotesAttempts } from '../inventory/attempt.js';
import type { Engine } from '../resources/engine.js';
import { EnginesService } from './engines.service.js';

const EngineConnection = connectionType<Engine>(EngineModel, 'Engine', 'engines');
const EngineName = () => Args('name', { type: () => String, description: 'Name of the engine.' });

@ArgsType()
class EnginesArgs extends PageArgs {}

@Resolver(() => EngineModel)
@NotesAttempts()
export class EnginesResolver {
  constructor(private readonly engines: EnginesService) {}

  @Query(() => EngineConnection, { name: 'engines', description: 'Engines that the service talks to, by name.' })
  @Requires('engines:read')
  list(@Args() { first, after, orderBy }: EnginesArgs): ConnectionOf<Engine> {
    return new ConnectionOf(this.engines.list({ limit: first, cursor: after ?? undefined, sort: orderBy ?? undefined }));
  }

  @Query(() => EngineModel, { name: 'engine', description: 'An engine, by its name. Fails with ENGINE_NOT_FOUND.' })
  @Requires('engines:read')
  get(@EngineName() name: string): Engine {
    return this.engines.get(name);
  }

  @Mutation(() => EngineModel, { name: 'testEngine', description: 'Asks an engine itself for an answer.' })
  @Requires('engines:read')
  test(@EngineName() name: string): Promise<Engine> {
    return this.engines.test(name);
  }
}
