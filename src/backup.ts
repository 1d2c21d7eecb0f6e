import { loadSettings } from './config/load-settings.js';
import { SettingsError } from './config/settings.js';
import { copyEmbedded, CopyError } from './database/embedded-copy.js';

/** `EX_USAGE` and `EX_CONFIG` of sysexits.h. */
const WRONG_USE = 64;
const WRONG_SETTING = 78;

process.exitCode = await backUp(process.argv.slice(2));

/** Copies the database that the settings name; answers the exit code. */
async function backUp([target, ...rest]: readonly string[]): Promise<number> {
  if (!target || target.startsWith('-') || rest.length > 0) {
    return fail('name one file for the copy: npm run backup -- <file>', WRONG_USE);
  }
  try {
    const { database } = loadSettings();
    if (database.kind === 'postgres') {
      return fail('this copies SQLite only; FAIRLEAD_DATABASE_URL names PostgreSQL: use pg_dump', WRONG_USE);
    }
    const bytes = await copyEmbedded(database.file, target);
    process.stdout.write(`Copied ${database.file} to ${target}: ${bytes} bytes, checked.\n`);
    return 0;
  } catch (error) {
    if (error instanceof SettingsError) return fail(error.message, WRONG_SETTING);
    if (error instanceof CopyError) return fail(`No copy was made: ${error.message}`, 1);
    throw error;
  }
}

function fail(line: string, code: number): number {
  process.stderr.write(`${line}\n`);
  return code;
}
