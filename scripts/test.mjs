// npm test: sets up what is missing, builds, and runs every test (or those named: npm test -- test/foo.spec.ts).
import {
  build, followPinned, installDebianPackages, installNpmPackages, requireRoot, runCommand, TEST_PACKAGES,
} from './setup.mjs';

await runCommand(async () => {
  requireRoot('npm test starts real Docker Engines in network namespaces of their own');
  installDebianPackages(TEST_PACKAGES);
  installNpmPackages();
  build();
  // Its processes load much of the same code, and so does each run.
  process.env.NODE_COMPILE_CACHE ??= 'node_modules/.cache/compiled';
  return followPinned('node_modules/vitest/vitest.mjs', ['run', ...process.argv.slice(2)], ['SIGINT', 'SIGTERM']);
});
