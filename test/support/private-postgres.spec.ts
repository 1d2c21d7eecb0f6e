import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sweepLab } from '../../scripts/lab.ts';
import { listProcesses } from '../../scripts/processes.ts';
import { eventually } from './eventually.js';
import { endForgotten } from './forgotten.js';
import { startPrivatePostgres } from './private-postgres.js';

describe('a private PostgreSQL', () => {
  it('answers over TCP, as its own user, in a database of the same name', async () => {
    const server = await startPrivatePostgres({ settings: { max_connections: '7' } });
    expect(await ask(server.url, 'SELECT current_user, current_database()'))
      .toEqual([{ current_user: 'fairlead', current_database: 'fairlead' }]);
    expect(await ask(server.url, 'SHOW max_connections')).toEqual([{ max_connections: '7' }]);
    await server.stop();
  });

  it('is apart from another one, and gives each test a database of its own', async () => {
    const [one, two] = await Promise.all([startPrivatePostgres({ name: 'one' }), startPrivatePostgres({ name: 'two' })]);
    const fresh = await one.createDatabase('Fresh one');
    await ask(one.url, 'CREATE TABLE only_here (id int)');

    expect(two.port).not.toBe(one.port);
    for (const other of [fresh, two.url]) {
      expect(await ask(other, "SELECT to_regclass('only_here') AS found")).toEqual([{ found: null }]);
    }
    await expect(one.createDatabase('Fresh one')).rejects.toThrow(/already exists/);
    await Promise.all([one.stop(), two.stop()]);
  });

  it('keeps what was committed, and its address, over a restart by whatever signal with clients at work', async () => {
    const server = await startPrivatePostgres();
    await ask(server.url, 'CREATE TABLE kept (id int)');
    await ask(server.url, 'INSERT INTO kept VALUES (1)');
    for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
      const busy = ask(server.url, 'SELECT pg_sleep(600)');
      const outcome = expect(busy).rejects.toThrow();
      await eventually(async () => expect(await sleepers(server.url)).toBe(1));
      const { pid, url } = server;

      await server.restart({ signal });

      await outcome;
      expect(server.pid).not.toBe(pid);
      expect(server.url).toBe(url);
      expect(await ask(server.url, 'SELECT id FROM kept')).toEqual([{ id: 1 }]);
      expect(await sleepers(server.url)).toBe(0);
    }
    await server.stop();
  });

  it('refuses connections while it is down, and waits for clients to go when it ends by SIGTERM', async () => {
    const server = await startPrivatePostgres();
    const client = await connected(server.url);
    const ending = server.kill('SIGTERM');
    await eventually(() => expect(ask(server.url, 'SELECT 1')).rejects.toThrow(/shutting down/));
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await client.end();
    await ending;

    await expect(ask(server.url, 'SELECT 1')).rejects.toThrow(/ECONNREFUSED/);
    await server.start();
    expect(await ask(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await server.stop();
  });

  it('hangs while it is frozen, connections included, and answers after thawing', async () => {
    const server = await startPrivatePostgres();
    const client = await connected(server.url);
    server.freeze();
    let answered = false;
    const answer = client.query('SELECT 1 AS one').then(({ rows }) => {
      answered = true;
      return rows;
    });
    await expect(connected(server.url, 300)).rejects.toThrow(/timeout/);
    expect(answered).toBe(false);
    server.thaw();
    expect(await answer).toEqual([{ one: 1 }]);
    await client.end();
    await server.stop();
  });

  it('starts again after somebody else killed its postmaster', async () => {
    const server = await startPrivatePostgres();
    process.kill(server.pid, 'SIGKILL');
    await eventually(() => expect(ask(server.url, 'SELECT 1')).rejects.toThrow());
    await server.restart();
    expect(await ask(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await server.stop();
  });

  it('leaves nothing behind after stop, nor when a test file forgets it', async () => {
    const [stopped, forgotten] = await Promise.all([startPrivatePostgres(), startPrivatePostgres()]);
    expect(tracesOf(stopped.dir)).not.toEqual([]);
    await stopped.stop();
    expect(tracesOf(stopped.dir)).toEqual([]);
    await endForgotten();
    expect(tracesOf(forgotten.dir)).toEqual([]);
  });
});

describe('the PostgreSQL of a run that ended', () => {
  let labRoot: string;
  let owner: ChildProcess | undefined;

  beforeEach(() => {
    labRoot = mkdtempSync('/var/lib/fl-lab-test-');
  });

  afterEach(() => {
    owner?.kill('SIGKILL');
    sweepLab(labRoot);
    rmSync(labRoot, { recursive: true, force: true });
  });

  it.each([['SIGINT', 'running'], ['SIGKILL', 'running'], ['SIGKILL', 'frozen']] as const)(
    'follows it at once: %s, %s',
    async (signal, state) => {
      const { dir } = await startOwner(state);
      expect(tracesOf(dir)).not.toEqual([]);
      owner?.kill(signal);
      await eventually(() => expect(tracesOf(dir)).toEqual([]));
      await eventually(() => expect(readdirSync(labRoot)).toEqual([]));
    },
  );

  it('is removed by the next run when its guardian was killed too', async () => {
    const { dir, url } = await startOwner('running');
    expect(sweepLab(labRoot)).toEqual([]);
    expect(await ask(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    process.kill(Number(readFileSync(join(dir, '../guardian.pid'), 'utf8')), 'SIGKILL');
    owner?.kill('SIGKILL');
    await once(owner!, 'exit');
    expect(tracesOf(dir)).not.toEqual([]);

    expect(sweepLab(labRoot)).toHaveLength(1);
    expect(tracesOf(dir)).toEqual([]);
    expect(readdirSync(labRoot)).toEqual([]);
  });

  async function startOwner(state: string): Promise<{ dir: string; url: string }> {
    owner = spawn(process.execPath, [join(import.meta.dirname, 'postgres-owner.ts'), labRoot, state], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface({ input: owner.stdout! })) return JSON.parse(line) as { dir: string; url: string };
    throw new Error('the owner ended before its PostgreSQL was ready');
  }
});

async function connected(url: string, timeoutMs = 5_000): Promise<Client> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: timeoutMs });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function ask(url: string, query: string): Promise<unknown[]> {
  const client = await connected(url);
  try {
    return (await client.query<Record<string, unknown>>(query)).rows;
  } finally {
    await client.end();
  }
}

async function sleepers(url: string): Promise<number> {
  return (await ask(url, "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'")).length;
}

/** Whatever of the server can still be found on the machine. */
function tracesOf(dir: string): string[] {
  const processes = listProcesses().filter(({ commandLine }) => commandLine.includes(`${dir}/`));
  return [...processes.map(({ commandLine }) => commandLine), ...(existsSync(dir) ? [dir] : [])];
}
