import { beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '../../src/errors/domain.error.js';
import { A_REACH } from '../builders/a-reach.js';
import { anObservedNetwork } from '../builders/observed.js';
import { aMember, anObservedNode, anObservedSwarm } from '../builders/swarm.js';
import { aSimulatedEngine, type SimulatedEngine } from './simulated-engine.js';

let engine: SimulatedEngine;
beforeEach(async () => {
  engine = await aSimulatedEngine();
});

function fails(code: 'ENGINE_ERROR' | 'ENGINE_UNREACHABLE' | 'ENGINE_TIMEOUT', engineMessage?: string) {
  return () => Promise.reject(new DomainError(code, 'as the test wants it', engineMessage === undefined ? {} : { engineMessage }));
}

describe('looking at one object', () => {
  it('shows it as it is, and that it is gone once it is', async () => {
    const id = await engine.container('web');
    await engine.refresher.container('local', id);
    expect(engine.shown()).toEqual(['web']);
    await engine.gateway.removeContainer(id, { force: true });
    await engine.refresher.container('local', id);
    expect(engine.shown()).toEqual([]);
  });

  it('never lets an older answer stand over a newer one', async () => {
    const id = await engine.container('web');
    const slow = engine.gateway.hold('inspectContainer');
    const first = engine.refresher.container('local', id);
    await slow.reached;
    await engine.gateway.startContainer(id);
    const second = engine.refresher.container('local', id);
    slow.release();
    await Promise.all([first, second]);
    expect(engine.inventory.snapshot('local').containerById.get(id)?.state).toBe('running');
  });

  it('asks once for all who ask while it has not begun, and again for who asks after it has', async () => {
    const id = await engine.container('web');
    const before = engine.gateway.calls.length;
    const slow = engine.gateway.hold('inspectContainer');
    const all = [engine.refresher.container('local', id)];
    await slow.reached;
    for (let count = 0; count < 5; count += 1) all.push(engine.refresher.container('local', id));
    slow.release();
    await Promise.all(all);
    expect(engine.gateway.calls.slice(before)).toEqual([`inspectContainer ${id}`, `inspectContainer ${id}`]);
  });

  it('goes on after a failure, which reaches who asked and nobody else', async () => {
    const id = await engine.container('web');
    engine.gateway.once('inspectContainer', fails('ENGINE_UNREACHABLE'));
    const first = engine.refresher.container('local', id);
    const second = engine.refresher.container('local', id);
    await expect(first).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    await second;
    expect(engine.shown()).toEqual(['web']);
  });

  it('says that the picture has changed only when it has', async () => {
    const id = await engine.container('web');
    let told = 0;
    engine.bus.on('picture-changed', () => (told += 1));
    await engine.refresher.container('local', id);
    const { revision } = engine.inventory.snapshot('local');
    await engine.refresher.container('local', id);
    expect([told, engine.inventory.snapshot('local').revision]).toEqual([1, revision]);
  });
});

describe('looking at everything', () => {
  it('shows what there is and drops what there is not any more', async () => {
    await engine.network('front');
    const id = await engine.container('web');
    await engine.refresher.all('local');
    expect(engine.shown()).toEqual(['front', 'web']);
    engine.gateway.removeUnseen(id);
    await engine.refresher.all('local');
    expect(engine.shown()).toEqual(['front']);
  });

  it('keeps what was made after the list was asked for', async () => {
    const list = engine.gateway.hold('listContainers');
    const all = engine.refresher.all('local');
    await list.reached;
    const id = await engine.container('late');
    await engine.refresher.container('local', id);
    list.release();
    await all;
    expect(engine.shown()).toEqual(['late']);
  });

  it('does not bring back what is gone by an answer that is older than the list', async () => {
    const id = await engine.container('web');
    await engine.refresher.container('local', id);
    const slow = engine.gateway.hold('inspectContainer');
    const older = engine.refresher.container('local', id);
    await slow.reached;
    engine.gateway.removeUnseen(id);
    const all = engine.refresher.all('local');
    await new Promise((resolve) => setImmediate(resolve));
    slow.release();
    await Promise.all([older, all]);
    expect(engine.shown()).toEqual([]);
  });

  it('is not kept from the others by one object that the engine cannot describe', async () => {
    for (const name of ['a', 'b', 'c']) await engine.container(name);
    engine.gateway.once('inspectContainer', fails('ENGINE_ERROR'));
    await engine.refresher.all('local');
    expect(engine.shown()).toHaveLength(2);
  });

  it('fails when the engine goes away in the middle of it', async () => {
    await engine.container('a');
    engine.gateway.once('inspectContainer', fails('ENGINE_UNREACHABLE'));
    await expect(engine.refresher.all('local')).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
  });

  it('takes one object that hangs for what it is while the engine answers, and fails when it does not', async () => {
    for (const name of ['a', 'b']) await engine.container(name);
    engine.gateway.once('inspectContainer', fails('ENGINE_TIMEOUT'));
    await engine.refresher.all('local');
    expect(engine.shown()).toHaveLength(1);
    engine.gateway.once('inspectContainer', fails('ENGINE_TIMEOUT'));
    engine.gateway.once('ping', fails('ENGINE_TIMEOUT'));
    await expect(engine.refresher.all('local')).rejects.toMatchObject({ code: 'ENGINE_TIMEOUT' });
  });

  it('shows nothing half-seen of an engine that comes back', async () => {
    await engine.network('front');
    await engine.container('web');
    engine.picture.state = 'unreachable';
    const seen: string[][] = [];
    engine.bus.on('picture-changed', () => seen.push(engine.shown()));
    await engine.refresher.all('local');
    expect(seen.filter((names) => names.length === 1)).toEqual([]);
    expect(engine.shown()).toEqual(['front', 'web']);
  });
});

describe('looking at what the engine is', () => {
  it('never lets an older answer stand over a newer one', async () => {
    const slow = engine.gateway.hold('connect');
    const first = engine.refresher.engine('local');
    await slow.reached;
    engine.gateway.swarm.told = anObservedSwarm();
    const second = engine.refresher.engine('local');
    slow.release();
    await Promise.all([first, second]);
    expect(engine.picture.observed?.swarmRole).toBe('manager');
    expect(engine.inventory.swarms()).toHaveLength(1);
  });
});

describe('a manager without a majority', () => {
  const OVER = 'over'.padEnd(25, '0');
  const LEADERLESS = 'The swarm does not have a leader.';
  const swarm = () => engine.inventory.swarms()[0]?.swarm;

  beforeEach(async () => {
    engine.gateway.swarm.told = anObservedSwarm();
    engine.gateway.addUnseen(anObservedNetwork('over', { id: OVER, driver: 'overlay', scope: 'swarm' }));
    await engine.refresher.engine('local');
    await engine.refresher.all('local');
  });

  it('has its swarm shown as it last was, and says so until it can tell again', async () => {
    expect([swarm()?.problem, swarm()?.staleSince]).toEqual([null, null]);
    const toldAt = engine.picture.swarmToldAt;
    let told = 0;
    engine.bus.on('picture-changed', () => (told += 1));
    for (let look = 0; look < 2; look += 1) {
      engine.gateway.once('inspectSwarm', fails('ENGINE_ERROR', LEADERLESS));
      await engine.refresher.engine('local');
      expect(swarm()).toMatchObject({ problem: LEADERLESS, staleSince: toldAt });
      expect(engine.inventory.engine('local')).toMatchObject({ state: 'connected', swarmProblem: LEADERLESS });
    }
    expect(told).toBe(1);
    await engine.refresher.engine('local');
    expect([swarm()?.problem, swarm()?.staleSince]).toEqual([null, null]);
    expect(engine.inventory.engine('local').swarmProblem).toBeNull();
  });

  it('is no engine that is away, although it lets wait what it is asked', async () => {
    engine.gateway.once('connect', fails('ENGINE_TIMEOUT'));
    await engine.refresher.engine('local');
    expect(swarm()?.problem).toBe('as the test wants it');
    engine.gateway.once('listNetworkIds', fails('ENGINE_TIMEOUT'));
    await engine.refresher.all('local');
    expect(engine.shown()).toEqual(['over']);
    engine.gateway.once('connect', fails('ENGINE_TIMEOUT'));
    engine.gateway.once('ping', fails('ENGINE_TIMEOUT'));
    await expect(engine.refresher.engine('local')).rejects.toMatchObject({ code: 'ENGINE_TIMEOUT' });
  });

  it('does not make its networks vanish by showing them no more', async () => {
    engine.gateway.removeUnseen(OVER);
    engine.gateway.once('inspectSwarm', fails('ENGINE_ERROR', LEADERLESS));
    await engine.refresher.network('local', OVER);
    expect(engine.shown()).toEqual(['over']);
    await engine.refresher.network('local', OVER);
    expect(engine.shown()).toEqual([]);
  });

  it('leaves the word to another one that has it', () => {
    const other = engine.inventory.add('other', A_REACH);
    other.state = 'connected';
    other.observed = aMember('n2', true);
    for (const picture of [other, engine.picture]) picture.setSwarm(anObservedSwarm({ nodes: ['n1', 'n2'].map((id) => anObservedNode(id, { role: 'manager' })) }));
    const speaker = () => engine.inventory.swarmOf('other')?.group.speaker;
    expect(speaker()).toBe('local');
    engine.picture.loseSwarm(LEADERLESS);
    expect([speaker(), swarm()?.problem]).toEqual(['other', null]);
    other.state = 'unreachable';
    expect([speaker(), swarm()?.problem]).toEqual(['local', LEADERLESS]);
  });
});
