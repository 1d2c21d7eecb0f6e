import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import type { KeptLog } from '../support/replay.js';
import { loggedApp, steps, untilLogAgrees } from './agreement.js';
import { startService, untilConnected, type Service } from './service.js';

/** It ends at once when the engine asks it to; without a trap the engine waits for 10 s. */
const WILLING = ['fl-busybox', 'sh', '-c', 'trap "exit 0" TERM; sleep 3600 & wait'];

/** What the log has told since it was this long, with the frame and what it holds apart. */
function since(log: KeptLog, length: number): { inFrame: string[]; outside: string[]; reason: string | null | undefined } {
  const events = log.events.slice(length);
  const begin = events.findIndex(({ type }) => type === 'engine.gap');
  const end = events.findIndex(({ type }) => type === 'engine.resynced');
  const told = steps({ ...log, events });
  return {
    inFrame: begin < 0 ? [] : told.slice(begin + 1, end),
    outside: begin < 0 ? told : [...told.slice(0, begin), ...told.slice(end + 1)],
    reason: events[begin]?.gap?.reason,
  };
}

describe('the log of an engine that ends and is started again', () => {
  let service: Service;
  const docker = (...args: string[]): Promise<string> => service.engine.docker(...args);
  const agreed = (): Promise<KeptLog> => untilLogAgrees(loggedApp(service.app), service.engine);
  const untilState = (state: string): Promise<void> =>
    eventually(async () => expect((await service.app.http.get('/v1/engines/local')).body).toMatchObject({ state }));

  beforeAll(async () => {
    service = await startService();
    await docker('network', 'create', '--subnet', '10.60.0.0/24', 'front');
    await docker('network', 'create', 'back');
    const run = (name: string, ...args: string[]): Promise<string> =>
      docker('run', '--detach', '--name', name, ...args, ...WILLING);
    await run('falls', '--network', 'front');
    await run('rises', '--network', 'front', '--restart', 'always', '--ip', '10.60.0.9');
    await run('rises-perhaps', '--restart', 'unless-stopped');
    await docker('create', '--name', 'sleeps', '--network', 'back', ...WILLING);
    await docker('network', 'connect', 'back', 'rises');
  });
  afterAll(() => service.stop());

  it('kill -9: accounts for every final state, with all that could not be seen between one gap and its end', async () => {
    const before = (await agreed()).events.length;
    await service.engine.kill('SIGKILL');
    await untilState('unreachable');
    await service.engine.start();
    await untilConnected(service.app);
    const { inFrame, outside, reason } = since(await agreed(), before);
    expect(outside).toEqual(['engine.disconnected local', 'engine.connected local']);
    expect(reason).toMatch(/\S/);
    const ended = inFrame.filter((step) => /^container\.(exited|restarted) /.test(step)).map((step) => step.split(' ')[1]);
    expect(ended).toEqual(expect.arrayContaining(['falls', 'rises', 'rises-perhaps']));
    expect(inFrame.join()).not.toContain('sleeps');
  }, 90_000);

  it('an orderly end: what it ends is told to end once, and nothing of what it leaves alone', async () => {
    await docker('start', 'falls', 'rises-perhaps');
    const before = (await agreed()).events.length;
    await service.engine.kill('SIGTERM');
    await untilState('unreachable');
    await service.engine.start();
    await untilConnected(service.app);
    const log = await agreed();
    const { inFrame } = since(log, before);
    expect(steps(log).slice(before).filter((step) => step.startsWith('container.exited falls'))).toHaveLength(1);
    expect(inFrame.filter((step) => step.includes('network.') && !step.includes('bridge'))).toEqual([]);
  }, 90_000);

  it('what is changed while the service does not see the engine yet is told between the same two', async () => {
    const before = (await agreed()).events.length;
    await service.engine.kill('SIGKILL');
    await untilState('unreachable');
    await service.engine.start();
    await docker('network', 'create', 'quick');
    await docker('rename', 'sleeps', 'slept');
    await untilConnected(service.app);
    const log = await agreed();
    const told = steps(log).slice(before);
    expect(told.filter((step) => /quick|slept/.test(step)).map((step) => step.replace(' (resync)', ''))).toEqual([
      'network.created quick',
      'container.renamed slept',
    ]);
    expect(told.filter((step) => step.startsWith('engine.'))).toEqual([
      'engine.disconnected local',
      'engine.connected local',
      'engine.gap local (resync)',
      'engine.resynced local (resync)',
    ]);
  }, 90_000);
});
