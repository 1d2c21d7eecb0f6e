// npm run audit: known weaknesses of what is installed for production; those of low severity are told and pass.
// Registries exist that do not answer this. That is neither a pass nor a failure: exit code 75, `EX_TEMPFAIL` of
// sysexits.h, which CI tells beside its result.
import { spawnSync } from 'node:child_process';

const NOT_DONE = 75;
const PASSING = ['info', 'low', 'total'];

interface Report {
  readonly message?: string;
  readonly error?: { readonly summary?: string };
  readonly metadata?: { readonly vulnerabilities: Readonly<Record<string, number>> };
}

process.exitCode = audit();

function audit(): number {
  const { stdout, error } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
    encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 64 * 1024 * 1024, timeout: 60_000,
  });
  if (error) return notDone(error.message);
  const report = JSON.parse(stdout || '{}') as Report;
  if (!report.metadata) return notDone(reasonOf(report));
  const counts = Object.entries(report.metadata.vulnerabilities).filter(([, count]) => count > 0);
  process.stdout.write(`known weaknesses: ${counts.map(([severity, count]) => `${count} ${severity}`).join(', ') || 'none'}\n`);
  return counts.every(([severity]) => PASSING.includes(severity)) ? 0 : 1;
}

function notDone(reason: string): number {
  process.stderr.write(`the registry answers no audit: ${reason}\n`);
  return NOT_DONE;
}

/** Without the registry's address, which is the operator's own. */
function reasonOf({ message, error }: Report): string {
  return (message ?? error?.summary ?? 'no answer that npm understands').replace(/https?:\/\/\S+/g, 'its audit endpoint');
}
