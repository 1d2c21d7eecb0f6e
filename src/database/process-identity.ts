import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync, statSync } from 'node:fs';

/**
 * Where process ids are comparable: the running kernel and the pid namespace. A namespace that is gone may leave its
 * number to another one, but with it all its processes are gone too.
 */
const place = findPlace();

/** A text that names this process among all that there ever were, and what it does under this name. */
export function newProcessIdentity(): string {
  const { bootId, namespace } = place ?? { bootId: '-', namespace: '-' };
  const startTime = place === undefined ? '-' : (readStat(process.pid)?.startTime ?? '-');
  return [bootId, namespace, process.pid, startTime, randomBytes(8).toString('hex')].join(':');
}

/** True only where the process would be seen if it lived: nothing is said of other hosts and containers. */
export function isSurelyDead(identity: string): boolean {
  const [bootId, namespace, pidText = '', startTime] = identity.split(':');
  if (place === undefined || bootId !== place.bootId || namespace !== place.namespace) return false;
  const pid = Number(pidText);
  if (!Number.isSafeInteger(pid) || pid < 1 || startTime === undefined || startTime === '-') return false;
  if (!hasProcess(pid)) return true;
  const stat = readStat(pid);
  // Its parent may take its time to notice that it has ended.
  return stat !== undefined && (stat.startTime !== startTime || stat.state === 'Z' || stat.state === 'X');
}

function findPlace(): { readonly bootId: string; readonly namespace: string } | undefined {
  try {
    // A /proc of another namespace shows other processes than those that signals reach.
    if (readlinkSync('/proc/self') !== String(process.pid)) return undefined;
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return { bootId, namespace: String(statSync('/proc/self/ns/pid').ino) };
  } catch {
    // Another system than Linux: there only heartbeats tell.
    return undefined;
  }
}

/** /proc may hide the processes of other users; a signal tells that they are there. */
function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function readStat(pid: number): { readonly state: string; readonly startTime: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the command in brackets, which may hold anything; the state is the third, the start the 22nd.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state, startTime] = [fields[0], fields[19]];
    return state === undefined || startTime === undefined ? undefined : { state, startTime };
  } catch {
    return undefined;
  }
}
