import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SwarmFollower } from '../../src/watcher/swarm-follower.js';
import { WatchTimings } from '../../src/watcher/watch-timings.js';
import { anObservedNode, anObservedSwarm, anObservedTask } from '../builders/swarm.js';
import { SimulatedGateway } from '../contracts/simulated.gateway.js';
import { A_REACH } from '../builders/a-reach.js';
import { aSimulatedEngine, type SimulatedEngine } from '../inventory/simulated-engine.js';
import { eventually } from '../support/eventually.js';

const FIRST_MS = 8;
const TIMINGS = Object.assign(new WatchTimings(), { swarmSoonMs: 1, swarmMotion: { firstMs: FIRST_MS, mostMs: 60_000, stableMs: Infinity } });
const NODES = [anObservedNode('n1', { role: 'manager' })];
const pending = (id = 't1') => anObservedTask(id, { state: 'pending' });

let engine: SimulatedEngine;
let follower: SwarmFollower;
/** When the manager was asked for its swarm. */
let asked: number[];

beforeEach(async () => {
  engine = await aSimulatedEngine();
  tells({});
  await engine.refresher.engine('local');
  asked = [];
  follower = new SwarmFollower(engine.inventory, engine.refresher, TIMINGS);
  noteNextLook();
});
afterEach(() => follower.stop());

function tells(swarm: Parameters<typeof anObservedSwarm>[0]): void {
  engine.gateway.swarm.told = anObservedSwarm({ nodes: NODES, ...swarm });
}

function noteNextLook(): void {
  engine.gateway.once('inspectSwarm', (work) => {
    asked.push(performance.now());
    noteNextLook();
    return work();
  });
}

const gaps = (): number[] => asked.slice(1).map((at, index) => at - (asked[index] ?? 0));
const untilAsked = (times: number): Promise<unknown> => eventually(() => expect(asked.length).toBeGreaterThanOrEqual(times));

describe('a manager in whose swarm a task is in motion', () => {
  it('is asked ever more rarely while nothing comes of it', async () => {
    tells({ tasks: [pending()] });
    follower.stir('local');
    await untilAsked(7);
    for (const [index, gap] of gaps().entries()) expect(gap).toBeGreaterThanOrEqual((FIRST_MS * 2 ** index) / 2 - 1);
  });

  it('is asked soon again when something has changed', async () => {
    tells({ tasks: [pending()] });
    follower.stir('local');
    await untilAsked(7);
    tells({ tasks: [pending(), pending('t2')] });
    follower.stir('local');
    await untilAsked(9);
    expect(gaps()[7]).toBeLessThan((FIRST_MS * 2 ** 7) / 2);
  });

  it('is asked at once when something is heard, however long it was to be left alone', async () => {
    tells({ tasks: [pending()] });
    follower = new SwarmFollower(engine.inventory, engine.refresher, Object.assign(new WatchTimings(), { swarmSoonMs: 1, swarmMotion: { firstMs: 600_000, mostMs: 600_000, stableMs: Infinity } }));
    for (const times of [1, 2, 3]) {
      follower.stir('local');
      await untilAsked(times);
      // It is on its way to the next look by then.
      await new Promise((resolve) => setImmediate(resolve));
    }
  });

  it('is asked no more once it is where it should be', async () => {
    tells({ tasks: [anObservedTask('t1')] });
    follower.stir('local');
    await untilAsked(1);
    await eventually(() => expect(engine.inventory.swarms()[0]?.tasks).toHaveLength(1));
    expect(asked).toHaveLength(1);
  });
});

describe('a node that is no known engine', () => {
  let outside: SimulatedGateway;
  const connects = (): number => outside.calls.filter((call) => call === 'connect').length;

  async function look(nodes: readonly string[]): Promise<void> {
    const before = asked.length;
    tells({ nodes: [...NODES, ...nodes.map((id) => anObservedNode(id))] });
    follower.stir('local');
    await untilAsked(before + 1);
    await eventually(() => expect(engine.inventory.swarms()[0]?.nodes).toHaveLength(nodes.length + 1));
  }

  beforeEach(async () => {
    outside = new SimulatedGateway('outside');
    await engine.registry.put({ gateway: outside, reach: A_REACH });
    engine.inventory.add('outside', A_REACH).state = 'connected';
  });

  it('has those that are in no swarm asked once, and again when it comes back', async () => {
    await look(['n2']);
    await eventually(() => expect(connects()).toBe(1));
    await look(['n2', 'n3']);
    await eventually(() => expect(connects()).toBe(2));
    await look(['n2']);
    await look(['n2', 'n3']);
    await eventually(() => expect(connects()).toBe(3));
  });
});
