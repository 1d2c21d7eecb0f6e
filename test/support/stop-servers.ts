import { afterAll } from 'vitest';
import { stopPrivateEngines } from './private-engine.js';
import { endForgotten } from './forgotten.js';

/** A test file that forgets a server, or fails before it stops it, leaves none behind. */
afterAll(async () => {
  await endForgotten();
  stopPrivateEngines();
});
