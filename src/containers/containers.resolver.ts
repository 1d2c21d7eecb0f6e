import { Args, Mutation, Parent, Query, Resolver, Subscription } from '@nestjs/graphql';
import { Requires } from '../auth/access.decorators.js';
import type { Caller } from '../auth/caller.js';
import { CurrentCaller } from '../auth/current-caller.decorator.js';
import { ContainerModel } from '../faces/container.model.js';
import { EngineModel } from '../faces/engine.model.js';
import { ContainerRef, DryRun, EngineArg } from '../graphql/args.js';
import { connectionType, ConnectionOf } from '../graphql/connection.js';
import { Link } from '../graphql/link.decorator.js';
import { payload, payloadType } from '../graphql/payload.js';
import { NotesAttempts } from '../inventory/attempt.js';
import { resourceTag } from '../inventory/resource-tag.js';
import { VisibleInventory } from '../inventory/visible-inventory.js';
import type { Container } from '../resources/container.js';
import type { Engine } from '../resources/engine.js';
import { CreateContainerInput } from './container.inputs.js';
import type { LifecycleVerb } from './container.lifecycle.js';
import { ContainersArgs, ContainerStepArgs, RemoveContainerArgs, StopContainerArgs } from './container.queries.js';
import { ContainersService } from './containers.service.js';

const ContainerConnection = connectionType<Container>(ContainerModel, 'Container', 'containers');
const ContainerPayload = payloadType('ContainerPayload', 'container', ContainerModel, 'The container as it is now.');
const CreatePayload = payloadType('CreateContainerPayload', 'container', ContainerModel, 'The container that was created.');
const RemovePayload = payloadType('RemoveContainerPayload', 'container', ContainerModel, 'The container as it last stood.');

@Resolver(() => ContainerModel)
@NotesAttempts()
export class ContainersResolver {
  constructor(
    private readonly containers: ContainersService,
    private readonly inventory: VisibleInventory,
  ) {}

  @Query(() => ContainerConnection, { name: 'containers', description: 'Containers of all engines, by name.' })
  @Requires('containers:read')
  list(@Args() { first, after, orderBy, filter }: ContainersArgs): ConnectionOf<Container> {
    const request = { limit: first, cursor: after ?? undefined, sort: orderBy ?? undefined };
    return new ConnectionOf(this.containers.list(filter ?? {}, request));
  }

  @Query(() => ContainerModel, { name: 'container', description: 'A container. Fails with CONTAINER_NOT_FOUND.' })
  @Requires('containers:read')
  get(@ContainerRef() ref: string, @EngineArg() engine?: string | null): Container {
    return this.containers.get(ref, engine);
  }

  @Mutation(() => CreatePayload, {
    description:
      'Creates a container on its networks and starts it, or does nothing. Networks ask for the scope networks:use as well, the network of the host for ' +
      'containers:host-network, and fetching an image that the engine lacks for images:pull.',
  })
  @Requires('containers:manage')
  async createContainer(
    @Args('input', { description: 'The container.' }) input: CreateContainerInput,
    @DryRun() dryRun: boolean,
    @CurrentCaller() caller: Caller,
  ) {
    return payload('container', await this.containers.create(input, caller, { dryRun }));
  }

  @Mutation(() => RemovePayload, { description: 'Removes a container.' })
  @Requires('containers:manage')
  async removeContainer(@Args() { ref, engine, ...options }: RemoveContainerArgs) {
    return payload('container', await this.containers.remove(ref, engine, options));
  }

  @Mutation(() => ContainerPayload, { description: 'Starts a container; nothing is done where it runs.' })
  @Requires('containers:manage')
  startContainer(@Args() args: ContainerStepArgs) {
    return this.step('start', args);
  }

  @Mutation(() => ContainerPayload, { description: 'Stops a container; its attachments stay configured.' })
  @Requires('containers:manage')
  stopContainer(@Args() args: StopContainerArgs) {
    return this.step('stop', args);
  }

  @Mutation(() => ContainerPayload, { description: 'Restarts a container. Dynamic addresses may change.' })
  @Requires('containers:manage')
  restartContainer(@Args() args: StopContainerArgs) {
    return this.step('restart', args);
  }

  @Mutation(() => ContainerPayload, { description: 'Freezes the processes of a container.' })
  @Requires('containers:manage')
  pauseContainer(@Args() args: ContainerStepArgs) {
    return this.step('pause', args);
  }

  @Mutation(() => ContainerPayload, { description: 'Lets the processes of a paused container go on.' })
  @Requires('containers:manage')
  unpauseContainer(@Args() args: ContainerStepArgs) {
    return this.step('unpause', args);
  }

  @Subscription(() => ContainerModel, {
    description: 'The whole container each time that it or one of its attachments changes; ends when it is removed.',
    resolve: (container: Container) => container,
  })
  @Requires('containers:read')
  containerChanged(@ContainerRef() ref: string, @EngineArg() engine?: string | null): AsyncIterable<Container> {
    return this.containers.follow(ref, engine);
  }

  @Link('Container', 'own', () => String, { description: 'Entity tag of this state, for `ifMatch`.' })
  etag(@Parent() container: Container): string {
    return resourceTag(container);
  }

  @Link('Container', 'engines:read', () => EngineModel, { description: 'The engine that it is on.' })
  engine(@Parent() container: Container): Engine {
    return this.inventory.engineOfPast(container.engine);
  }

  @Link('Container', 'containers:read', () => ContainerModel, {
    nullable: true,
    description:
      'In mode `container:<id>` the container whose network stack it lives in: the attachments of that one carry its ' +
      'traffic, it has none itself.',
  })
  sharesNetworkOf(@Parent() { engine, sharesNetworkOf }: Container): Container | null {
    return sharesNetworkOf === null ? null : (this.inventory.snapshot(engine).containerById.get(sharesNetworkOf) ?? null);
  }

  private async step(verb: LifecycleVerb, { ref, engine, ...options }: StopContainerArgs) {
    return payload('container', await this.containers.change(ref, engine, verb, options));
  }
}
