import { Module } from '@nestjs/common';
import { EventLogRepository } from './event-log.repository.js';
import { EventLogService } from './event-log.service.js';
import { EventsController } from './events.controller.js';
import { EventsResolver } from './events.resolver.js';
import { LogWriter } from './log-writer.js';

@Module({
  controllers: [EventsController],
  providers: [EventLogService, EventLogRepository, LogWriter, EventsResolver],
  exports: [EventLogRepository, LogWriter],
})
export class EventLogModule {}
