import { Parent, Resolver } from '@nestjs/graphql';
import { AttachmentModel } from '../faces/attachment.model.js';
import { ContainerModel } from '../faces/container.model.js';
import { NetworkModel } from '../faces/network.model.js';
import { ServiceModel, TaskModel } from '../faces/service.model.js';
import { SwarmModel, SwarmNodeModel } from '../faces/swarm.model.js';
import { Link } from '../graphql/link.decorator.js';
import type { Attachment } from '../resources/attachment.js';
import type { Container } from '../resources/container.js';
import type { Network } from '../resources/network.js';
import type { Service, Swarm, SwarmNode, Task } from '../resources/swarm.js';
import { ServicesService } from './services.service.js';

/** From networks to the services and tasks that are on them. */
@Resolver(() => NetworkModel)
export class NetworkLinksResolver {
  constructor(private readonly tasksAndServices: ServicesService) {}

  @Link('Network', 'containers:read', () => [ServiceModel], { description: 'Services with tasks on it; for the ingress network those that publish ports.' })
  services(@Parent() { id }: Network): readonly Service[] {
    return this.tasksAndServices.servicesOn(id);
  }

  @Link('Network', 'containers:read', () => [TaskModel], { description: 'Tasks on it, with those that have ended and are still remembered.' })
  tasks(@Parent() { id }: Network): readonly Task[] {
    return this.tasksAndServices.tasksOn(id);
  }
}

@Resolver(() => SwarmModel)
export class SwarmLinksResolver {
  constructor(private readonly tasksAndServices: ServicesService) {}

  @Link('Swarm', 'containers:read', () => [ServiceModel], { description: 'Its services.' })
  services(@Parent() { id }: Swarm): readonly Service[] {
    return this.tasksAndServices.servicesOfSwarm(id);
  }
}

@Resolver(() => ContainerModel)
export class ContainerLinksResolver {
  constructor(private readonly services: ServicesService) {}

  @Link('Container', 'containers:read', () => TaskModel, { nullable: true, description: 'The task whose container it is; null for any other.' })
  task(@Parent() { id }: Container): Task | null {
    return this.services.taskOf(id);
  }
}

@Resolver(() => AttachmentModel)
export class AttachmentLinksResolver {
  constructor(private readonly services: ServicesService) {}

  @Link('Attachment', 'containers:read', () => TaskModel, { nullable: true, description: 'The task whose place it is; null for any other container.' })
  task(@Parent() { containerId }: Attachment): Task | null {
    return this.services.taskOf(containerId);
  }
}

@Resolver(() => SwarmNodeModel)
export class NodeLinksResolver {
  constructor(private readonly services: ServicesService) {}

  @Link('SwarmNode', 'containers:read', () => [TaskModel], { description: 'Tasks on it, with those that have ended and are still remembered.' })
  tasks(@Parent() { id }: SwarmNode): readonly Task[] {
    return this.services.tasksOnNode(id);
  }
}
