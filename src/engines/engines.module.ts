import { Module } from '@nestjs/common';
import { EnginesController } from './engines.controller.js';
import { EnginesResolver } from './engines.resolver.js';
import { EnginesService } from './engines.service.js';

@Module({ controllers: [EnginesController], providers: [EnginesService, EnginesResolver] })
export class EnginesModule {}
