import { Args, Parent, Query, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/access.decorators.js';
import { ContainerModel } from '../faces/container.model.js';
import { EngineModel } from '../faces/engine.model.js';
import { ServiceModel, TaskModel } from '../faces/service.model.js';
import { SwarmNodeModel } from '../faces/swarm.model.js';
import { connectionType, ConnectionOf } from '../graphql/connection.js';
import { Link } from '../graphql/link.decorator.js';
import { resourceTag } from '../inventory/resource-tag.js';
import { VisibleInventory } from '../inventory/visible-inventory.js';
import type { Container } from '../resources/container.js';
import type { Engine } from '../resources/engine.js';
import type { Service, SwarmNode, Task } from '../resources/swarm.js';
import { TasksArgs } from './service.queries.js';
import { ServicesService } from './services.service.js';

const TaskConnection = connectionType<Task>(TaskModel, 'Task', 'tasks');

@Resolver(() => TaskModel)
export class TasksResolver {
  constructor(
    private readonly services: ServicesService,
    private readonly inventory: VisibleInventory,
  ) {}

  @Query(() => TaskConnection, { name: 'tasks', description: 'Tasks of all services, by name.' })
  @Requires('containers:read')
  list(@Args() { first, after, orderBy, filter }: TasksArgs): ConnectionOf<Task> {
    const request = { limit: first, cursor: after ?? undefined, sort: orderBy ?? undefined };
    return new ConnectionOf(this.services.listTasks(filter ?? {}, request));
  }

  @Query(() => TaskModel, { name: 'task', description: 'A task. Fails with TASK_NOT_FOUND.' })
  @Requires('containers:read')
  get(@Args('ref', { description: 'Id, name or unique id prefix of the task.' }) ref: string): Task {
    return this.services.getTask(ref);
  }

  @Link('Task', 'own', () => String, { description: 'Entity tag of this state.' })
  etag(@Parent() task: Task): string {
    return resourceTag(task);
  }

  @Link('Task', 'containers:read', () => ServiceModel, { nullable: true, description: 'The service; null where it is gone.' })
  service(@Parent() task: Task): Service | null {
    return this.services.serviceOf(task);
  }

  @Link('Task', 'engines:read', () => SwarmNodeModel, { nullable: true, description: 'The node; null while none has been found.' })
  node(@Parent() task: Task): SwarmNode | null {
    return this.services.nodeOf(task);
  }

  @Link('Task', 'engines:read', () => EngineModel, { nullable: true, description: 'The engine; null where it is none that is known here.' })
  engine(@Parent() { engine }: Task): Engine | null {
    return engine === null ? null : this.inventory.engine(engine);
  }

  @Link('Task', 'containers:read', () => ContainerModel, { nullable: true, description: 'Its container; null where it is gone or cannot be seen.' })
  container(@Parent() task: Task): Container | null {
    return this.services.containerOf(task);
  }
}
