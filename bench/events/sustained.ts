import { get } from 'node:http';
import { join } from 'node:path';
import { startPrivatePostgres } from '../../test/support/private-postgres.ts';
import { authorization } from '../service.ts';
import { tell } from '../tell.ts';
import { splitter } from './splitter.ts';
import { Writer } from './writer.ts';

/** Entries on their way to the database: each alone, or as in a storm, when the next gather while one is written. */
export const AT_ONCE = [1, 500] as const;

export interface Sustained {
  readonly database: string;
  readonly atOnce: (typeof AT_ONCE)[number];
  readonly eventsPerSecond: number;
  /** From the last commit until the follower had every event. */
  readonly behindMs: number;
  /** Of one event as the follower received it. */
  readonly bytes: number;
}

export function sustainOnSqlite(seconds: number): Promise<Sustained[]> {
  return sustain('SQLite', (folder) => `sqlite:${join(folder, 'fairlead.db')}`, seconds);
}

export async function sustainOnPostgres(seconds: number): Promise<Sustained[]> {
  const server = await startPrivatePostgres({ name: 'bench' });
  try {
    return await sustain('PostgreSQL', () => server.url, seconds);
  } finally {
    await server.stop();
  }
}

async function sustain(database: string, url: (folder: string) => string, seconds: number): Promise<Sustained[]> {
  const writer = await Writer.start(database.toLowerCase(), url);
  const follower = await Follower.start(writer.port);
  try {
    const results: Sustained[] = [];
    for (const atOnce of AT_ONCE) {
      tell(`${database}: ${atOnce} at once for ${seconds} s`);
      const had = { events: follower.events, bytes: follower.bytes };
      const written = await writer.write({ seconds }, atOnce);
      const behindMs = await follower.until(had.events + written.events);
      const bytes = (follower.bytes - had.bytes) / written.events;
      results.push({ database, atOnce, eventsPerSecond: written.events / written.seconds, behindMs, bytes });
    }
    return results;
  } finally {
    follower.stop();
    await writer.stop();
  }
}

/** Reads along, and counts. */
class Follower {
  events = 0;
  bytes = 0;
  readonly #stop: () => void;
  #news = Promise.withResolvers<undefined>();

  private constructor(stop: () => void) {
    this.#stop = stop;
  }

  static start(port: number): Promise<Follower> {
    const headers = { ...authorization(), accept: 'text/event-stream' };
    return new Promise((resolve, reject) => {
      const outgoing = get({ host: '127.0.0.1', port, path: '/v1/events', headers }, (answer) => {
        if (answer.statusCode !== 200) return reject(new Error(`the follower was answered ${answer.statusCode}`));
        const follower = new Follower(() => outgoing.destroy());
        answer.on('data', splitter('\n\n', (frame) => follower.#take(frame))).on('error', () => undefined);
        resolve(follower);
      });
      outgoing.on('error', reject);
    });
  }

  /** Answers how long it took to have so many events. */
  async until(events: number): Promise<number> {
    const begin = performance.now();
    while (this.events < events) await this.#news.promise;
    return performance.now() - begin;
  }

  stop(): void {
    this.#stop();
  }

  #take(frame: string): void {
    if (!frame.startsWith('id: ')) return;
    this.events += 1;
    this.bytes += frame.length;
    this.#news.resolve(undefined);
    this.#news = Promise.withResolvers();
  }
}
