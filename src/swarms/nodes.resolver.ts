import { Args, Mutation, Parent, Query, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/access.decorators.js';
import { EngineModel } from '../faces/engine.model.js';
import { SwarmModel, SwarmNodeModel } from '../faces/swarm.model.js';
import { DryRun, Flag, IfMatch } from '../graphql/args.js';
import { connectionType, ConnectionOf } from '../graphql/connection.js';
import { Link } from '../graphql/link.decorator.js';
import { payload, payloadType } from '../graphql/payload.js';
import { NotesAttempts } from '../inventory/attempt.js';
import { resourceTag } from '../inventory/resource-tag.js';
import { VisibleInventory } from '../inventory/visible-inventory.js';
import type { Engine } from '../resources/engine.js';
import type { Swarm, SwarmNode } from '../resources/swarm.js';
import { AddSwarmNodeInput, UpdateSwarmNodeInput } from './swarm.inputs.js';
import { SwarmNodesArgs } from './swarm.queries.js';
import { SwarmsService } from './swarms.service.js';

const SwarmNodeConnection = connectionType<SwarmNode>(SwarmNodeModel, 'SwarmNode', 'nodes');
const AddPayload = payloadType('AddSwarmNodePayload', 'node', SwarmNodeModel, 'The node that joined.');
const UpdatePayload = payloadType('UpdateSwarmNodePayload', 'node', SwarmNodeModel, 'The node as it is now.');
const RemovePayload = payloadType('RemoveSwarmNodePayload', 'node', SwarmNodeModel, 'The node as it last stood.');
const NodeRef = () => Args('ref', { description: 'Its id, a unique prefix of it, or the name of its engine.' });

@Resolver(() => SwarmNodeModel)
@NotesAttempts()
export class NodesResolver {
  constructor(
    private readonly swarms: SwarmsService,
    private readonly inventory: VisibleInventory,
  ) {}

  @Query(() => SwarmNodeConnection, { name: 'swarmNodes', description: 'Hosts of all swarms, by name.' })
  @Requires('engines:read')
  list(@Args() { first, after, orderBy, filter }: SwarmNodesArgs): ConnectionOf<SwarmNode> {
    const request = { limit: first, cursor: after ?? undefined, sort: orderBy ?? undefined };
    return new ConnectionOf(this.swarms.listNodes(filter ?? {}, request));
  }

  @Query(() => SwarmNodeModel, { name: 'swarmNode', description: 'A host in a swarm. Fails with NODE_NOT_FOUND.' })
  @Requires('engines:read')
  get(@NodeRef() ref: string): SwarmNode {
    return this.swarms.getNode(ref);
  }

  @Mutation(() => AddPayload, { description: 'Puts an engine into a swarm.' })
  @Requires('engines:manage')
  async addSwarmNode(@Args('input', { description: 'The engine.' }) input: AddSwarmNodeInput, @DryRun() dryRun: boolean) {
    return payload('node', await this.swarms.addNode(input, { dryRun }));
  }

  @Mutation(() => UpdatePayload, { description: 'Changes a node: what is absent stays.' })
  @Requires('engines:manage')
  async updateSwarmNode(
    @NodeRef() ref: string,
    @Args('input', { description: 'What to change.' }) input: UpdateSwarmNodeInput,
    @DryRun() dryRun: boolean,
    @IfMatch() ifMatch?: string | null,
  ) {
    return payload('node', await this.swarms.updateNode(ref, input, { dryRun, ifMatch: ifMatch ?? undefined }));
  }

  @Mutation(() => RemovePayload, { description: 'Takes a node out of its swarm: its engine leaves, and the swarm forgets it.' })
  @Requires('engines:manage')
  async removeSwarmNode(
    @NodeRef() ref: string,
    @Flag('force', 'Although its engine cannot be asked to leave, or the swarm ends with it or has too few managers then.') force: boolean,
    @DryRun() dryRun: boolean,
    @IfMatch() ifMatch?: string | null,
  ) {
    return payload('node', await this.swarms.removeNode(ref, { force, dryRun, ifMatch: ifMatch ?? undefined }));
  }

  @Link('SwarmNode', 'own', () => String, { description: 'Entity tag of this state, for `ifMatch`.' })
  etag(@Parent() node: SwarmNode): string {
    return resourceTag(node);
  }

  @Link('SwarmNode', 'engines:read', () => EngineModel, { nullable: true, description: 'Its engine; null where it is none that is known.' })
  engine(@Parent() { engine }: SwarmNode): Engine | null {
    return engine === null ? null : this.inventory.engine(engine);
  }

  @Link('SwarmNode', 'engines:read', () => SwarmModel, { nullable: true, description: 'The swarm that it is in.' })
  swarm(@Parent() { swarmId }: SwarmNode): Swarm | null {
    return this.inventory.swarms().find(({ swarm }) => swarm.id === swarmId)?.swarm ?? null;
  }
}
