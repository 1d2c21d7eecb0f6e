import { Parent, Resolver } from '@nestjs/graphql';
import { EngineModel } from '../faces/engine.model.js';
import { SwarmModel, SwarmNodeModel } from '../faces/swarm.model.js';
import { Link } from '../graphql/link.decorator.js';
import type { Engine } from '../resources/engine.js';
import type { Swarm, SwarmNode } from '../resources/swarm.js';
import { SwarmsService } from './swarms.service.js';

/** From an engine to its place in a swarm. */
@Resolver(() => EngineModel)
export class EngineLinksResolver {
  constructor(private readonly swarms: SwarmsService) {}

  @Link('Engine', 'engines:read', () => SwarmModel, { nullable: true, description: 'Its swarm; null in none, or where none of its managers is known.' })
  swarm(@Parent() { name }: Engine): Swarm | null {
    return this.swarms.swarmOf(name);
  }

  @Link('Engine', 'engines:read', () => SwarmNodeModel, { nullable: true, description: 'The node that it is in its swarm.' })
  swarmNode(@Parent() { name }: Engine): SwarmNode | null {
    return this.swarms.nodeOf(name);
  }
}
