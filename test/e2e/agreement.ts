import { join } from 'node:path';
import { expect } from 'vitest';
import { readDatabase } from '../../src/config/database-settings.js';
import type { DatabaseSettings } from '../../src/config/settings.js';
import { eventually } from '../support/eventually.js';
import { faultsOf } from '../support/log-faults.js';
import type { PrivateEngine } from '../support/private-engine.js';
import { ownFacts, readLog, replay, shownByRest, type KeptLog } from '../support/replay.js';
import type { ServiceProcess } from '../support/service-process.js';
import type { StartedApp } from '../support/start-app.js';
import { condensed, shownByDocker } from './docker-inventory.js';

/** A service, as far as its log is to be compared with what it shows. */
export interface LoggedService {
  readonly place: DatabaseSettings;
  readonly get: (path: string) => Promise<unknown>;
}

export function loggedApp({ http, dataFolder }: StartedApp): LoggedService {
  return {
    place: { kind: 'sqlite', file: join(dataFolder, 'fairlead.db') },
    get: async (path) => (await http.get(path)).body as unknown,
  };
}

export function loggedProcess(service: ServiceProcess): LoggedService {
  return {
    place: readDatabase({ FAIRLEAD_DATABASE_URL: service.databaseUrl }).database,
    get: async (path) => (await service.get(path)).body as unknown,
  };
}

/**
 * Waits until the log, replayed from its oldest kept snapshot, is what REST shows and what the docker client inspects,
 * and answers the log, which then breaks none of its promises.
 */
export async function untilLogAgrees({ place, get }: LoggedService, engine: PrivateEngine): Promise<KeptLog> {
  const kept = await eventually(
    async () => {
      const log = await readLog(place);
      const beginning = log.beginnings.get(engine.name);
      if (beginning === undefined) throw new Error(`nothing was told of ${engine.name}`);
      const replayed = replay(beginning);
      const [shown, inspected] = await Promise.all([shownByRest(get, engine.name), shownByDocker(engine)]);
      expect(ownFacts(replayed)).toEqual(ownFacts(shown));
      expect(condensed(replayed)).toEqual(inspected);
      return log;
    },
    { timeoutMs: 30_000, intervalMs: 200 },
  );
  expect(faultsOf(kept)).toEqual([]);
  return kept;
}

/** Each event as `type name`, with its origin where that is not the engine. */
export function steps({ events }: KeptLog): string[] {
  return events.map(({ type, subject, origin }) => `${type} ${subject.name}${origin === 'engine' ? '' : ` (${origin})`}`);
}
