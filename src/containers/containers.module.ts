import { Module } from '@nestjs/common';
import { ContainerAttempts } from './container.attempts.js';
import { ContainerCreation } from './container.creation.js';
import { ContainerLifecycle } from './container.lifecycle.js';
import { ContainersController } from './containers.controller.js';
import { ContainersResolver } from './containers.resolver.js';
import { ContainersService } from './containers.service.js';

@Module({
  controllers: [ContainersController],
  providers: [ContainersService, ContainerAttempts, ContainerCreation, ContainerLifecycle, ContainersResolver],
  exports: [ContainersService],
})
export class ContainersModule {}
