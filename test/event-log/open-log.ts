import { Database } from '../../src/database/database.js';
import type { DatabaseSettings } from '../../src/config/settings.js';
import type { JournalEntry } from '../../src/events/engine-journal.js';
import { SEEN_BY, type EventType, type Labels, type ObservedChange } from '../../src/events/event.js';
import { EventLogRepository } from '../../src/event-log/event-log.repository.js';
import { EventLogService } from '../../src/event-log/event-log.service.js';
import { asSeenBy } from '../../src/sight/current-sight.js';
import { Sight } from '../../src/sight/sight.js';
import { JournalRepository } from '../../src/event-log/journal.repository.js';
import { JournalTimings } from '../../src/event-log/journal-timings.js';
import { LeasedJournals } from '../../src/event-log/leased-journals.js';
import { LogTail } from '../../src/event-log/log-tail.js';
import { LogWriter } from '../../src/event-log/log-writer.js';
import { PruningRepository } from '../../src/event-log/pruning.repository.js';
import { Inventory } from '../../src/inventory/inventory.js';
import { VisibleInventory } from '../../src/inventory/visible-inventory.js';
import { aDatabaseSettings } from '../database/database-settings.js';

/** As it is where a request of somebody with this sight is answered. */
class AskedService extends EventLogService {
  constructor(
    private readonly sight: Sight,
    ...parts: ConstructorParameters<typeof EventLogService>
  ) {
    super(...parts);
  }

  override read(...args: Parameters<EventLogService['read']>): ReturnType<EventLogService['read']> {
    return asSeenBy(this.sight, () => super.read(...args));
  }

  override follow(...args: Parameters<EventLogService['follow']>): ReturnType<EventLogService['follow']> {
    return asSeenBy(this.sight, () => super.follow(...args));
  }
}

/** One process's part of the log, without the rest of the service. */
export async function openLog(place: DatabaseSettings, timings: Partial<JournalTimings> = {}) {
  const database = new Database(aDatabaseSettings(place));
  const repository = new EventLogRepository(database);
  const journalRepository = new JournalRepository(database);
  const tail = new LogTail(database, repository);
  const writer = new LogWriter(database, repository, journalRepository, tail);
  const serviceFor = (sight: Sight): EventLogService => new AskedService(sight, repository, tail, new VisibleInventory(new Inventory()));
  const service = serviceFor(Sight.EVERYTHING);
  const journals = new LeasedJournals(journalRepository, writer, tail, Object.assign(new JournalTimings(), timings));
  const pruning = new PruningRepository(database, journalRepository);
  await database.onModuleInit();
  await tail.onApplicationBootstrap();
  return {
    database, repository, journalRepository, tail, writer, service, serviceFor, journals, pruning,
    close: async () => {
      tail.beforeApplicationShutdown();
      await tail.onApplicationShutdown();
      await database.onApplicationShutdown();
    },
  };
}

export type OpenLog = Awaited<ReturnType<typeof openLog>>;

/** A change of a network on an engine that is called `local`. */
export function aChange(name: string, more: Partial<ObservedChange> & { labels?: Labels } = {}): ObservedChange {
  const { labels, ...rest } = more;
  return {
    [SEEN_BY]: { network: labels ?? null, container: null, others: null },
    type: 'network.created' satisfies EventType,
    engine: 'local',
    time: '2026-11-25T10:00:00.000000001Z',
    origin: 'engine',
    subject: { kind: 'network', id: `id-of-${name}`, name },
    network: null,
    container: null,
    attachment: null,
    stateExact: true,
    previous: null,
    gap: null,
    engineEvent: null,
    cause: null,
    ...rest,
  };
}

export function anEntry(more: Partial<JournalEntry> = {}): JournalEntry {
  return { changes: [], told: [], checkpoint: null, begins: false, ...more };
}
