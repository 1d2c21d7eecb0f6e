import { request, Agent } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

/** An honest client in a thread of its own, whom attackers in this process take no time from: tells how long each of its requests took. */
const { url, key } = workerData as { readonly url: string; readonly key: string };
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const PAUSE_MS = 5;

function ask(): void {
  const startedAt = performance.now();
  const tell = (status: number): void => {
    parentPort?.postMessage({ ms: performance.now() - startedAt, status });
    setTimeout(ask, PAUSE_MS);
  };
  const sent = request(`${url}/v1/networks`, { agent, headers: { authorization: `Bearer ${key}` } }, (response) => {
    response.resume().on('end', () => tell(response.statusCode ?? 0));
  });
  sent.on('error', () => tell(0)).end();
}

ask();
