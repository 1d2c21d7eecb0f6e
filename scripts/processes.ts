import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface Process {
  readonly pid: number;
  readonly commandLine: string;
  readonly cgroups: string;
  readonly networkNamespace: string;
}

const sleepCell = new Int32Array(new SharedArrayBuffer(4));

/** Blocks the thread: exit handlers cannot wait in any other way. */
export function blockFor(milliseconds: number): void {
  Atomics.wait(sleepCell, 0, 0, milliseconds);
}

/** Clock ticks between boot and the start of the process: tells it from a later one with the same pid. */
export function startTimeOf(pid: number): string | undefined {
  const stat = readOrEmpty(`/proc/${pid}/stat`);
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === undefined || state === '' || state === 'Z' ? undefined : fields[18];
}

/** Returns when every thread of the process stands still: some of them run on for a while after SIGSTOP. */
export function freezeProcess(pid: number, timeoutMs = 5_000): void {
  process.kill(pid, 'SIGSTOP');
  const deadline = Date.now() + timeoutMs;
  const isStill = (thread: string): boolean =>
    ['T', 'Z', 'X', undefined].includes(stateIn(readOrEmpty(`/proc/${pid}/task/${thread}/stat`)));
  while (!readdirSync(`/proc/${pid}/task`).every(isStill)) {
    if (Date.now() > deadline) throw new Error(`process ${pid} does not stand still`);
    blockFor(2);
  }
}

/** The field after the command's name, which may hold spaces and brackets itself. */
function stateIn(stat: string): string | undefined {
  return /\) ([A-Z]) [^)]*$/.exec(stat.trim())?.[1];
}

export function listProcesses(): Process[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((entry) => describeProcess(Number(entry)))
    .filter((process) => startTimeOf(process.pid) !== undefined);
}

/** Ends every process that `select` names, those that start meanwhile included, and waits until none is left. */
export function killAll(select: (process: Process) => boolean, timeoutMs = 10_000): void {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const victims = listProcesses().filter((process) => process.pid !== globalThis.process.pid && select(process));
    if (victims.length === 0) return;
    if (Date.now() > deadline) {
      throw new Error(`still running after SIGKILL: ${victims.map((v) => `${v.pid} ${v.commandLine}`).join('; ')}`);
    }
    for (const victim of victims) signal(victim.pid, 'SIGKILL');
    blockFor(10);
  }
}

/** Sends the signal, unless the process has ended meanwhile. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function describeProcess(pid: number): Process {
  return {
    pid,
    commandLine: readOrEmpty(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim(),
    cgroups: readOrEmpty(`/proc/${pid}/cgroup`),
    networkNamespace: linkOrEmpty(`/proc/${pid}/ns/net`),
  };
}

/** Empty when the process ended while it was looked at. */
function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isGone(error)) return '';
    throw error;
  }
}

function linkOrEmpty(path: string): string {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (isGone(error)) return '';
    throw error;
  }
}

function isGone(error: unknown): boolean {
  return ['ENOENT', 'ESRCH', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '');
}
