// Sets up everything that the two commands would set up when they are needed.
import { installDebianPackages, installNpmPackages, requireRoot, runCommand, TEST_PACKAGES } from './setup.mjs';

await runCommand(async () => {
  requireRoot('the tests start real Docker Engines in network namespaces of their own');
  installDebianPackages(TEST_PACKAGES);
  installNpmPackages();
  return 0;
});
