import { beforeEach, describe, expect, it } from 'vitest';
import type { ObservedNode } from '../../src/docker/swarm.observed.js';
import { DomainError } from '../../src/errors/domain.error.js';
import { MembershipSteps } from '../../src/swarms/membership.steps.js';
import { MembershipTimings } from '../../src/swarms/membership.timings.js';
import { NodeCommands } from '../../src/swarms/node.commands.js';
import { NodeRemoval } from '../../src/swarms/node.removal.js';
import { A_REACH } from '../builders/a-reach.js';
import { aMember, anObservedNode, anObservedSwarm } from '../builders/swarm.js';
import { SimulatedGateway } from '../contracts/simulated.gateway.js';
import { aSimulatedEngine, type SimulatedEngine } from '../inventory/simulated-engine.js';
import { inWholeSight, swarmReferences } from '../inventory/in-whole-sight.js';
import { eventually } from '../support/eventually.js';

// What no real engine can be made to do: to join and never be ready, to fail in leaving, to lose its way in between.
const QUICK = Object.assign(new MembershipTimings(), { lookEveryMs: 1, readyWithinMs: 20, roleWithinMs: 20 });
const SWARM_ID = anObservedSwarm().id;
const aManager = (id: string, changes: Partial<ObservedNode> = {}) =>
  anObservedNode(id, { role: 'manager', reachability: 'reachable', managerAddress: `${id}:2377`, ...changes });

let one: SimulatedEngine;
let two: SimulatedGateway;
let commands: NodeCommands;
/** What was done to the swarm and to the membership of two, in order. */
let done: string[];

/** The swarm's nodes from now on. */
function nodes(...now: readonly ObservedNode[]): void {
  one.gateway.swarm.told = anObservedSwarm({ nodes: now });
}
const standing = (): readonly ObservedNode[] => one.gateway.swarm.told?.nodes ?? [];

beforeEach(async () => {
  one = await aSimulatedEngine();
  two = new SimulatedGateway('two');
  await one.registry.put({ gateway: two, reach: A_REACH });
  one.inventory.add('two', A_REACH).state = 'connected';
  nodes(aManager('n1'));
  await one.refresher.engine('local');
  const { inventory } = one;
  const references = swarmReferences(inventory);
  const steps = new MembershipSteps(inventory, one.commands, QUICK);
  commands = inWholeSight(new NodeCommands(inventory, references, one.commands, steps, new NodeRemoval(inventory, steps)));

  done = [];
  one.gateway.swarm.joinTokens = async () => ({ manager: 'm', worker: 'w' });
  one.gateway.swarm.updateNode = async (id, { role, availability }) => {
    done.push(`update ${id} ${role ?? ''} ${availability ?? ''}`.trim());
    nodes(...standing().map((node) => (node.id !== id || role !== 'worker' ? node : { ...node, role, managerAddress: null, reachability: null })));
  };
  one.gateway.swarm.removeNode = async (id) => {
    done.push(`remove ${id}`);
    nodes(...standing().filter((node) => node.id !== id));
  };
  two.swarm.join = async ({ token }) => {
    done.push('join');
    two.swarm.nodeId = 'n2';
    nodes(...standing(), (token === 'm' ? aManager : anObservedNode)('n2', { state: 'unknown', address: '10.0.0.2' }));
  };
  two.swarm.leave = async () => {
    done.push('leave');
    two.swarm.nodeId = null;
  };
});

const add = (role?: 'manager') => commands.add(SWARM_ID, { engine: 'two', advertiseAddress: '10.0.0.2', role }, {});
async function failureOf(work: Promise<unknown>): Promise<DomainError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof DomainError) return error;
  throw new Error(`did not fail with a DomainError but: ${String(error)}`);
}

describe('an engine that joins and is not found ready', () => {
  it('leaves again, and the swarm forgets it', async () => {
    const { code, extras } = await failureOf(add());
    expect([code, extras]).toEqual(['ENGINE_TIMEOUT', {}]);
    expect(done).toEqual(['join', 'leave', 'remove n2']);
    expect(standing().map(({ id }) => id)).toEqual(['n1']);
  });

  it('is no manager any more before it leaves, so that the others can go on', async () => {
    await failureOf(add('manager'));
    expect(done).toEqual(['join', 'update n2 worker', 'leave', 'remove n2']);
  });

  it('is told of as it failed, with what could not be taken back', async () => {
    two.swarm.leave = () => Promise.reject(new DomainError('ENGINE_ERROR', 'It will not.'));
    const { code, detail, extras } = await failureOf(add());
    expect([code, detail]).toEqual(['ENGINE_TIMEOUT', expect.stringContaining('did not find it ready')]);
    expect(extras.notTakenBack).toEqual([{ engine: 'two', reason: 'Engine two has not left: It will not.' }]);
    expect(standing().map(({ id }) => id)).toEqual(['n1']);
  });

  it('leaves when it is back where it went away, and nobody else puts it into a swarm until then', async () => {
    const { leave } = two.swarm;
    two.swarm.leave = async () => {
      two.swarm.leave = leave;
      throw new DomainError('ENGINE_UNREACHABLE', 'It is away.');
    };
    const { extras } = await failureOf(add());
    expect(extras.notTakenBack).toEqual([{ engine: 'two', reason: expect.stringContaining('as soon as it can') as string }]);
    const again = failureOf(add());
    await again;
    expect(done).toEqual(['join', 'remove n2', 'leave', 'join', 'leave', 'remove n2']);
  });
});

