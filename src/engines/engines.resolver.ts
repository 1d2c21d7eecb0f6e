import { Args, ArgsType, Mutation, Parent, Query, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/access.decorators.js';
import { EngineModel } from '../faces/engine.model.js';
import { DryRun, IfMatch } from '../graphql/args.js';
import { connectionType, ConnectionOf } from '../graphql/connection.js';
import { Link } from '../graphql/link.decorator.js';
import { PageArgs } from '../graphql/page.args.js';
import { payload, payloadType } from '../graphql/payload.js';
import { NotesChanges } from '../inventory/attempt.js';
import { resourceTag } from '../inventory/resource-tag.js';
import type { Engine } from '../resources/engine.js';
import { AddEngineInput, UpdateEngineInput } from './engine.inputs.js';
import { EnginesService } from './engines.service.js';

const EngineConnection = connectionType<Engine>(EngineModel, 'Engine', 'engines');
const AddPayload = payloadType('AddEnginePayload', 'engine', EngineModel, 'The engine; what only it can tell follows.');
const UpdatePayload = payloadType('UpdateEnginePayload', 'engine', EngineModel, 'The engine as it is now.');
const RemovePayload = payloadType('RemoveEnginePayload', 'engine', EngineModel, 'The engine as it last stood.');
const EngineName = () => Args('name', { type: () => String, description: 'Name of the engine.' });

@ArgsType()
class EnginesArgs extends PageArgs {}

@Resolver(() => EngineModel)
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

  @Mutation(() => AddPayload, {
    description: 'Looks after another engine. With `dryRun` it is asked, and what would be shown or why not is answered.',
  })
  @Requires('engines:manage')
  @NotesChanges()
  async addEngine(@Args('input', { description: 'The engine.' }) input: AddEngineInput, @DryRun() dryRun: boolean) {
    return payload('engine', await this.engines.add(input, { dryRun }));
  }

  @Mutation(() => UpdatePayload, { description: 'Reaches an engine in another way: what is absent stays, null clears.' })
  @Requires('engines:manage')
  @NotesChanges()
  async updateEngine(
    @EngineName() name: string,
    @Args('input', { description: 'What to change.' }) input: UpdateEngineInput,
    @DryRun() dryRun: boolean,
    @IfMatch() ifMatch?: string | null,
  ) {
    return payload('engine', await this.engines.update(name, input, { dryRun, ifMatch: ifMatch ?? undefined }));
  }

  @Mutation(() => RemovePayload, { description: 'Looks after an engine no longer. Nothing on the engine is touched.' })
  @Requires('engines:manage')
  @NotesChanges()
  async removeEngine(@EngineName() name: string, @DryRun() dryRun: boolean, @IfMatch() ifMatch?: string | null) {
    return payload('engine', await this.engines.remove(name, { dryRun, ifMatch: ifMatch ?? undefined }));
  }

  @Link('Engine', 'own', () => String, { description: 'Entity tag of this state, for `ifMatch`.' })
  etag(@Parent() engine: Engine): string {
    return resourceTag(engine);
  }

  @Mutation(() => EngineModel, { name: 'testEngine', description: 'Asks an engine itself for an answer.' })
  @Requires('engines:read')
  test(@EngineName() name: string): Promise<Engine> {
    return this.engines.test(name);
  }
}
