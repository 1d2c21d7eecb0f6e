import { Args, Mutation, Parent, Query, Resolver, Subscription } from '@nestjs/graphql';
import { Requires } from '../auth/access.decorators.js';
import { AttachmentModel } from '../faces/attachment.model.js';
import { EngineModel } from '../faces/engine.model.js';
import { NetworkModel } from '../faces/network.model.js';
import { DryRun, EngineArg, Flag, IfMatch, NetworkRef } from '../graphql/args.js';
import { connectionType, ConnectionOf } from '../graphql/connection.js';
import { Link } from '../graphql/link.decorator.js';
import { payload, payloadType } from '../graphql/payload.js';
import { NotesAttempts } from '../inventory/attempt.js';
import { resourceTag } from '../inventory/resource-tag.js';
import { VisibleInventory } from '../inventory/visible-inventory.js';
import type { Attachment } from '../resources/attachment.js';
import type { Engine } from '../resources/engine.js';
import type { Network } from '../resources/network.js';
import { CreateNetworkInput, PruneNetworksInput } from './network.inputs.js';
import { NetworksArgs } from './network.queries.js';
import { NetworksService } from './networks.service.js';
import { PrunedNetworksModel } from './pruned-networks.model.js';

const NetworkConnection = connectionType<Network>(NetworkModel, 'Network', 'networks');
const CreatePayload = payloadType('CreateNetworkPayload', 'network', NetworkModel, 'The network that was created.');
const RemovePayload = payloadType('RemoveNetworkPayload', 'network', NetworkModel, 'The network as it last stood.');

@Resolver(() => NetworkModel)
@NotesAttempts()
export class NetworksResolver {
  constructor(
    private readonly networks: NetworksService,
    private readonly inventory: VisibleInventory,
  ) {}

  @Query(() => NetworkConnection, { name: 'networks', description: 'Networks of all engines, by name.' })
  @Requires('networks:read')
  list(@Args() { first, after, orderBy, filter }: NetworksArgs): ConnectionOf<Network> {
    const request = { limit: first, cursor: after ?? undefined, sort: orderBy ?? undefined };
    return new ConnectionOf(this.networks.list(filter ?? {}, request));
  }

  @Query(() => NetworkModel, { name: 'network', description: 'A network. Fails with NETWORK_NOT_FOUND.' })
  @Requires('networks:read')
  get(@NetworkRef() ref: string, @EngineArg() engine?: string | null): Network {
    return this.networks.get(ref, engine);
  }

  @Mutation(() => CreatePayload, { description: 'Creates a network.' })
  @Requires('networks:manage')
  async createNetwork(
    @Args('input', { description: 'The network.' }) input: CreateNetworkInput,
    @DryRun() dryRun: boolean,
  ) {
    return payload('network', await this.networks.create(input, { dryRun }));
  }

  @Mutation(() => RemovePayload, { description: 'Removes a network that nothing is attached to.' })
  @Requires('networks:manage')
  async removeNetwork(
    @NetworkRef() ref: string,
    @EngineArg() engine: string | null | undefined,
    @Flag('detach', 'Take every container off first; put all back where the removal fails.') detach: boolean,
    @DryRun() dryRun: boolean,
    @IfMatch() ifMatch?: string | null,
  ) {
    const options = { detach, dryRun, ifMatch: ifMatch ?? undefined };
    return payload('network', await this.networks.remove(ref, engine, options));
  }

  @Mutation(() => PrunedNetworksModel, {
    description:
      'Removes networks of one host that nothing is attached to; stopped containers count as attached. Networks of a ' +
      "swarm, configuration-only ones and the engine's own stay.",
  })
  @Requires('networks:manage')
  pruneNetworks(
    @Args('input', { nullable: true, description: 'Which ones; all where absent.' }) input: PruneNetworksInput,
    @DryRun() dryRun: boolean,
  ): Promise<PrunedNetworksModel> {
    return this.networks.prune(input ?? {}, { dryRun });
  }

  @Subscription(() => NetworkModel, {
    description: 'The whole network each time that it or one of its attachments changes; ends when it is removed.',
    resolve: (network: Network) => network,
  })
  @Requires('networks:read')
  networkChanged(@NetworkRef() ref: string, @EngineArg() engine?: string | null): AsyncIterable<Network> {
    return this.networks.follow(ref, engine);
  }

  @Link('Network', 'own', () => String, { description: 'Entity tag of this state, for `ifMatch`.' })
  etag(@Parent() network: Network): string {
    return resourceTag(network);
  }

  @Link('Network', 'engines:read', () => [EngineModel], { description: 'Engines that show it.' })
  engines(@Parent() network: Network): readonly Engine[] {
    return network.engines.map((name) => this.inventory.engineOfPast(name));
  }

  @Link('Network', 'engines:read', () => EngineModel, { description: 'The first of the engines that show it.' })
  engine(@Parent() network: Network): Engine {
    return this.inventory.engineOfPast(network.engines[0] ?? '');
  }

  @Link('Network', 'networks:read', () => [AttachmentModel], { description: 'Its attachments, those of stopped containers included.' })
  attachments(@Parent() network: Network): readonly Attachment[] {
    return this.networks.attachmentsOf(network);
  }
}
