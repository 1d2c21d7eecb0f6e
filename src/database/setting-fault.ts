import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import { SettingsError, type DatabaseSettings } from '../config/settings.js';
import { databaseDetail, databaseProblem } from './database.errors.js';

/** Denied, cannot be opened, no database: waiting mends none of them. */
const SQLITE_FAULTS: readonly number[] = [3, 14, 26];
/** A wrong login, no such database, no right to make tables. */
const POSTGRES_FAULT = /^(28|3D|42501)/;
const NO_SPACE = /^(ENOSPC|EDQUOT)$/;

/** The error of an operator who named a database that cannot be used; undefined where it may be usable in a while. */
export function settingFault(error: unknown, database: DatabaseSettings): SettingsError | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof SettingsError) return error;
  const { errcode, code = '', syscall } = error as Error & { errcode?: number; code?: string; syscall?: string };
  if (database.kind === 'postgres') {
    if (!POSTGRES_FAULT.test(code)) return undefined;
    return new SettingsError('FAIRLEAD_DATABASE_URL', databaseDetail(error));
  }
  const cannotMakeFolder = syscall === 'mkdir' && !NO_SPACE.test(code);
  const cannotOpen = errcode !== undefined && SQLITE_FAULTS.includes(errcode & 0xff) && !isOnReadOnlyDisk(database.file);
  if (!cannotMakeFolder && !cannotOpen) return undefined;
  const problem = cannotMakeFolder ? error.message : databaseProblem(error);
  return new SettingsError('FAIRLEAD_DATABASE_URL', `${database.file} cannot be used: ${problem}`);
}

/** A disk that failed is made read-only by the system; the setting is as good as it was. */
function isOnReadOnlyDisk(file: string): boolean {
  try {
    accessSync(dirname(file), constants.W_OK);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EROFS';
  }
}
