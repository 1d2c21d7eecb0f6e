import { startServiceProcess } from './service-process.ts';

/** A run of its own, for tests of what happens to its service when it ends: prints where that is, then waits. */
const service = await startServiceProcess({ labRoot: process.argv[2], engines: [] });
process.stdout.write(`${JSON.stringify({ dir: service.dir, url: service.url })}\n`);
setInterval(() => service.pid, 60_000);
