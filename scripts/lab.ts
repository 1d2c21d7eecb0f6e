import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { killAll, startTimeOf } from './processes.ts';

/**
 * The lab is the folder that all private servers of all runs live in: engines, and the databases of tests. A run is
 * one process; its folder bears the process's pid and start time, so anybody can tell whether the owner still lives,
 * with no lock and no race.
 */
export const LAB_ROOT = '/var/lib/fairlead-lab';

/** Debian's tools only: another Docker in /usr/local is none of our business. */
export const SYSTEM_PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

const PODMAN_CONTAINERS = 'root/vfs-containers';

export function ownRunFolder(root = LAB_ROOT): string {
  const folder = join(root, `${process.pid}-${startTimeOf(process.pid)}`);
  if (!existsSync(folder)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (process.env.LAB_IN_MEMORY === 'yes' && hasMemoryToSpare()) {
      run('mount', ['-t', 'tmpfs', '-o', 'mode=0700', 'fairlead-lab', folder]);
    }
    writeFileSync(join(folder, 'guardian.pid'), String(startGuardian(folder)));
    process.on('exit', () => wipeRun(folder));
  }
  return folder;
}

/** Engines write to disk at each change and wait for it, which tests need not. */
function hasMemoryToSpare(): boolean {
  const [, kilobytes] = /^MemAvailable: +(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8')) ?? [];
  return Number(kilobytes) > 8 * 1024 ** 2;
}

/**
 * Outlives this process and sweeps after it. However a process ends, its end of the pipe closes; exit handlers, in
 * contrast, do not run when a test worker is killed.
 */
function startGuardian(folder: string): number | undefined {
  const script = join(import.meta.dirname, 'guardian.ts');
  const guardian = spawn('sh', ['-c', 'cat > /dev/null; exec "$0" "$1" "$2"', process.execPath, script, folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  guardian.unref();
  (guardian.stdin as Socket | null)?.unref();
  return guardian.pid;
}

/** Removes what runs left behind whose owner is gone; answers the folders that it removed. */
export function sweepLab(root = LAB_ROOT): string[] {
  const abandoned = entriesOf(root).filter(isAbandoned).map((entry) => join(root, entry));
  const failures: unknown[] = [];
  for (const folder of abandoned) {
    try {
      sweepRun(folder);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `not all of ${root} could be swept`);
  return abandoned;
}

/** Removes one run, unless its owner lives. */
export function sweepRun(folder: string): void {
  if (isAbandoned(basename(folder))) wipeRun(folder);
}

/** Ends and removes what it can, whatever one of the servers may do. */
function wipeRun(folder: string): void {
  const failures: unknown[] = [];
  for (const entry of entriesOf(folder)) {
    try {
      wipeServer(join(folder, entry));
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `not everything in ${folder} could be ended`);
  unmount(isAt(folder));
  removeFolder(folder);
}

function isAbandoned(entry: string): boolean {
  const [, pid, startTime] = /^(\d+)-(\d+)$/.exec(entry) ?? [];
  return pid !== undefined && startTimeOf(Number(pid)) !== startTime;
}

/** `/lab/<run>/<engine>` -> the name of the engine's network namespace, which holds both parts. */
export function namespaceOf(engineFolder: string): string {
  return `fairlead-${engineFolder.split('/').slice(-2).join('-')}`;
}

/** The control group that all containers of the engine run in. */
export function cgroupOf(engineFolder: string): string {
  return `/fairlead-lab/${engineFolder.split('/').slice(-2).join('-')}`;
}

/**
 * Ends everything that belongs to one server and leaves nothing of it. Blocks, so that an exit handler can use it. What
 * only engines have (a namespace, control groups, mounts) others lack.
 */
export function wipeServer(folder: string): void {
  const namespace = namespaceOf(folder);
  const inode = namespaceInode(namespace);
  const cgroup = cgroupOf(folder);
  const ofPodman = podmanCgroups(folder);
  thawContainers(cgroup);
  for (const container of ofPodman) thaw(container);
  killAll((process) =>
    process.commandLine.includes(`${folder}/`)
    || process.networkNamespace === inode
    || process.cgroups.split('\n').some((line) =>
      line.includes(`${cgroup}/`) || ofPodman.some((container) => line.endsWith(container))));
  removeShimSockets(folder);
  unmount(isUnder(folder));
  if (inode !== undefined) {
    runUnlessDone('ip', ['netns', 'delete', namespace], () => namespaceInode(namespace) === undefined);
  }
  for (const container of ofPodman) removeCgroups(container);
  // Shared as well, and staying while another Podman's monitors are in it.
  if (existsSync(join(folder, PODMAN_CONTAINERS))) removeCgroups('/libpod_parent/conmon');
  removeCgroups(cgroup);
  removeFolder(folder);
}

/** Podman has one parent for the control groups of all containers of the machine; each is named by its container. */
function podmanCgroups(folder: string): string[] {
  return entriesOf(join(folder, PODMAN_CONTAINERS))
    .filter((entry) => /^[0-9a-f]{64}$/.test(entry))
    .map((id) => `/libpod_parent/libpod-${id}`);
}

/** Two runs may sweep the same leftovers at once: a step that the other one was faster at is no failure. */
function runUnlessDone(command: string, args: readonly string[], isDone: () => boolean): void {
  try {
    run(command, args);
  } catch (error) {
    if (!isDone()) throw error;
  }
}

function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

function entriesOf(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** A paused container is frozen, and on cgroup v1 what is frozen does not even die of SIGKILL. */
function thawContainers(cgroup: string): void {
  for (const container of entriesOf(join('/sys/fs/cgroup/freezer', cgroup))) thaw(join(cgroup, container));
}

function thaw(container: string): void {
  const state = join('/sys/fs/cgroup/freezer', container, 'freezer.state');
  if (existsSync(state)) writeFileSync(state, 'THAWED');
}

function namespaceInode(namespace: string): string | undefined {
  const path = `/run/netns/${namespace}`;
  return existsSync(path) ? `net:[${statSync(path).ino}]` : undefined;
}

/** containerd puts its shims' sockets in one folder for the whole machine and notes each one's place here. */
function removeShimSockets(folder: string): void {
  const tasks = join(folder, 'exec/containerd/daemon/io.containerd.runtime.v2.task/moby');
  for (const task of entriesOf(tasks)) {
    const note = join(tasks, task, 'address');
    if (existsSync(note)) rmSync(readFileSync(note, 'utf8').trim().replace('unix://', ''), { force: true });
  }
}

function unmount(isMeant: (mountPoint: string) => boolean): void {
  for (const mountPoint of mountPoints().filter(isMeant).reverse()) {
    runUnlessDone('umount', ['--lazy', mountPoint], () => !mountPoints().includes(mountPoint));
  }
}

const isAt = (folder: string) => (mountPoint: string): boolean => mountPoint === folder;
const isUnder = (folder: string) => (mountPoint: string): boolean => mountPoint.startsWith(`${folder}/`);

function mountPoints(): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8').split('\n').map((line) => line.split(' ')[4] ?? '');
}

/** One tree per controller on cgroup v1, a single one on v2. */
function removeCgroups(cgroup: string): void {
  const trees = existsSync('/sys/fs/cgroup/cgroup.controllers')
    ? ['/sys/fs/cgroup']
    : readdirSync('/sys/fs/cgroup').map((controller) => join('/sys/fs/cgroup', controller));
  for (const tree of trees) {
    removeCgroupTree(join(tree, cgroup));
    removeCgroup(dirname(join(tree, cgroup)));
  }
}

function removeCgroupTree(path: string): void {
  if (!existsSync(path)) return;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) removeCgroupTree(join(path, entry.name));
  }
  removeCgroup(path);
}

/** The parent is shared by all engines and stays while one is in it. */
function removeCgroup(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (!['ENOENT', 'EBUSY', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

export function run(command: string, args: readonly string[]): string {
  return execFileSync(command, args, {
    encoding: 'utf8',
    env: { PATH: SYSTEM_PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
