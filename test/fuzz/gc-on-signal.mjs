// Loaded before the service: on SIGUSR2 it clears its heap and says what it cannot clear, in bytes.
import { setImmediate } from 'node:timers';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
process.on('SIGUSR2', () => {
  collect();
  // What only finalizers let go of is gone after another round.
  setImmediate(() => {
    collect();
    const { heapUsed, external, rss } = process.memoryUsage();
    process.stdout.write(`kept ${JSON.stringify({ heap: heapUsed + external, rss })}\n`);
  });
});
