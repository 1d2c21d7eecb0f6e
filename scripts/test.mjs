// npm test: sets up what is missing, builds, and runs every test (or those named: npm test -- test/foo.spec.ts).
import {
  build, followPinned, installDebianPackages, installNpmPackages, requireRoot, runCommand, TEST_PACKAGES,
} from './setup.mjs';

await runCommand(async () => {
  requireRoot('npm test starts real Docker Engines in network namespaces of their own');
  installDebianPackages(TEST_PACKAGES);
  installNpmPackages();
  build();
  // Every test file is a process of its own, and loads much of the same code.
  process.env.NODE_COMPILE_CACHE ??= 'node_modules/.cache/compiled';
  return followPinned('node_modules/vitest/vitest.mjs', ['run', ...process.argv.slice(2)], ['SIGINT', 'SIGTERM']);
});
