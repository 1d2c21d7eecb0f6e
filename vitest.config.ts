import { defineConfig } from 'vitest/config';
import ServersFirst from './test/support/servers-first.ts';

export default defineConfig({
  // One copy of graphql: vite would take its ES module for our files, while node_modules load its CommonJS one.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['test/**/*.spec.ts', 'src/**/*.spec.ts'],
    globalSetup: ['test/support/sweep-lab.ts'],
    setupFiles: ['reflect-metadata', 'test/support/around-each-file.ts'],
    env: { LAB_IN_MEMORY: 'yes' },
    pool: 'forks',
    // Files of one process share what they import, as they share the machine: loading it anew for each took 7 % of the time.
    isolate: false,
    // More than the cores that a small machine has: much of the time engines are waited for.
    maxWorkers: 4,
    sequence: { sequencer: ServersFirst },
    // Real engines: a start takes 1-2 s and up to 12 s after a crash, a container start half a second.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
    reporters: ['default', './test/support/summary-line.reporter.ts'],
  },
});
