import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';

/** Where a process lives: a pid means one process only within one boot of one machine and one namespace of pids. */
interface Home {
  readonly boot: string;
  readonly namespace: string;
}

const SEPARATOR = '/';

function home(): Home | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return { boot, namespace: readlinkSync('/proc/self/ns/pid').replace(/\D/g, '') };
  } catch {
    // Not Linux, or a /proc that tells nothing: then nobody is known to be dead.
    return undefined;
  }
}

/** When a process started, in ticks since the boot; undefined where none of this pid runs. */
function startOf(pid: number): string | undefined {
  try {
    // The name before it may hold spaces and parentheses (proc(5)).
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // One that has ended stays until its parent asks for it, which in containers may be never.
    return /[ZX]/.test(fields[0] ?? '') ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** A name for this process that no other will ever bear, by which others on the machine can tell whether it lives. */
export function processIdentity(): string {
  const { boot = '', namespace = '' } = home() ?? {};
  return [boot, namespace, process.pid, startOf(process.pid) ?? '', randomUUID()].join(SEPARATOR);
}

/** Whether the process of this name has ended; false where that cannot be known, as of one on another machine. */
export function isSurelyDead(identity: string): boolean {
  const [boot, namespace, pid, start] = identity.split(SEPARATOR);
  const here = home();
  if (here === undefined || !start || boot !== here.boot || namespace !== here.namespace) return false;
  return startOf(Number(pid)) !== start;
}
