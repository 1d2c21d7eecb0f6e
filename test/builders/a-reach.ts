import { reachOf } from '../../src/docker/engine-reach.js';

/** Of an engine on this machine, where nothing hangs on how it is reached. */
export const A_REACH = reachOf({ endpoint: 'unix:///run/engine.sock' }, 'settings');
