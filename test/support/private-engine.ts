import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownRunFolder } from '../../scripts/lab.ts';
import { startPrivateEngine as startEngine, type PrivateEngine, type PrivateEngineOptions } from '../../scripts/private-engine.ts';
import { isBehindProxy, putBehindProxy } from './socket-proxy.ts';

export { BUSYBOX_IMAGE } from '../../scripts/busybox-image.ts';
export { stopPrivateEngines } from '../../scripts/private-engine.ts';
export type { PrivateEngine, PrivateEngineOptions } from '../../scripts/private-engine.ts';

/** Behind the socket proxy where LAB_BEHIND_PROXY says so; only tests themselves use the engine's own socket then. */
export async function startPrivateEngine(options: PrivateEngineOptions = {}): Promise<PrivateEngine> {
  const daemonArgs = [...(options.daemonArgs ?? []), '--seccomp-profile', profileWithoutFilter(options.labRoot)];
  const engine = await startEngine({ ...options, daemonArgs });
  if (isBehindProxy()) await putBehindProxy(engine);
  return engine;
}

/** Of what it takes to start a container, making the usual filter of system calls is one thirteenth. The containers of tests are busybox. */
function profileWithoutFilter(labRoot?: string): string {
  const path = join(ownRunFolder(labRoot), 'seccomp.json');
  writeFileSync(path, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW' }));
  return path;
}
