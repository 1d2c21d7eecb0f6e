import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { startPrivateEngine, type PrivateEngine } from '../support/private-engine.js';
import { startPrivatePostgres, type PrivatePostgres } from '../support/private-postgres.js';
import { readLog, type KeptLog } from '../support/replay.js';
import { startServiceProcess, type ServiceProcess } from '../support/service-process.js';
import { loggedProcess, steps, untilLogAgrees } from './agreement.js';

let postgres: Promise<PrivatePostgres> | undefined;
const PLACES: readonly { readonly database: string; readonly urlFor: (name: string) => Promise<string | undefined> }[] = [
  { database: 'SQLite', urlFor: () => Promise.resolve(undefined) },
  {
    database: 'PostgreSQL',
    // The server ends with the file.
    urlFor: async (name: string) => (await (postgres ??= startPrivatePostgres({ name: 'restart' }))).createDatabase(name),
  },
];
/** How a service ends well is the same on both; that it is killed on SQLite, again and again, is the storm's matter. */
const CASES = PLACES.flatMap((place) =>
  (['SIGTERM', 'SIGKILL'] as const).map((signal) => ({ ...place, signal })),
).filter(({ database, signal }) => (signal === 'SIGKILL') === (database === 'PostgreSQL'));

describe.each(CASES)('the log, on $database, of a service that $signal ended', ({ signal, urlFor }) => {
  let engine: PrivateEngine;
  let service: ServiceProcess;
  let marks = 0;
  const agreed = (): Promise<KeptLog> => untilLogAgrees(loggedProcess(service), engine);
  /** Changes something and waits until it is told: everything before it has been told then, too. */
  const mark = async (): Promise<number> => {
    marks += 1;
    await engine.docker('network', 'create', `mark${marks}`);
    const { place } = loggedProcess(service);
    const told = await eventually(async () => {
      const found = steps(await readLog(place));
      expect(found.at(-1)).toBe(`network.created mark${marks}`);
      return found;
    });
    return told.length;
  };

  beforeAll(async () => {
    engine = await startPrivateEngine({ name: 'local' });
    await engine.docker('network', 'create', 'stood-before');
    service = await startServiceProcess({ engines: [engine], databaseUrl: await urlFor(signal.toLowerCase()) });
    await service.untilConnected();
  });
  afterAll(async () => {
    await service.stop();
    await engine.stop();
  });

  it('says nothing of the restart where nothing has happened since it first saw the engine', async () => {
    await service.restart({ signal });
    await service.untilConnected();
    await mark();
    expect(steps(await agreed())).toEqual(['engine.connected local', 'network.created mark1']);
  });

  it('says nothing of the restart where nothing happened meanwhile', async () => {
    await engine.docker('run', '--detach', '--name', 'runs', 'fl-busybox', 'sleep', '3600');
    await engine.docker('create', '--name', 'still', '--network', 'mark1', 'fl-busybox');
    const before = await mark();
    await service.restart({ signal });
    await service.untilConnected();
    await mark();
    expect(steps(await agreed()).slice(before)).toEqual([`network.created mark${marks}`]);
  });

  it('tells each step of its absence as the engine remembers it, and no gap', async () => {
    const before = await mark();
    await service.kill(signal);
    await engine.docker('network', 'create', 'absent');
    await engine.docker('network', 'connect', 'absent', 'runs');
    await engine.docker('run', '--rm', '--name', 'short', '--network', 'absent', 'fl-busybox', 'true');
    await engine.docker('network', 'disconnect', 'absent', 'runs');
    await engine.docker('network', 'rm', 'absent');
    await engine.docker('stop', '--time', '0', 'runs');
    await engine.docker('start', 'runs');
    await service.start();
    await service.untilConnected();
    const after = (await mark()) - 1;
    const log = await agreed();
    expect(steps(log).slice(before, after)).toEqual([
      'network.created absent',
      'attachment.created absent/runs',
      'attachment.activated absent/runs',
      'container.created short',
      'attachment.created absent/short',
      'attachment.activated absent/short',
      'container.started short',
      'container.exited short',
      'attachment.deactivated absent/short',
      'attachment.removed absent/short',
      'container.removed short',
      'attachment.deactivated absent/runs',
      'attachment.removed absent/runs',
      'network.removed absent',
      'container.exited runs',
      'attachment.deactivated bridge/runs',
      'attachment.activated bridge/runs',
      'container.started runs',
    ]);
    expect(log.events.slice(before, after).every(({ engineEvent }) => engineEvent !== null)).toBe(true);
  });

  it('tells what the engine raises no event for as found by comparing, outside of any gap', async () => {
    const before = await mark();
    await service.kill(signal);
    await engine.docker('network', 'connect', 'mark2', 'still');
    await service.start();
    await service.untilConnected();
    const { place } = loggedProcess(service);
    await eventually(async () => {
      expect(steps(await readLog(place)).slice(before)).toEqual(['attachment.created mark2/still (resync)']);
    });
    await agreed();
  });
});
