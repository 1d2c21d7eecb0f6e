import { startPrivateEngine } from './private-engine.ts';

/** A run of its own, for tests of what happens to its engine when it ends: prints where the engine is, then waits. */
const engine = await startPrivateEngine({ labRoot: process.argv[2], name: 'owned' });
await engine.docker('run', '--detach', '--network', 'bridge', '--publish', '80', 'fl-busybox', 'sleep', '3600');
// Frozen processes are the hardest to end.
await engine.docker('pause', await engine.docker('run', '--detach', 'fl-busybox', 'sleep', '3600'));
process.stdout.write(`${JSON.stringify({ dir: engine.dir, netns: engine.netns })}\n`);
setInterval(() => engine.pid, 60_000);
