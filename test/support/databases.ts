import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSettings } from '../../src/config/settings.js';
import { startPrivatePostgres, type PrivatePostgres } from './private-postgres.js';

/** An empty database of one's own. */
export interface TestDatabase {
  readonly settings: DatabaseSettings;
  /** Removes it. The server of PostgreSQL serves all test files of a process. */
  drop(): void;
}

let server: Promise<PrivatePostgres> | undefined;
let made = 0;

function embedded(): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-database-'));
  const settings = { kind: 'sqlite', file: join(folder, 'fairlead.db') } as const;
  return Promise.resolve({ settings, drop: () => rmSync(folder, { recursive: true, force: true }) });
}

async function postgres(): Promise<TestDatabase> {
  server ??= startPrivatePostgres({ name: 'databases', outlivesFile: true });
  made += 1;
  const url = await (await server).createDatabase(`test${made}`);
  return { settings: { kind: 'postgres', url }, drop: () => undefined };
}

/** For `describe.each`: what holds on one database is to hold on the other. */
export const DATABASES: readonly (readonly [string, () => Promise<TestDatabase>])[] = [
  ['SQLite', embedded],
  ['PostgreSQL', postgres],
];
