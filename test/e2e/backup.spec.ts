import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runBackup } from '../support/backup.js';
import { eventually } from '../support/eventually.js';
import { startPrivateEngine, type PrivateEngine } from '../support/private-engine.js';
import { startServiceProcess, type ServiceProcess } from '../support/service-process.js';
import { followSse, story, type SeenEvent } from './followers.js';

/** More than an engine remembers. */
const FORGOTTEN = 260;
const TIMEOUT_MS = 90_000;

describe('a database that was put back from a backup', () => {
  let engine: PrivateEngine;
  let service: ServiceProcess;
  let folder: string;
  let copy: string;
  let subnet = 0;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fairlead-restore-'));
    copy = join(folder, 'copy.db');
    engine = await startPrivateEngine();
    service = await startServiceProcess({ engines: [engine], dataFolder: folder });
    await service.untilConnected();
  });
  afterEach(async () => {
    await service.stop();
    await engine.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const createNetwork = (name: string): Promise<string> =>
    engine.docker('network', 'create', '--subnet', `10.79.${subnet++}.0/24`, name);

  const history = async (after?: string): Promise<SeenEvent[]> => {
    const events: SeenEvent[] = [];
    for (let cursor = after; ;) {
      const { status, body } = await service.get(`/v1/events?limit=500${cursor === undefined ? '' : `&after=${cursor}`}`);
      expect(status).toBe(200);
      events.push(...body.items);
      if (body.nextCursor === null) return events;
      cursor = body.nextCursor;
    }
  };

  const untilTold = (line: string): Promise<SeenEvent[]> =>
    eventually(async () => {
      const events = await history();
      expect(story(events)).toContain(line);
      return events;
    }, { timeoutMs: 20_000, intervalMs: 100 });

  /** Copies while networks come and go; answers what was told in the end. */
  const backUpInTheMiddle = async (): Promise<SeenEvent[]> => {
    await createNetwork('before');
    await untilTold('network.created before');
    let isCopied = false;
    const changing = (async () => {
      for (let n = 0; n < 60 && !(isCopied && n > 20); n += 1) {
        await createNetwork(`during${n}`);
        await engine.docker('network', 'rm', `during${n}`);
      }
    })();
    await untilTold('network.removed during2');
    expect(await runBackup(`sqlite:${join(folder, 'fairlead.db')}`, copy)).toMatchObject({ code: 0, stderr: '' });
    isCopied = true;
    await changing;
    await createNetwork('after');
    return untilTold('network.created after');
  };

  /** The last event in the copy. */
  const positionOfCopy = (): number => {
    const database = new DatabaseSync(copy, { readOnly: true });
    const { position } = database.prepare('select position from log_head').get() as { position: number };
    database.close();
    return position;
  };

  /** As docs/operations.md says. The process was killed, so that the files beside the database are still there. */
  const putBack = async (): Promise<void> => {
    await service.kill('SIGKILL');
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(folder, `fairlead.db${suffix}`));
    copyFileSync(copy, join(folder, 'fairlead.db'));
    await service.start();
    await service.untilConnected();
  };

  const networksTold = (events: readonly SeenEvent[]): string[] => {
    const standing = new Set<string>();
    for (const { type, subject } of events) {
      if (type === 'network.created') standing.add(subject.name);
      if (type === 'network.removed') standing.delete(subject.name);
    }
    return [...standing].sort();
  };

  const isUnique = (values: readonly string[]): boolean => new Set(values).size === values.length;

  it('lets those go on who had read less than was copied, and tells the others so, repeating nothing to anybody', async () => {
    const told = await backUpInTheMiddle();
    const kept = positionOfCopy();
    expect(kept).toBeGreaterThan(5);
    expect(kept).toBeLessThan(told.length - 5);
    await putBack();
    const toldAgain = await untilTold('network.created after');

    // What was copied is the same, event by event; of what came after it no cursor comes back.
    expect(toldAgain.slice(0, kept)).toEqual(told.slice(0, kept));
    const late = told.slice(kept);
    expect(late.filter(({ cursor }) => toldAgain.some((one) => one.cursor === cursor))).toEqual([]);
    expect(isUnique(toldAgain.map(({ id }) => id))).toBe(true);
    const cursors = toldAgain.map(({ cursor }) => cursor);
    expect([...cursors].sort()).toEqual(cursors);
    expect(isUnique(cursors)).toBe(true);

    for (const seen of [told[0], told[kept - 2], told[kept - 1]]) {
      const sse = await followSse(service, '', { 'last-event-id': seen!.cursor });
      const wanted = toldAgain.slice(toldAgain.findIndex(({ id }) => id === seen!.id) + 1);
      await eventually(() => expect(sse.seen).toEqual(wanted));
      sse.stop();
    }
    for (const seen of [told[kept], told.at(-1)]) await expectExpired(seen!.cursor);
    expect(networksTold(toldAgain)).toEqual(['after', 'before']);
    // The engine still remembered them: under their ids those who know them, webhooks above all, pass them over.
    expect(toldAgain.slice(kept).map(({ id, type, subject, origin }) => [id, type, subject.name, origin]))
      .toEqual(late.map(({ id, type, subject }) => [id, type, subject.name, 'engine']));
  }, TIMEOUT_MS);

  it('tells those who must begin anew where, and each later change once', async () => {
    const told = await backUpInTheMiddle();
    await putBack();
    await untilTold('network.created after');
    const { latestCursor, oldestCursor } = await expectExpired(told.at(-1)!.cursor);
    const sse = await followSse(service, `?after=${latestCursor}`);
    await createNetwork('new');
    await eventually(() => expect(story(sse.seen)).toEqual(['network.created new']));
    expect(await history(latestCursor)).toEqual(sse.seen);
    expect(await history(oldestCursor)).toEqual(await history());
    sse.stop();
  }, TIMEOUT_MS);

  it('tells in a gap what the engine no longer remembers step by step', async () => {
    await backUpInTheMiddle();
    const kept = positionOfCopy();
    await engine.docker('create', '--name', 'name0', 'fl-busybox');
    for (let n = 1; n <= FORGOTTEN; n += 1) await rename(`name${n - 1}`, `name${n}`);
    await createNetwork('last');
    const told = await untilTold('network.created last');
    await putBack();
    const toldAgain = await untilTold('network.created last');
    expect(story(toldAgain).slice(0, kept)).toEqual(story(told).slice(0, kept));
    const since = toldAgain.slice(kept);
    const gap = since.find(({ type }) => type === 'engine.gap');
    const end = since.find(({ type }) => type === 'engine.resynced');
    expect(gap?.gap?.reason).toMatch(/no longer remembers/);
    expect(end?.gap?.gapId).toBe(gap?.gap?.gapId);
    expect(networksTold(toldAgain)).toEqual(['after', 'before', 'last']);
    expect(toldAgain.filter(({ type, subject }) => type === 'container.created' && subject.name === `name${FORGOTTEN}`)).toHaveLength(1);
    await expectExpired(told.at(-1)!.cursor);
  }, TIMEOUT_MS);

  /** On all ways to read. */
  async function expectExpired(cursor: string): Promise<{ latestCursor: string; oldestCursor: string }> {
    const json = await service.get(`/v1/events?after=${cursor}`);
    const sse = await service.get('/v1/events', { accept: 'text/event-stream', 'last-event-id': cursor });
    const query = `query { events(after: "${cursor}") { totalCount } }`;
    const graphql = await service.send('POST', '/graphql', { query });
    for (const problem of [json.body, sse.body, graphql.body.errors[0].extensions]) {
      expect(problem).toMatchObject({ code: 'CURSOR_EXPIRED', status: 410 });
    }
    expect(json.body.detail).toMatch(/put back from a copy/);
    return json.body;
  }

  /** Asked of the engine itself: a docker client for each would take most of the time. */
  function rename(from: string, to: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const asked = request({ socketPath: engine.socketPath, method: 'POST', path: `/containers/${from}/rename?name=${to}` });
      asked.on('error', reject).on('response', (answer) => {
        answer.resume();
        if (answer.statusCode === 204) resolve();
        else reject(new Error(`${from}: ${answer.statusCode}`));
      });
      asked.end();
    });
  }
});
