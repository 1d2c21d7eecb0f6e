import { readFileSync } from 'node:fs';
import { arch, cpus, loadavg, release, totalmem } from 'node:os';
import type { PrivateEngine } from '../scripts/private-engine.ts';

/** Processes that wanted a CPU before the benchmark began (average of a minute). */
const loadBefore = loadavg()[0] ?? 0;

export function versionOf(engine: PrivateEngine): Promise<string> {
  return engine.docker('version', '--format', '{{.Server.Version}} (API {{.Server.APIVersion}})');
}

/** Where and when it was measured, and with what, as Markdown. */
export function conditions(engineVersion: string, ...more: readonly string[]): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  const load = (loadavg()[0] ?? 0).toFixed(1);
  return [
    `- ${new Date().toISOString().slice(0, 10)}; ${cpus().length} CPUs (${cpu?.model.trim() ?? 'unknown'}, ${arch()}), ${memory} GB`,
    `- ${distribution()}, kernel ${release()}, Node ${process.versions.node}, Docker Engine ${engineVersion}`,
    ...more.map((line) => `- ${line}`),
    `- load average of the machine before: ${loadBefore.toFixed(1)}, at the end (the benchmark itself included): ${load}`,
  ].join('\n');
}

function distribution(): string {
  return /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'Linux';
}
