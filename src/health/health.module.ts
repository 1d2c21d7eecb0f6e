import { Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { ServiceState } from './service-state.js';

@Module({ controllers: [HealthController], providers: [ServiceState], exports: [ServiceState] })
export class HealthModule {}
