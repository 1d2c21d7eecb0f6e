import { startPrivateEngine as startEngine, type PrivateEngine, type PrivateEngineOptions } from '../../scripts/private-engine.ts';
import { isBehindProxy, putBehindProxy } from './socket-proxy.ts';

export { BUSYBOX_IMAGE } from '../../scripts/busybox-image.ts';
export { stopPrivateEngines } from '../../scripts/private-engine.ts';
export type { PrivateEngine, PrivateEngineOptions } from '../../scripts/private-engine.ts';

/** Behind the socket proxy where LAB_BEHIND_PROXY says so; only tests themselves use the engine's own socket then. */
export async function startPrivateEngine(options: PrivateEngineOptions = {}): Promise<PrivateEngine> {
  const engine = await startEngine(options);
  if (isBehindProxy()) await putBehindProxy(engine);
  return engine;
}
