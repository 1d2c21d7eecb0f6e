export { BUSYBOX_IMAGE } from '../../scripts/busybox-image.ts';
export { startPrivateEngine, stopPrivateEngines } from '../../scripts/private-engine.ts';
export type { PrivateEngine, PrivateEngineOptions } from '../../scripts/private-engine.ts';
