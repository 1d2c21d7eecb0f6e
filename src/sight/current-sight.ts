import { AsyncLocalStorage } from 'node:async_hooks';
import type { Sight } from './sight.js';

const storage = new AsyncLocalStorage<Sight>();

/** Everything that `work` starts, now or later, is shown what this sight shows. */
export function asSeenBy<T>(sight: Sight, work: () => T): T {
  return storage.run(sight, work);
}

/** What whoever asks may see. Fails where nobody asks: what the service does by itself looks at the inventory instead. */
export function currentSight(): Sight {
  const sight = storage.getStore();
  if (sight === undefined) throw new Error('Nobody asks here whose sight could be told.');
  return sight;
}
