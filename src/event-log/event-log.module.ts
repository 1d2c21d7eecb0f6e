import { Global, Module } from '@nestjs/common';
import { EngineJournals } from '../events/engine-journal.js';
import { EngineTellers } from '../inventory/command-traces.js';
import { EventLogRepository } from './event-log.repository.js';
import { EventLogService } from './event-log.service.js';
import { EventsController } from './events.controller.js';
import { EventsResolver } from './events.resolver.js';
import { JournalRepository } from './journal.repository.js';
import { JournalTimings } from './journal-timings.js';
import { LeasedJournals } from './leased-journals.js';
import { LogPruner } from './log-pruner.js';
import { LogTail } from './log-tail.js';
import { LogWriter } from './log-writer.js';
import { PruningRepository } from './pruning.repository.js';

/** Global for the port alone: whoever watches an engine writes its journal. */
@Global()
@Module({
  controllers: [EventsController],
  providers: [
    EventLogRepository,
    EventLogService,
    EventsResolver,
    JournalRepository,
    LeasedJournals,
    LogPruner,
    LogTail,
    LogWriter,
    PruningRepository,
    { provide: JournalTimings, useValue: new JournalTimings() },
    { provide: EngineJournals, useExisting: LeasedJournals },
    { provide: EngineTellers, useExisting: LeasedJournals },
  ],
  exports: [EngineJournals, EngineTellers, EventLogRepository, EventLogService, JournalRepository, LeasedJournals, LogTail, LogWriter],
})
export class EventLogModule {}
