import { startPrivatePostgres } from './private-postgres.ts';

/** A run of its own, for tests of what happens to its PostgreSQL when it ends: prints where that is, then waits. */
const postgres = await startPrivatePostgres({ labRoot: process.argv[2], name: 'owned' });
if (process.argv[3] === 'frozen') postgres.freeze();
process.stdout.write(`${JSON.stringify({ dir: postgres.dir, url: postgres.url })}\n`);
setInterval(() => postgres.pid, 60_000);
