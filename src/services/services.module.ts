import { Module } from '@nestjs/common';
import { ServicesController } from './services.controller.js';
import { ServicesResolver } from './services.resolver.js';
import { ServicesService } from './services.service.js';
import {
  AttachmentLinksResolver,
  ContainerLinksResolver,
  NetworkLinksResolver,
  NodeLinksResolver,
} from './task-links.resolver.js';
import { TasksController } from './tasks.controller.js';
import { TasksResolver } from './tasks.resolver.js';

@Module({
  controllers: [ServicesController, TasksController],
  providers: [
    ServicesService,
    ServicesResolver,
    TasksResolver,
    NetworkLinksResolver,
    ContainerLinksResolver,
    AttachmentLinksResolver,
    NodeLinksResolver,
  ],
})
export class ServicesModule {}
