import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { ownRunFolder } from '../../scripts/lab.ts';
import { endForgotten } from './forgotten.js';
import { stopPrivateEngines } from './private-engine.js';

/** What tests write down for a while is in memory, where there is enough of it, and is swept with the rest of the run. */
process.env.TMPDIR = join(ownRunFolder(), 'tmp');
mkdirSync(process.env.TMPDIR, { recursive: true });

/** A test file that forgets a server, or fails before it stops it, leaves none behind. */
afterAll(async () => {
  await endForgotten();
  stopPrivateEngines();
});
