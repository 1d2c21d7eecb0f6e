import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { answersPing } from '../../scripts/find-engine.mjs';
import { listProcesses } from '../../scripts/processes.ts';
import { startPrivatePodman, type PrivatePodman } from './private-podman.js';

/** The control groups of its containers, of which cgroup v1 has one for each controller. */
function controlGroups(ids: readonly string[]): string[] {
  const trees = ['', ...readdirSync('/sys/fs/cgroup')].map((tree) => join('/sys/fs/cgroup', tree, 'libpod_parent'));
  return trees.filter((tree) => existsSync(tree)).flatMap((tree) => readdirSync(tree).filter((group) => ids.some((id) => group.includes(id))));
}

function processesOf({ dir, netns }: PrivatePodman, ids: readonly string[]): string[] {
  return listProcesses()
    .filter(({ commandLine, cgroups }) => commandLine.includes(`${dir}/`) || ids.some((id) => cgroups.includes(id)))
    .map(({ commandLine }) => `${netns}: ${commandLine}`);
}

describe('a private Podman', () => {
  it('runs apart from another one, and leaves nothing behind, paused containers included', async () => {
    const podmans = await Promise.all([startPrivatePodman(), startPrivatePodman()]);
    const [one, two] = podmans;
    await one.docker('network', 'create', '--subnet', '10.82.0.0/24', 'only-on-one');
    expect(await two.docker('network', 'ls', '--format', '{{.Name}}')).not.toContain('only-on-one');
    const ids = [await one.docker('run', '--detach', '--network', 'only-on-one', 'fl-busybox', 'sleep', '3600')];
    ids.push(await two.docker('run', '--detach', 'fl-busybox', 'sleep', '3600'));
    await two.docker('pause', ids[1] ?? '');
    expect(await one.exec('ip', '-4', '-o', 'addr')).toContain('10.82.0.1/24');
    expect(processesOf(one, ids)).not.toEqual([]);
    expect(controlGroups(ids)).not.toEqual([]);

    await one.stop();
    expect(await answersPing({ socketPath: two.socketPath })).toBe(true);
    await two.stop();
    for (const podman of podmans) {
      expect(processesOf(podman, ids)).toEqual([]);
      expect([existsSync(podman.dir), existsSync(`/run/netns/${podman.netns}`)]).toEqual([false, false]);
    }
    expect(controlGroups(ids)).toEqual([]);
  });

  it('leaves nothing behind either where all its containers were removed before', async () => {
    const podman = await startPrivatePodman();
    await podman.docker('run', '--rm', 'fl-busybox', 'true');
    await podman.stop();
    expect([existsSync(podman.dir), processesOf(podman, [])]).toEqual([false, []]);
  });
});
