import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './lab.ts';

export const BUSYBOX_IMAGE = 'fl-busybox';

/**
 * An image archive for `docker load`, made from Debian's static busybox: bin/busybox and a link for each applet.
 * Its stop signal is SIGKILL (`docker import` cannot set that): a shell or sleep as first process ignores SIGTERM,
 * and every stop, restart and engine shutdown would take 10 s.
 */
export function busyboxImageArchive(folder: string): string {
  const archive = join(folder, `${BUSYBOX_IMAGE}.tar`);
  if (existsSync(archive)) return archive;
  const tree = join(folder, 'busybox');
  for (const directory of ['bin', 'tmp', 'etc', 'root']) mkdirSync(join(tree, directory), { recursive: true });
  run('cp', ['/bin/busybox', join(tree, 'bin/busybox')]);
  for (const applet of run('/bin/busybox', ['--list']).trim().split('\n')) {
    if (applet !== 'busybox') symlinkSync('busybox', join(tree, 'bin', applet));
  }
  run('tar', ['--create', '--file', join(folder, 'layer.tar'), '--directory', tree, '.']);
  writeDescription(folder);
  run('tar', ['--create', '--file', `${archive}.part`, '--directory', folder, 'manifest.json', 'config.json', 'layer.tar']);
  renameSync(`${archive}.part`, archive);
  return archive;
}

function writeDescription(folder: string): void {
  const layerDigest = createHash('sha256').update(readFileSync(join(folder, 'layer.tar'))).digest('hex');
  const architecture = { x64: 'amd64', arm64: 'arm64' }[process.arch as string] ?? process.arch;
  writeFileSync(join(folder, 'config.json'), JSON.stringify({
    architecture,
    os: 'linux',
    created: '2026-01-01T00:00:00Z',
    config: { Cmd: ['sh'], Env: ['PATH=/bin'], StopSignal: 'SIGKILL' },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layerDigest}`] },
    history: [{ created_by: 'busybox-static' }],
  }));
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify([
    { Config: 'config.json', RepoTags: [`${BUSYBOX_IMAGE}:latest`], Layers: ['layer.tar'] },
  ]));
}
