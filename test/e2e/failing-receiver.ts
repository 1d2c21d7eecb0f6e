import type { ServerResponse } from 'node:http';
import type { DatabaseSettings } from '../../src/config/settings.js';
import { readBeside } from '../support/replay.js';
import { Receiver, type Received } from '../webhooks/receiver.js';

/** Ways to meet a request; but for the last of them it was not taken. */
const WAYS = {
  answers500: (response: ServerResponse) => void response.writeHead(500).end(),
  redirects: (response: ServerResponse) => void response.writeHead(302, { location: '/elsewhere' }).end(),
  closesInTheHead: (response: ServerResponse) => void response.socket?.end('HTTP/1.1 20'),
  neverAnswers: () => undefined,
  closesInTheBody: (response: ServerResponse) => {
    response.writeHead(200, { 'content-length': '100' }).write('part', () => response.socket?.destroy());
  },
};
type Way = keyof typeof WAYS;

/** A receiver that fails as it is told to, and otherwise takes what it is sent. */
export class FailingReceiver extends Receiver {
  /** What it has said to have taken; it knows nothing of the rest. */
  readonly taken: Received[] = [];
  readonly #coming: Way[] = [];

  constructor() {
    super();
    this.answers((received, response) => {
      const way = this.#coming.shift();
      if (way === undefined || way === 'closesInTheBody') this.taken.push(received);
      if (way === undefined) response.writeHead(204).end();
      else WAYS[way](response);
    });
  }

  /** So many requests are met so, one way after the other, before it takes what it is sent again. */
  meetNext(counts: Partial<Record<Way, number>>): void {
    for (const [way, count] of Object.entries(counts)) this.#coming.push(...Array<Way>(count).fill(way as Way));
  }
}

/** The kinds of failures that the service has noted of its attempts; that nobody listened is one of its own. */
export async function notedFailures(place: DatabaseSettings): Promise<Set<string>> {
  const attempts = await readBeside(place, (db) =>
    db.selectFrom('delivery_attempts').select(['failure', 'detail']).where('failure', 'is not', null).execute(),
  );
  return new Set(attempts.map(({ failure, detail }) => (detail?.includes('ECONNREFUSED') ? 'nobody listens' : failure!)));
}
