import { describe, expect, it } from 'vitest';
import type { ObservedSwarm } from '../../src/docker/swarm.observed.js';
import { Inventory } from '../../src/inventory/inventory.js';
import { Teller } from '../../src/watcher/teller.js';
import { A_REACH } from '../builders/a-reach.js';
import { anEngineEvent, anObservedNetwork } from '../builders/observed.js';
import { aMember, anObservedNode, anObservedSwarm } from '../builders/swarm.js';

const OVER = 'over'.padEnd(25, '0');
const OVERLAY = anObservedNetwork('over', { id: OVER, driver: 'overlay', scope: 'swarm' });
const SWARM = anObservedSwarm({ nodes: [anObservedNode('n1', { role: 'manager' }), anObservedNode('n2', { role: 'manager' }), anObservedNode('n3')] });

/** Engines of one swarm, each with its teller. */
class Lab {
  private readonly inventory = new Inventory();
  private readonly tellers = new Map<string, Teller>();

  add(engine: string, nodeId: string, swarm: ObservedSwarm | null): this {
    const picture = this.inventory.add(engine, A_REACH);
    picture.state = 'connected';
    picture.observed = aMember(nodeId, swarm !== null);
    picture.setSwarm(swarm);
    this.tellers.set(engine, new Teller(0));
    return this;
  }

  sees(engine: string, isSeen: boolean): this {
    this.inventory.picture(engine).setNetwork(OVER, isSeen ? OVERLAY : undefined);
    return this;
  }

  leaves(engine: string): this {
    this.inventory.picture(engine).observed = aMember(null);
    return this;
  }

  /** What an engine tells, by comparing or on an event. */
  told(engine: string, action?: string): string[] {
    const now = this.inventory.sight(engine);
    const teller = this.tellers.get(engine);
    if (teller === undefined) throw new Error(`no engine ${engine}`);
    const event = { ...anEngineEvent('network', action ?? '', 'over', { type: 'overlay' }), actorId: OVER };
    const changes = action === undefined ? teller.tellAllDifferences(now) : teller.tellEvents([event], now);
    return changes.map(({ type, previous, network }) => {
      const before = previous === null ? '' : ` was ${JSON.stringify(previous['engines'])}`;
      return `${type} ${JSON.stringify(network?.engines)}${before}`;
    });
  }
}

describe.each([
  ['on events', 'create', 'destroy'],
  ['by comparing', undefined, undefined],
] as const)('the sight of a network of a swarm, told %s', (_name, create, destroy) => {
  it('is its creation and removal on the engine that speaks for the swarm', () => {
    const lab = new Lab().add('one', 'n1', SWARM).add('three', 'n3', null);
    expect(lab.sees('one', true).told('one', create)).toEqual(['network.created ["one"]']);
    expect(lab.sees('one', false).told('one', destroy)).toEqual(['network.removed ["one"]']);
  });

  it('is an update where it is gained or lost by another engine', () => {
    const lab = new Lab().add('one', 'n1', SWARM).add('three', 'n3', null).sees('one', true);
    lab.told('one', create);
    expect(lab.sees('three', true).told('three', create)).toEqual(['network.updated ["one","three"] was ["one"]']);
    expect(lab.told('one')).toEqual([]);
    expect(lab.sees('three', false).told('three', destroy)).toEqual(['network.updated ["one"] was ["one","three"]']);
    expect(lab.told('one')).toEqual([]);
  });

  it('is told by nobody else when the one who speaks for the swarm tells the removal', () => {
    const lab = new Lab().add('one', 'n1', SWARM).add('two', 'n2', SWARM).sees('one', true).sees('two', true);
    expect(lab.told('one', create)).toEqual(['network.created ["one","two"]']);
    expect(lab.told('two', create)).toEqual(['network.updated ["one","two"] was ["one"]']);
    lab.sees('one', false).sees('two', false);
    expect(lab.told('two', destroy)).toEqual([]);
    expect(lab.told('one', destroy)).toEqual(['network.removed ["one","two"]']);
  });

  it('is lost by an engine that leaves the swarm, which is no removal while others have the network', () => {
    const lab = new Lab().add('one', 'n1', SWARM).add('three', 'n3', null).sees('one', true).sees('three', true);
    lab.told('three', create);
    expect(lab.leaves('three').sees('three', false).told('three', destroy)).toEqual(['network.updated ["one"] was ["one","three"]']);
  });

  it('is no removal where no manager is known', () => {
    const lab = new Lab().add('three', 'n3', null);
    expect(lab.sees('three', true).told('three', create)).toEqual(['network.created ["three"]']);
    expect(lab.sees('three', false).told('three', destroy)).toEqual(['network.updated [] was ["three"]']);
  });
});
