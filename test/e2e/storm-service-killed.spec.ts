import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPrivateEngine, type PrivateEngine } from '../support/private-engine.js';
import { startServiceProcess, type ServiceProcess } from '../support/service-process.js';
import { loggedProcess, untilLogAgrees } from './agreement.js';
import { raiseStorm } from './storm.js';

const CHANGES = 2_000;
/** After so many changes the service is killed, and started again while the storm goes on. */
const KILLED_AFTER = [150, 600, 1_000, 1_400, 1_900];

describe('a service that is killed again and again in a storm of changes', () => {
  let engine: PrivateEngine;
  let service: ServiceProcess;
  beforeAll(async () => {
    engine = await startPrivateEngine({ name: 'local', addressPool: 'base=10.0.0.0/8,size=24', daemonArgs: ['--iptables=false'] });
    service = await startServiceProcess({ engines: [engine] });
    await service.untilConnected();
  });
  afterAll(async () => {
    await service.stop();
    await engine.stop();
  });

  it('accounts for every final state, tells nothing twice, and frames what it could not see step by step', async () => {
    let restarted = Promise.resolve();
    let kills = 0;
    const restart = async (): Promise<void> => {
      await service.restart({ signal: 'SIGKILL' });
      kills += 1;
    };
    const report = await raiseStorm(engine, {
      changes: CHANGES,
      onChange: (made) => {
        if (KILLED_AFTER.includes(made)) restarted = restarted.then(restart);
      },
    });
    await restarted;
    expect([kills, Object.values(report).reduce((sum, made) => sum + made)]).toEqual([KILLED_AFTER.length, CHANGES]);
    await service.untilConnected();
    const { events } = await untilLogAgrees(loggedProcess(service), engine);
    // Each start begins an epoch of cursors.
    expect(new Set(events.map(({ cursor }) => cursor.slice(0, 12))).size).toBeGreaterThan(1);
    // Nothing but a loss of sight is told to end by being connected again: a start is not.
    const count = (wanted: string): number => events.filter(({ type }) => type === wanted).length;
    expect(count('engine.connected')).toBe(count('engine.disconnected') + 1);
  }, 240_000);
});
