import { request, Agent } from 'node:http';
import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';

/** An honest client in a thread of its own, whom neither attackers in this process nor others take time from: tells how long each of its requests took. */
const { url, key } = workerData as { readonly url: string; readonly key: string };
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const PAUSE_MS = 10;
let isAsking = false;
let isAtRest = true;

// Of this thread alone.
setPriority(0, constants.priority.PRIORITY_HIGHEST);

function ask(): void {
  const startedAt = performance.now();
  const tell = (status: number): void => {
    parentPort?.postMessage({ ms: performance.now() - startedAt, status });
    isAtRest = !isAsking;
    if (isAsking) setTimeout(ask, PAUSE_MS);
  };
  const sent = request(`${url}/v1/networks`, { agent, headers: { authorization: `Bearer ${key}` } }, (response) => {
    response.resume().on('end', () => tell(response.statusCode ?? 0));
  });
  sent.on('error', () => tell(0)).end();
}

// A key has a limit, which is for when it is looked at.
parentPort?.on('message', (wish: 'ask' | 'rest') => {
  isAsking = wish === 'ask';
  if (!isAsking || !isAtRest) return;
  isAtRest = false;
  ask();
});
