// npm run bench: sets up what is missing, builds, and measures the service beside a real engine of its own.
// npm run bench -- --record also writes what was measured into docs/benchmarks.md; bench/options.ts has what else it takes.
import {
  build, ENGINE_PACKAGES, followPinned, installDebianPackages, installNpmPackages, requireRoot, runCommand,
} from './setup.mjs';

await runCommand(async () => {
  requireRoot('npm run bench starts a real Docker Engine in a network namespace of its own');
  installDebianPackages([...ENGINE_PACKAGES, 'postgresql']);
  installNpmPackages();
  build();
  return followPinned('bench/bench.ts', process.argv.slice(2), ['SIGINT', 'SIGTERM', 'SIGHUP']);
});
