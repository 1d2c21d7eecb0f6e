import { Args, Mutation, Parent, Query, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/access.decorators.js';
import type { Caller } from '../auth/caller.js';
import { CurrentCaller } from '../auth/current-caller.decorator.js';
import { ServiceModel, TaskModel } from '../faces/service.model.js';
import { SwarmModel } from '../faces/swarm.model.js';
import { DryRun, IfMatch } from '../graphql/args.js';
import { connectionType, ConnectionOf } from '../graphql/connection.js';
import { Link } from '../graphql/link.decorator.js';
import { payload, payloadType } from '../graphql/payload.js';
import { NotesAttempts } from '../inventory/attempt.js';
import { resourceTag } from '../inventory/resource-tag.js';
import type { Service, Swarm, Task } from '../resources/swarm.js';
import { CreateServiceInput, UpdateServiceInput } from './service.inputs.js';
import { ServicesArgs } from './service.queries.js';
import { ServicesService } from './services.service.js';

const ServiceConnection = connectionType<Service>(ServiceModel, 'Service', 'services');
const CreatePayload = payloadType('CreateServicePayload', 'service', ServiceModel, 'The service that was created.');
const UpdatePayload = payloadType('UpdateServicePayload', 'service', ServiceModel, 'The service as it is now.');
const RemovePayload = payloadType('RemoveServicePayload', 'service', ServiceModel, 'The service as it last stood.');
const ServiceRef = () => Args('ref', { description: 'Id, name or unique id prefix of the service.' });

@Resolver(() => ServiceModel)
@NotesAttempts()
export class ServicesResolver {
  constructor(private readonly services: ServicesService) {}

  @Query(() => ServiceConnection, { name: 'services', description: 'Services of all swarms, by name.' })
  @Requires('containers:read')
  list(@Args() { first, after, orderBy, filter }: ServicesArgs): ConnectionOf<Service> {
    const request = { limit: first, cursor: after ?? undefined, sort: orderBy ?? undefined };
    return new ConnectionOf(this.services.list(filter ?? {}, request));
  }

  @Query(() => ServiceModel, { name: 'service', description: 'A service. Fails with SERVICE_NOT_FOUND.' })
  @Requires('containers:read')
  get(@ServiceRef() ref: string): Service {
    return this.services.get(ref);
  }

  @Mutation(() => CreatePayload, {
    description:
      'Creates a service; its tasks are on their way when it is answered. Networks ask for the scope networks:use as well, an image that the manager lacks for images:pull.',
  })
  @Requires('containers:manage')
  async createService(
    @Args('input', { description: 'The service.' }) input: CreateServiceInput,
    @DryRun() dryRun: boolean,
    @CurrentCaller() caller: Caller,
  ) {
    return payload('service', await this.services.create(input, { caller, dryRun }));
  }

  @Mutation(() => UpdatePayload, {
    description:
      'Changes a service: what is absent stays, null clears. Networks ask for the scope networks:use as well, an image that the manager lacks for images:pull, ' +
      'another image or command of tasks in the network of the host for containers:host-network; with mounts of the host, capabilities or privileges it is refused.',
  })
  @Requires('containers:manage')
  async updateService(
    @ServiceRef() ref: string,
    @Args('input', { description: 'What to change.' }) input: UpdateServiceInput,
    @DryRun() dryRun: boolean,
    @CurrentCaller() caller: Caller,
    @IfMatch() ifMatch?: string | null,
  ) {
    return payload('service', await this.services.update(ref, input, { caller, dryRun, ifMatch: ifMatch ?? undefined }));
  }

  @Mutation(() => RemovePayload, { description: 'Removes a service with all its tasks.' })
  @Requires('containers:manage')
  async removeService(@ServiceRef() ref: string, @DryRun() dryRun: boolean, @IfMatch() ifMatch?: string | null) {
    return payload('service', await this.services.remove(ref, { dryRun, ifMatch: ifMatch ?? undefined }));
  }

  @Link('Service', 'own', () => String, { description: 'Entity tag of this state, for `ifMatch`.' })
  etag(@Parent() service: Service): string {
    return resourceTag(service);
  }

  @Link('Service', 'engines:read', () => SwarmModel, { nullable: true, description: 'The swarm that it is in.' })
  swarm(@Parent() { swarmId }: Service): Swarm | null {
    return this.services.swarmOf(swarmId);
  }

  @Link('Service', 'containers:read', () => [TaskModel], { description: 'Its tasks, with those that have ended and are still remembered.' })
  tasks(@Parent() { id }: Service): readonly Task[] {
    return this.services.tasksOf(id);
  }
}
