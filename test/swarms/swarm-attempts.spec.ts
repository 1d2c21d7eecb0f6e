import { beforeEach, describe, expect, it } from 'vitest';
import { inAttempt } from '../../src/inventory/attempt.js';
import { MembershipSteps } from '../../src/swarms/membership.steps.js';
import { MembershipTimings } from '../../src/swarms/membership.timings.js';
import { NodeCommands } from '../../src/swarms/node.commands.js';
import { NodeRemoval } from '../../src/swarms/node.removal.js';
import { SwarmAttempts } from '../../src/swarms/swarm.attempts.js';
import { SwarmCommands } from '../../src/swarms/swarm.commands.js';
import { A_REACH } from '../builders/a-reach.js';
import { anObservedNode, anObservedSwarm } from '../builders/swarm.js';
import { aSimulatedEngine, type SimulatedEngine } from '../inventory/simulated-engine.js';
import { inWholeSight, swarmReferences } from '../inventory/in-whole-sight.js';

const SWARM_ID = anObservedSwarm().id;
const NODE = { id: 'n2', name: 'host' };

let one: SimulatedEngine;
let attempts: SwarmAttempts;

beforeEach(async () => {
  one = await aSimulatedEngine();
  one.picture.syncedAt = new Date();
  const { inventory } = one;
  const references = swarmReferences(inventory);
  const steps = new MembershipSteps(inventory, one.commands, new MembershipTimings());
  const nodes = new NodeCommands(inventory, references, one.commands, steps, new NodeRemoval(inventory, steps));
  attempts = inWholeSight(new SwarmAttempts(inventory, references, new SwarmCommands(references, one.commands, steps), nodes, steps));
});

/** Asked again with the same key after a crash. */
function removalAgain(...managers: readonly string[]): Promise<unknown> {
  const noted = { swarmId: SWARM_ID, managers: managers.map((engine) => ({ engine, nodeId: 'n1' })), id: NODE.id, node: NODE };
  const note = (): Promise<never> => Promise.reject(new Error('is not to be noted again'));
  return inAttempt({ noted, silentMs: 120_000, note }, () => attempts.remove('n2', {}));
}

describe('a removal of a node of which no outcome is known', () => {
  it('was done where the swarm does not have the node', async () => {
    one.gateway.swarm.told = anObservedSwarm({ nodes: [anObservedNode('n1', { role: 'manager' })] });
    await one.refresher.engine('local');
    expect(await removalAgain('local')).toEqual({ resource: NODE, changed: true, warnings: [] });
  });

  it('was not done where the swarm has it', async () => {
    one.gateway.swarm.told = anObservedSwarm({ nodes: [anObservedNode('n1', { role: 'manager' }), anObservedNode('n2')] });
    await one.refresher.engine('local');
    await expect(removalAgain('local')).rejects.toMatchObject({ code: 'IDEMPOTENCY_UNFINISHED' });
  });

  it('was done where those that told of the swarm have left it', async () => {
    expect(await removalAgain('local')).toMatchObject({ resource: NODE });
  });

  it('is looked into later where an engine has not told yet what swarm it is in', async () => {
    one.inventory.add('two', A_REACH);
    await expect(removalAgain('two')).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
  });

  it.each([
    ['is looked after no longer', 'gone'],
    ['is a worker of it now', 'local'],
  ])('stays unknown where the engine that told of the swarm %s', async (_what, manager) => {
    one.gateway.swarm.nodeId = 'n1';
    await one.refresher.engine('local');
    await expect(removalAgain(manager)).rejects.toMatchObject({ code: 'IDEMPOTENCY_UNFINISHED', extras: { outcome: 'unknown' } });
  });
});
