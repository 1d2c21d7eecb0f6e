import { get } from 'node:http';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { splitter } from '../events/splitter.ts';
import { authorization, type Service } from '../service.ts';
import { rest } from '../tell.ts';

/** How long one follows before it leaves and comes back. */
const SHORTEST_MS = 2_000;
const LONGEST_MS = 30_000;
/** One in so many follows over GraphQL. */
const SUBSCRIBER_AMONG = 5;

export interface Visits {
  /** Streams that were opened. */
  opened: number;
  /** Events received by all followers together. */
  events: number;
}

/** So many followers, each coming, resuming from its last event, and going, until the signal. */
export async function keepVisiting(service: Service, followers: number, visits: Visits, signal: AbortSignal): Promise<void> {
  const visit = async (number: number): Promise<void> => {
    let cursor: string | undefined;
    const follow = number % SUBSCRIBER_AMONG === 0 ? subscribe : stream;
    while (!signal.aborted) {
      const stayMs = Math.round(SHORTEST_MS + Math.random() * (LONGEST_MS - SHORTEST_MS));
      const leaving = AbortSignal.any([signal, AbortSignal.timeout(stayMs)]);
      visits.opened += 1;
      await follow(service, cursor, leaving, (seen) => {
        if (cursor !== undefined && seen <= cursor) throw new Error(`a follower was given ${seen} after ${cursor}`);
        cursor = seen;
        visits.events += 1;
      });
    }
  };
  await Promise.all(Array.from({ length: followers }, (_, number) => visit(number)));
}

type Follow = (service: Service, after: string | undefined, signal: AbortSignal, take: (cursor: string) => void) => Promise<void>;

const stream: Follow = ({ port }, after, signal, take) =>
  new Promise((resolve, reject) => {
    const headers = { ...authorization(), accept: 'text/event-stream', ...(after === undefined ? {} : { 'last-event-id': after }) };
    const settle = (error: Error): void => (signal.aborted ? resolve() : reject(error));
    const outgoing = get({ host: '127.0.0.1', port, path: '/v1/events', headers, signal }, (answer) => {
      if (answer.statusCode !== 200) return reject(new Error(`a follower was answered ${answer.statusCode}`));
      answer.on('error', settle).on('end', () => settle(new Error('a stream ended')));
      answer.on('data', splitter('\n\n', (frame) => {
        const cursor = /^id: (.*)$/m.exec(frame)?.[1];
        if (cursor !== undefined && !signal.aborted) take(cursor);
      }));
    });
    outgoing.on('error', settle);
  });

const subscribe: Follow = ({ port }, after, signal, take) =>
  new Promise((resolve, reject) => {
    const client = createClient({
      url: `ws://127.0.0.1:${port}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { Authorization: authorization().authorization },
      retryAttempts: 0,
    });
    signal.addEventListener('abort', () => {
      void client.dispose();
      resolve();
    }, { once: true });
    const query = 'subscription ($after: String) { events(after: $after) { cursor type subject { kind id name } network { name } } }';
    client.subscribe<{ events: { cursor: string } }>({ query, variables: { after } }, {
      next: ({ data }) => {
        // What still comes while the connection is being closed is read anew by the next one.
        if (data && !signal.aborted) take(data.events.cursor);
      },
      error: (reason) => (signal.aborted ? resolve() : reject(new Error('a subscription failed', { cause: reason }))),
      complete: () => (signal.aborted ? resolve() : reject(new Error('a subscription ended'))),
    });
  });

const HISTORY = ['?limit=50', '?limit=500', '?types=network.*&limit=100', '?labels=purpose&limit=20'];
const HISTORY_PAUSE_MS = 500;

/** Reads history, over one face and the other, until the signal. */
export async function keepReading(service: Service, signal: AbortSignal): Promise<void> {
  const client = service.client(1);
  const query = '{ events(first: 50) { totalCount nodes { cursor type network { name } attachment { ipv4Address } } } }';
  for (let turn = 0; !signal.aborted; turn += 1) {
    await client.get(`/v1/events${HISTORY[turn % HISTORY.length]}`);
    await client.post('/graphql', { query });
    await rest(HISTORY_PAUSE_MS);
  }
  client.close();
}
