import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answersPing } from '../../scripts/find-engine.mjs';
import { cgroupOf, sweepLab } from '../../scripts/lab.ts';
import { listProcesses } from '../../scripts/processes.ts';
import { eventually } from './eventually.js';
import { startPrivateEngine } from './private-engine.js';

describe('a private engine', () => {
  it('answers on its own socket, in its own network namespace, apart from another one', async () => {
    const [one, two] = await Promise.all([startPrivateEngine({ name: 'one' }), startPrivateEngine({ name: 'two' })]);
    await one.docker('network', 'create', '--subnet', '10.80.0.0/24', 'only-on-one');

    expect(await one.docker('network', 'ls', '--format', '{{.Name}}')).toContain('only-on-one');
    expect(await two.docker('network', 'ls', '--format', '{{.Name}}')).not.toContain('only-on-one');
    expect(await one.exec('ip', '-4', '-o', 'addr')).toContain('10.80.0.1/24');
    expect(await two.exec('ip', '-4', '-o', 'addr')).not.toContain('10.80.0.1/24');
    await Promise.all([one.stop(), two.stop()]);
  });

  it('runs containers of the busybox image and shows their published ports inside its namespace', async () => {
    const engine = await startPrivateEngine();
    await engine.docker('run', '--detach', '--publish', '8080:80', 'fl-busybox', 'sh', '-c',
      'echo hello > /tmp/index.html; httpd -f -h /tmp');

    const page = await eventually(() => engine.exec('busybox', 'wget', '-qO-', 'http://127.0.0.1:8080/'));

    expect(page).toBe('hello');
    await engine.stop();
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)('keeps networks and containers over a restart by %s', async (signal) => {
    const engine = await startPrivateEngine();
    await engine.docker('network', 'create', '--subnet', '10.81.0.0/24', 'kept');
    await engine.docker('run', '--detach', '--name', 'survivor', '--network', 'kept', 'fl-busybox', 'sleep', '3600');
    const firstPid = engine.pid;

    await engine.restart({ signal });

    expect(engine.pid).not.toBe(firstPid);
    expect(await engine.docker('network', 'inspect', '--format', '{{(index .IPAM.Config 0).Subnet}}', 'kept'))
      .toBe('10.81.0.0/24');
    expect(await engine.docker('start', 'survivor')).toBe('survivor');
    await engine.stop();
  });

  it('hangs while it is frozen and answers again after thawing', async () => {
    const engine = await startPrivateEngine();
    engine.freeze();
    expect(await answersPing({ socketPath: engine.socketPath }, 300)).toBe(false);
    engine.thaw();
    expect(await answersPing({ socketPath: engine.socketPath }, 5_000)).toBe(true);
    await engine.stop();
  });

  it('hands out networks from the address pool it was given', async () => {
    const engine = await startPrivateEngine({ addressPool: 'base=10.0.0.0/8,size=24' });
    await engine.docker('network', 'create', 'pooled');
    expect(await engine.docker('network', 'inspect', '--format', '{{(index .IPAM.Config 0).Subnet}}', 'pooled'))
      .toMatch(/^10\.\d+\.\d+\.0\/24$/);
    await engine.stop();
  });

  it('says what the docker client said when a command fails', async () => {
    const engine = await startPrivateEngine();
    await expect(engine.docker('network', 'rm', 'nowhere')).rejects.toThrow(/no such network: nowhere/i);
    await engine.stop();
  });

  it('leaves nothing behind after stop, running and paused containers included', async () => {
    const engine = await startPrivateEngine();
    await engine.docker('run', '--detach', 'fl-busybox', 'sleep', '3600');
    await engine.docker('pause', await engine.docker('run', '--detach', 'fl-busybox', 'sleep', '3600'));
    expect(tracesOf(engine)).not.toEqual([]);
    await engine.stop();
    expect(tracesOf(engine)).toEqual([]);
  });
});

describe('the sweep', () => {
  let labRoot: string;
  let owner: ChildProcess;
  let engine: Place;

  beforeEach(async () => {
    labRoot = mkdtempSync('/var/lib/fl-lab-test-');
    owner = spawn(process.execPath, [join(import.meta.dirname, 'engine-owner.ts'), labRoot], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    engine = await firstLineOf(owner);
  });

  afterEach(() => {
    owner.kill('SIGKILL');
    sweepLab(labRoot);
    rmSync(labRoot, { recursive: true, force: true });
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('follows a run that ends by %s at once', async (signal) => {
    owner.kill(signal);
    await eventually(() => expect(tracesOf(engine)).toEqual([]));
    await eventually(() => expect(readdirSync(labRoot)).toEqual([]));
  });

  it('of the next run removes what a killed run left behind, and nothing of one that lives', async () => {
    expect(sweepLab(labRoot)).toEqual([]);
    expect(await answersPing({ socketPath: join(engine.dir, 'docker.sock') })).toBe(true);

    process.kill(Number(readFileSync(join(engine.dir, '../guardian.pid'), 'utf8')), 'SIGKILL');
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    expect(tracesOf(engine)).not.toEqual([]);

    expect(sweepLab(labRoot)).toHaveLength(1);
    expect(tracesOf(engine)).toEqual([]);
    expect(readdirSync(labRoot)).toEqual([]);
  });
});

interface Place {
  readonly dir: string;
  readonly netns: string;
}

/** Whatever of the engine can still be found on the machine. */
function tracesOf({ dir, netns }: Place): string[] {
  const processes = listProcesses()
    .filter((process) => process.commandLine.includes(`${dir}/`) || process.cgroups.includes(`${cgroupOf(dir)}/`))
    .map((process) => process.commandLine);
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n').filter((line) => line.includes(dir));
  const paths = [dir, `/run/netns/${netns}`, ...cgroupFolders(dir)].filter((path) => existsSync(path));
  return [...processes, ...mounts, ...paths];
}

function cgroupFolders(dir: string): string[] {
  return ['.', ...readdirSync('/sys/fs/cgroup')].map((tree) => join('/sys/fs/cgroup', tree, cgroupOf(dir)));
}

async function firstLineOf(child: ChildProcess): Promise<Place> {
  if (child.stdout === null) throw new Error('the owner has no output');
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line) as Place;
  throw new Error('the owner ended before its engine was ready');
}
