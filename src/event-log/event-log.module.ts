import { Module } from '@nestjs/common';
import { EventLogService } from './event-log.service.js';
import { EventsController } from './events.controller.js';
import { EventsResolver } from './events.resolver.js';

@Module({ controllers: [EventsController], providers: [EventLogService, EventsResolver] })
export class EventLogModule {}
