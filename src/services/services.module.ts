import { Module } from '@nestjs/common';
import { ServiceAttempts } from './service.attempts.js';
import { ServiceCommands } from './service.commands.js';
import { ServicesController } from './services.controller.js';
import { ServicesResolver } from './services.resolver.js';
import { ServicesService } from './services.service.js';
import {
  AttachmentLinksResolver,
  ContainerLinksResolver,
  NetworkLinksResolver,
  NodeLinksResolver,
  SwarmLinksResolver,
} from './task-links.resolver.js';
import { TasksController } from './tasks.controller.js';
import { TasksResolver } from './tasks.resolver.js';

@Module({
  controllers: [ServicesController, TasksController],
  providers: [
    ServicesService,
    ServiceAttempts,
    ServiceCommands,
    ServicesResolver,
    TasksResolver,
    NetworkLinksResolver,
    ContainerLinksResolver,
    AttachmentLinksResolver,
    NodeLinksResolver,
    SwarmLinksResolver,
  ],
})
export class ServicesModule {}
