import { afterAll } from 'vitest';
import { stopPrivateEngines } from './private-engine.js';

/** A test file that forgets an engine, or fails before it stops it, leaves none behind. */
afterAll(stopPrivateEngines);
