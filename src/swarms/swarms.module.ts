import { Module } from '@nestjs/common';
import { EngineLinksResolver } from './engine-links.resolver.js';
import { NodesController } from './nodes.controller.js';
import { NodesResolver } from './nodes.resolver.js';
import { SwarmsController } from './swarms.controller.js';
import { SwarmsResolver } from './swarms.resolver.js';
import { SwarmsService } from './swarms.service.js';

@Module({
  controllers: [SwarmsController, NodesController],
  providers: [SwarmsService, SwarmsResolver, NodesResolver, EngineLinksResolver],
})
export class SwarmsModule {}
