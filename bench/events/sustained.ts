import { mkdirSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { Child } from '../../scripts/child.ts';
import { ownRunFolder } from '../../scripts/lab.ts';
import { startPrivatePostgres } from '../../test/support/private-postgres.ts';
import { HttpClient } from '../http-client.ts';
import { API_KEY, authorization } from '../service.ts';
import { tell } from '../tell.ts';
import { splitter } from './splitter.ts';
import type { Written } from './writing-service.ts';

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

export async function sustainOnSqlite(seconds: number): Promise<Sustained[]> {
  const folder = makeFolder('sqlite');
  return sustain('SQLite', `sqlite:${join(folder, 'fairlead.db')}`, folder, seconds);
}

export async function sustainOnPostgres(seconds: number): Promise<Sustained[]> {
  const server = await startPrivatePostgres({ name: 'bench' });
  try {
    return await sustain('PostgreSQL', server.url, makeFolder('postgres'), seconds);
  } finally {
    await server.stop();
  }
}

async function sustain(database: string, url: string, folder: string, seconds: number): Promise<Sustained[]> {
  const env = {
    PATH: process.env.PATH ?? '',
    FAIRLEAD_API_KEY: API_KEY,
    FAIRLEAD_ENGINES: '[]',
    FAIRLEAD_DATABASE_URL: url,
    FAIRLEAD_LOG_LEVEL: 'warn',
  };
  const script = join(import.meta.dirname, 'writing-service.ts');
  const child = new Child(['--enable-source-maps', `--diagnostic-dir=${folder}/`, script], join(folder, 'log'), { env, cwd: folder });
  const portOf = async (what: string): Promise<number> =>
    Number(await child.until(() => new RegExp(`^${what} http://127.0.0.1:(\\d+)$`, 'm').exec(child.output())?.[1]));
  const control = new HttpClient({ host: '127.0.0.1', port: await portOf('written by') }, 1);
  const follower = await Follower.start(await portOf('served at'));
  try {
    const results: Sustained[] = [];
    for (const atOnce of AT_ONCE) {
      tell(`${database}: ${atOnce} at once for ${seconds} s`);
      const had = { events: follower.events, bytes: follower.bytes };
      const written = JSON.parse(String(await control.get(`/${seconds}/${atOnce}`))) as Written;
      const behindMs = await follower.until(had.events + written.events);
      const bytes = (follower.bytes - had.bytes) / written.events;
      results.push({ database, atOnce, eventsPerSecond: written.events / written.seconds, behindMs, bytes });
    }
    return results;
  } finally {
    follower.stop();
    control.close();
    await child.stop();
  }
}

function makeFolder(name: string): string {
  const folder = join(ownRunFolder(), `writing-${name}`);
  mkdirSync(folder, { recursive: true });
  return folder;
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
