import { beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '../../src/errors/domain.error.js';
import { lockKey } from '../../src/inventory/object-locks.js';
import { MembershipSteps } from '../../src/swarms/membership.steps.js';
import { MembershipTimings } from '../../src/swarms/membership.timings.js';
import { SwarmCommands } from '../../src/swarms/swarm.commands.js';
import { anObservedNode, anObservedService, anObservedSwarm } from '../builders/swarm.js';
import { aSimulatedEngine, type SimulatedEngine } from '../inventory/simulated-engine.js';
import { inWholeSight, swarmReferences } from '../inventory/in-whole-sight.js';

const AWAY = () => Promise.reject(new DomainError('ENGINE_UNREACHABLE', 'It is away.', { outcome: 'unknown' }));
const OWN = '10.0.0.1:2377';

let one: SimulatedEngine;
let commands: SwarmCommands;
let left: number;
let isAway: boolean;

beforeEach(async () => {
  one = await aSimulatedEngine();
  const steps = new MembershipSteps(one.inventory, one.commands, new MembershipTimings());
  commands = inWholeSight(new SwarmCommands(swarmReferences(one.inventory), one.commands, steps));
  left = 0;
  isAway = false;
  one.gateway.swarm.leave = async () => {
    if (isAway) await AWAY();
    left += 1;
    one.gateway.swarm.told = null;
  };
});

/** Forms a swarm on an engine that goes away over it, and is back with what `meanwhile` makes of it. */
async function formedBlindly(managerAddresses: readonly string[], swarm = anObservedSwarm({ nodes: [anObservedNode('n1')] })): Promise<void> {
  const { connect } = one.gateway;
  one.gateway.swarm.init = () => {
    isAway = true;
    one.gateway.swarm.told = swarm;
    one.gateway.connect = async () => {
      if (isAway) return AWAY();
      const seen = await connect();
      return { ...seen, membership: seen.membership && { ...seen.membership, managerAddresses } };
    };
    return AWAY();
  };
  const error: unknown = await commands.form({ manager: { engine: 'local', advertiseAddress: '10.0.0.1' } }, {}).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'ENGINE_UNREACHABLE', extras: { notTakenBack: [{ engine: 'local' }] } });
  isAway = false;
  // Whoever gets the lock comes after all that was owed.
  await one.commands.run('local', [{ key: lockKey.membership('local'), mode: 'exclusive' }], async () => undefined);
}

describe('an engine that goes away while it makes a swarm', () => {
  it('leaves that swarm when it is back', async () => {
    await formedBlindly([OWN]);
    expect(left).toBe(1);
  });

  it.each<[string, readonly string[], ReturnType<typeof anObservedSwarm> | undefined]>([
    ['has other managers', ['10.0.0.9:2377'], undefined],
    ['has other managers beside it', [OWN, '10.0.0.9:2377'], undefined],
    ['has other nodes', [OWN], anObservedSwarm({ nodes: [anObservedNode('n1'), anObservedNode('n2')] })],
    ['has services', [OWN], anObservedSwarm({ nodes: [anObservedNode('n1')], services: [anObservedService('web')] })],
  ])('stays in one that it was put into meanwhile and that %s', async (_what, managerAddresses, swarm) => {
    await formedBlindly(managerAddresses, swarm);
    expect(left).toBe(0);
  });
});
