// Looks, as the service will, for an engine: nothing is changed by asking.
import { request } from 'node:http';

const TIMEOUT_MS = 3_000;

/** Engines named in FAIRLEAD_ENGINES, and those behind TLS, are the service's business: it tells how each is doing. */
export async function findEngine(env) {
  const listed = env.FAIRLEAD_ENGINES?.trim();
  if (listed) return { answers: true, place: 'FAIRLEAD_ENGINES' };
  const place = env.DOCKER_HOST?.trim() || 'unix:///var/run/docker.sock';
  if (place.startsWith('unix://')) return { place, answers: await answersPing({ socketPath: place.slice(7) }) };
  if (!place.startsWith('tcp://') || env.DOCKER_TLS_VERIFY) return { answers: true, place };
  const { hostname, port } = new URL(place);
  return { place, answers: await answersPing({ host: hostname.replace(/^\[|\]$/g, ''), port: port || 2375 }) };
}

/** `/_ping` is the first thing that a ready engine answers. */
export async function answersPing(where, timeout = TIMEOUT_MS) {
  return new Promise((resolve) => {
    const ping = request({ ...where, path: '/_ping', timeout }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.on('timeout', () => ping.destroy());
    ping.on('error', () => resolve(false));
    ping.end();
  });
}
