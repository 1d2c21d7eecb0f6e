import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { SYSTEM_PATH } from '../../scripts/lab.ts';

export interface BackupOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built `backup` in a process of its own. */
export function runBackup(databaseUrl: string, ...args: readonly string[]): Promise<BackupOutcome> {
  const script = join(import.meta.dirname, '../../dist/backup.js');
  const env = { PATH: SYSTEM_PATH, FAIRLEAD_DATABASE_URL: databaseUrl };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [script, ...args], { env }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
  });
}
