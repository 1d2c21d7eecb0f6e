import { Args, Parent, Query, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/access.decorators.js';
import { ServiceModel, TaskModel } from '../faces/service.model.js';
import { connectionType, ConnectionOf } from '../graphql/connection.js';
import { Link } from '../graphql/link.decorator.js';
import { NotesAttempts } from '../inventory/attempt.js';
import { resourceTag } from '../inventory/resource-tag.js';
import type { Service, Task } from '../resources/swarm.js';
import { ServicesArgs } from './service.queries.js';
import { ServicesService } from './services.service.js';

const ServiceConnection = connectionType<Service>(ServiceModel, 'Service', 'services');
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

  @Link('Service', () => String, { description: 'Entity tag of this state, for `ifMatch`.' })
  etag(@Parent() service: Service): string {
    return resourceTag(service);
  }

  @Link('Service', () => [TaskModel], { description: 'Its tasks, with those that have ended and are still remembered.' })
  tasks(@Parent() { id }: Service): readonly Task[] {
    return this.services.tasksOf(id);
  }
}
