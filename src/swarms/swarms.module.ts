import { Module } from '@nestjs/common';
import { EngineLinksResolver } from './engine-links.resolver.js';
import { MembershipSteps } from './membership.steps.js';
import { MembershipTimings } from './membership.timings.js';
import { NodeCommands } from './node.commands.js';
import { NodeRemoval } from './node.removal.js';
import { NodesController } from './nodes.controller.js';
import { NodesResolver } from './nodes.resolver.js';
import { SwarmAttempts } from './swarm.attempts.js';
import { SwarmCommands } from './swarm.commands.js';
import { SwarmsController } from './swarms.controller.js';
import { SwarmsResolver } from './swarms.resolver.js';
import { SwarmsService } from './swarms.service.js';

@Module({
  controllers: [SwarmsController, NodesController],
  providers: [
    SwarmsService,
    SwarmAttempts,
    SwarmCommands,
    NodeCommands,
    NodeRemoval,
    MembershipSteps,
    MembershipTimings,
    SwarmsResolver,
    NodesResolver,
    EngineLinksResolver,
  ],
})
export class SwarmsModule {}
