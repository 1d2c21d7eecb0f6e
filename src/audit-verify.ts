import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Logger } from '@nestjs/common';
import type { AuditHead } from './audit/audit-record.js';
import { checkChain, type Verdict } from './audit/chain-check.js';
import { ChainRepository } from './audit/chain.repository.js';
import { loadSettings } from './config/load-settings.js';
import { SettingsError, type DatabaseSettings, type Settings } from './config/settings.js';
import { Database } from './database/database.js';
import { DomainError } from './errors/domain.error.js';
import { SECRET_KEY, SecretBox } from './secrets/secret-box.js';

/** `EX_USAGE`, `EX_UNAVAILABLE` and `EX_CONFIG` of sysexits.h. */
const WRONG_USE = 64;
const NOT_NOW = 69;
const WRONG_SETTING = 78;

const USAGE = 'npm run audit:verify -- [--head] [--against <sequence>:<mac>] [--from <sequence>:<mac>]';

interface Wanted {
  /** Only the head is to be printed. */
  readonly head: boolean;
  readonly against: AuditHead | undefined;
  readonly from: AuditHead | undefined;
}

Logger.overrideLogger(false);
const wanted = readArguments();
process.exitCode = wanted === undefined ? fail(USAGE, WRONG_USE) : await verify(wanted);

/** Checks the chain of audit records in the database that the settings name; answers the exit code. */
async function verify(options: Wanted): Promise<number> {
  try {
    const settings = loadSettings();
    refuseMissing(settings);
    const database = new Database({ ...settings, database: toRead(settings.database) });
    try {
      await database.onModuleInit();
      return tell(await checkChain(new ChainRepository(database, new SecretBox(settings)), options), options);
    } finally {
      await database.onApplicationShutdown();
    }
  } catch (error) {
    if (error instanceof SettingsError) return fail(error.message, WRONG_SETTING);
    if (error instanceof DomainError) return fail(`Nothing was verified: ${error.detail}`, NOT_NOW);
    throw error;
  }
}

/** Copies that are kept as evidence cannot be written to. */
function toRead(database: DatabaseSettings): DatabaseSettings {
  return database.kind === 'sqlite' ? { ...database, mayOnlyRead: true } : database;
}

/** What is not there would be made. */
function refuseMissing({ database, secretKey, dataFolder }: Settings): void {
  if (database.kind === 'sqlite' && !existsSync(database.file)) {
    throw new SettingsError('FAIRLEAD_DATABASE_URL', `there is no ${database.file}`);
  }
  const file = join(dataFolder, SECRET_KEY.file);
  if (secretKey === null && !existsSync(file)) throw new SettingsError('FAIRLEAD_SECRET_KEY', `is not set, and there is no ${file}`);
}

function tell(verdict: Verdict, { head: headOnly, against }: Wanted): number {
  if (!verdict.isIntact) return fail(`Broken at row ${verdict.sequence}: ${verdict.problem}.`, 1);
  const { rows, from, head, isCompared } = verdict;
  const token = `${head.sequence}:${head.mac}`;
  const behind = from === 0 ? '' : ` after row ${from}`;
  const older = against === undefined || isCompared ? '' : ` Row ${against.sequence} is no longer there to be compared.`;
  process.stdout.write(headOnly ? `${token}\n` : `Intact: ${rows} rows${behind}.${older} Head ${token}\n`);
  return 0;
}

function readArguments(): Wanted | undefined {
  try {
    const { values } = parseArgs({
      options: { head: { type: 'boolean' }, against: { type: 'string' }, from: { type: 'string' } },
    });
    return { head: values.head ?? false, against: readHead(values.against), from: readHead(values.from) };
  } catch {
    return undefined;
  }
}

function readHead(text: string | undefined): AuditHead | undefined {
  if (text === undefined) return undefined;
  const { sequence, mac } = /^(?<sequence>\d{1,15}):(?<mac>\S*)$/.exec(text)?.groups ?? {};
  if (sequence === undefined || mac === undefined) throw new TypeError(text);
  return { sequence: Number(sequence), mac };
}

function fail(line: string, code: number): number {
  process.stderr.write(`${line}\n`);
  return code;
}
