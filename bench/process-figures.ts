import { readFileSync } from 'node:fs';

/** Clock ticks of /proc/<pid>/stat; 100 per second on every Linux that Node supports. */
const MS_PER_TICK = 10;

/** Memory that the process holds now, in MB. */
export function residentMegabytes(pid: number): number {
  return statusKilobytes(pid, 'VmRSS') / 1024;
}

/** The most that it ever held, in MB. */
export function peakResidentMegabytes(pid: number): number {
  return statusKilobytes(pid, 'VmHWM') / 1024;
}

/** Time that all threads of the process have spent on a CPU so far, in user and in system mode. */
export function cpuMilliseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

function statusKilobytes(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const found = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  if (found === undefined) throw new Error(`process ${pid} shows no ${field}`);
  return Number(found);
}