describe('a joining that fails itself', () => {
  it('leaves no node behind that the swarm had noted', async () => {
    const { join } = two.swarm;
    two.swarm.join = async (spec) => {
      await join(spec);
      two.swarm.nodeId = null;
      throw new DomainError('ENGINE_ERROR', 'No.');
    };
    const { code, extras } = await failureOf(add());
    expect([code, extras]).toEqual(['ENGINE_ERROR', {}]);
    expect(standing().map(({ id }) => id)).toEqual(['n1']);
  });
});

describe('a joining that fails itself, and cannot be taken back', () => {
  const refusal = () => Promise.reject(new DomainError('ENGINE_ERROR', 'It will not.'));

  it('is told of once', async () => {
    two.swarm.join = async () => {
      two.connect = async () => {
        const member = aMember('n2');
        return { ...member, membership: member.membership && { ...member.membership, managerAddresses: ['n1:2377'] } };
      };
      two.swarm.leave = refusal;
      return refusal();
    };
    const { extras } = await failureOf(add());
    expect(extras.notTakenBack).toEqual([{ engine: 'two', reason: 'Engine two has not left: It will not.' }]);
  });

  it('is not told of where the engine is in no swarm, and there is nothing to leave', async () => {
    two.swarm.join = refusal;
    two.swarm.leave = () => Promise.reject(new DomainError('NODE_NOT_FOUND', 'The engine is in no swarm (any more).'));
    const { code, extras } = await failureOf(add());
    expect([code, extras]).toEqual(['ENGINE_ERROR', {}]);
  });
});

describe('changes of one swarm', () => {
  beforeEach(async () => {
    two.swarm.nodeId = 'n2';
    nodes(aManager('n1'), aManager('n2'), aManager('n3'));
    await one.refresher.engine('local');
    await one.refresher.engine('two');
  });

  it('are made one after the other: what was counted for the second is what the first has left', async () => {
    const found = (id: string) => swarmReferences(one.inventory).node(id);
    const [first, second] = [found('n2'), found('n3')];
    // The third has gone meanwhile.
    nodes(aManager('n1'), aManager('n2'), aManager('n3', { state: 'down', reachability: 'unreachable' }));
    const refused = await failureOf(commands.remove(first, { force: false }));
    expect([refused.code, refused.detail]).toEqual(['NODE_STATE', expect.stringContaining('of which 1 can be reached')]);
    expect(done).toEqual([]);
    await Promise.all([commands.update(second, { role: 'worker' }, {}), commands.remove(first, {})]);
    expect(done).toEqual(['update n3 worker', 'update n2 worker', 'update n2  drain', 'leave', 'remove n2']);
    expect((await failureOf(commands.update(found('n1'), { role: 'worker' }, {}))).detail).toContain('the only manager');
  });

  it('are refused at once while a manager cannot tell, but for what an engine does by itself', async () => {
    const found = swarmReferences(one.inventory).node('n2');
    one.picture.loseSwarm('The swarm does not have a leader.');
    one.gateway.once('inspectSwarm', () => Promise.reject(new DomainError('ENGINE_ERROR', 'No leader.', { engineMessage: 'The swarm does not have a leader.' })));
    const refused = await failureOf(commands.remove(found, {}));
    expect([refused.code, refused.extras]).toEqual(['ENGINE_UNREACHABLE', { engine: 'local', engineMessage: 'The swarm does not have a leader.' }]);
    const { warnings } = await commands.remove(found, { force: true });
    expect(warnings).toEqual([expect.stringContaining('The swarm was not asked')]);
    expect(done).toEqual(['leave']);
  });

  it('leave to others what they do not speak of', async () => {
    const { resource } = swarmReferences(one.inventory).node('n2');
    await commands.update({ view: swarmReferences(one.inventory).swarm(SWARM_ID).view, resource }, { availability: 'drain' }, {});
    expect(done).toEqual(['update n2  drain']);
  });

  it('are made through the manager that is left where another has just gone', async () => {
    two.swarm.told = anObservedSwarm({ nodes: standing() });
    await one.refresher.engine('two');
    one.inventory.picture('two').loseSwarm('The swarm does not have a leader.');
    two.once('connect', () => Promise.reject(new DomainError('ENGINE_UNREACHABLE', 'It is away.')));
    await commands.update(swarmReferences(one.inventory).node('n1'), { availability: 'drain' }, {});
    expect(done).toEqual(['update n1  drain']);
  });

  it('give a node back what it was where its engine refuses to leave', async () => {
    two.swarm.leave = () => Promise.reject(new DomainError('ENGINE_ERROR', 'It will not.'));
    const refused = await failureOf(commands.remove(swarmReferences(one.inventory).node('n2'), {}));
    expect([refused.code, refused.extras.notTakenBack]).toEqual(['ENGINE_ERROR', undefined]);
    expect(done).toEqual(['update n2 worker', 'update n2  drain', 'update n2 manager active']);
  });

  it('do not keep each other waiting for ever when two engines are to change places', async () => {
    const found = (id: string) => swarmReferences(one.inventory).node(id);
    nodes(aManager('n1'), anObservedNode('n2'));
    await one.refresher.engine('local');
    const outcomes = await Promise.allSettled([commands.remove(found('n2'), {}), add(), commands.remove(found('n2'), {}), add()]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
    await eventually(() => expect(standing().map(({ id }) => id)).toEqual(['n1']));
  });
});
