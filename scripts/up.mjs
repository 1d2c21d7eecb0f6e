// npm run up: sets up what is missing, finds an engine or starts a private one, and runs the service in the foreground.
import { findEngine } from './find-engine.mjs';
import {
  build, ENGINE_PACKAGES, followPinned, installDebianPackages, installNpmPackages, requireRoot, runCommand, say,
} from './setup.mjs';

await runCommand(async () => {
  const { answers, place } = await findEngine(process.env);
  if (!answers) {
    say(`no Docker Engine answers at ${place}: a private one will be started, apart from everything on this machine`);
    requireRoot('a private engine needs a network namespace of its own (or start an engine, or set DOCKER_HOST)');
    installDebianPackages(ENGINE_PACKAGES);
  }
  installNpmPackages();
  build();
  const args = answers ? [] : ['--private-engine'];
  return followPinned('scripts/run-service.ts', args, ['SIGINT', 'SIGTERM', 'SIGHUP']);
});
