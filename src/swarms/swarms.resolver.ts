import { Args, Mutation, Parent, Query, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/access.decorators.js';
import { EngineModel } from '../faces/engine.model.js';
import { SwarmModel, SwarmNodeModel } from '../faces/swarm.model.js';
import { DryRun } from '../graphql/args.js';
import { connectionType, ConnectionOf } from '../graphql/connection.js';
import { Link } from '../graphql/link.decorator.js';
import { payload, payloadType } from '../graphql/payload.js';
import { NotesAttempts } from '../inventory/attempt.js';
import { resourceTag } from '../inventory/resource-tag.js';
import { VisibleInventory } from '../inventory/visible-inventory.js';
import type { Engine } from '../resources/engine.js';
import type { Swarm, SwarmNode } from '../resources/swarm.js';
import { FormSwarmInput } from './swarm.inputs.js';
import { SwarmsArgs } from './swarm.queries.js';
import { SwarmsService } from './swarms.service.js';

const SwarmConnection = connectionType<Swarm>(SwarmModel, 'Swarm', 'swarms');
const FormPayload = payloadType('FormSwarmPayload', 'swarm', SwarmModel, 'The swarm that was formed.');

@Resolver(() => SwarmModel)
@NotesAttempts()
export class SwarmsResolver {
  constructor(
    private readonly swarms: SwarmsService,
    private readonly inventory: VisibleInventory,
  ) {}

  @Query(() => SwarmConnection, { name: 'swarms', description: 'Swarms of which a manager is a known engine.' })
  @Requires('engines:read')
  list(@Args() { first, after, orderBy }: SwarmsArgs): ConnectionOf<Swarm> {
    return new ConnectionOf(this.swarms.list({ limit: first, cursor: after ?? undefined, sort: orderBy ?? undefined }));
  }

  @Query(() => SwarmModel, { name: 'swarm', description: 'A swarm. Fails with SWARM_NOT_FOUND.' })
  @Requires('engines:read')
  get(@Args('ref', { description: 'Its id, a unique prefix of it, or the name of an engine in it.' }) ref: string): Swarm {
    return this.swarms.get(ref);
  }

  @Mutation(() => FormPayload, { description: 'Forms a swarm from engines that are in none: all of them, or none.' })
  @Requires('engines:manage')
  async formSwarm(@Args('input', { description: 'The swarm.' }) input: FormSwarmInput, @DryRun() dryRun: boolean) {
    return payload('swarm', await this.swarms.form(input, { dryRun }));
  }

  @Link('Swarm', 'own', () => String, { description: 'Entity tag of this state, for `ifMatch`.' })
  etag(@Parent() swarm: Swarm): string {
    return resourceTag(swarm);
  }

  @Link('Swarm', 'engines:read', () => [EngineModel], { description: 'The known engines in it, managers first.' })
  engines(@Parent() swarm: Swarm): readonly Engine[] {
    return swarm.engines.map((name) => this.inventory.engine(name));
  }

  @Link('Swarm', 'engines:read', () => [SwarmNodeModel], { description: 'Its nodes.' })
  nodes(@Parent() swarm: Swarm): readonly SwarmNode[] {
    return this.swarms.nodesOf(swarm);
  }
}
