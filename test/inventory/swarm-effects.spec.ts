import { describe, expect, it } from 'vitest';
import { EnginePicture } from '../../src/inventory/engine-picture.js';
import { joinPictures } from '../../src/inventory/joined-pictures.js';
import { swarmEffectsOf } from '../../src/inventory/swarm-effects.js';
import { A_REACH } from '../builders/a-reach.js';
import { aMember, anObservedNode, anObservedService, anObservedSwarm, anObservedTask } from '../builders/swarm.js';

const SERVICES = [
  anObservedService('web', { replicas: 2, networks: [{ target: 'back', predefined: null, aliases: [] }] }),
  anObservedService('each', { mode: 'global', replicas: null }),
];
const TASKS = [
  anObservedTask('t1', { serviceId: 'web', nodeId: 'n1' }),
  anObservedTask('t2', { serviceId: 'web', nodeId: 'n2' }),
  anObservedTask('t0', { serviceId: 'web', nodeId: 'n2', state: 'shutdown', desiredState: 'shutdown' }),
  anObservedTask('t3', { serviceId: 'each', nodeId: 'n2' }),
];
const NODES = [anObservedNode('n1', { role: 'manager', managerAddress: '10.0.0.1:2377' }), anObservedNode('n2')];

/** What a command to an engine is expected to lead to: on which engines, of what, and of how many. */
function effectsOf(engine: string, call: string, ...args: unknown[]): string[] {
  const pictures = ['one', 'two', 'new'].map((name, index) => {
    const picture = new EnginePicture(name, A_REACH);
    picture.state = 'connected';
    picture.observed = aMember(['n1', 'n2', null][index] ?? null, name === 'one');
    if (name === 'one') picture.setSwarm(anObservedSwarm({ nodes: NODES, services: SERVICES, tasks: TASKS }));
    return picture;
  });
  const { snapshots, swarms } = joinPictures(pictures);
  const snapshot = snapshots.get(engine);
  if (snapshot === undefined) throw new Error(`no engine ${engine}`);
  return swarmEffectsOf(call, args, { snapshot, swarms }).flatMap(({ engines, expected }) =>
    expected
      .filter(({ type }) => type.startsWith('container.') || type.startsWith('network.'))
      .map(({ type, label, most, name, network }) => [engines.join('+'), type, ...(label?.slice(1) ?? []), most ?? '', name ?? '', ...(network ?? [])].join(' ').trim()),
  );
}

const made = (engines: string, service: string, most: number) => ['created', 'started'].map((step) => `${engines} container.${step} ${service} ${most}`);

describe('what a command of a swarm is expected to lead to', () => {
  it('is as many tasks as a new service has, on any engine, and sight of its networks', () => {
    const spec = { name: 'api', replicas: 3, networks: [{ target: 'back', aliases: [] }] };
    const sight = 'one+two network.updated   back';
    expect(effectsOf('one', 'createService', spec)).toEqual([...made('one+two', 'api', 3), sight]);
    expect(effectsOf('one', 'createService', { ...spec, replicas: null })).toEqual([...made('one+two', 'api', 2), sight]);
  });

  it.each<[string, object, string[]]>([
    ['nothing of labels', { labels: {} }, []],
    ['more tasks', { replicas: 3 }, made('one+two', 'web', 1)],
    ['fewer tasks', { replicas: 1 }, ['one+two container.exited web 1', 'one+two container.removed web 3']],
    ['nothing of what stands', { image: 'fl-busybox:latest', command: [], endpointMode: 'vip', ports: [], networks: [{ target: 'back', aliases: [] }] }, []],
    ['all tasks anew', { command: ['x'] }, [...made('one+two', 'web', 2), 'one+two container.exited web 2', 'one+two container.removed web 5']],
    ['all tasks anew, as many as there are to be', { image: 'x', replicas: 3 }, [...made('one+two', 'web', 3), 'one+two container.exited web 2', 'one+two container.removed web 6']],
    ['all tasks anew, and sight of another network', { networks: [] }, [...made('one+two', 'web', 2), 'one+two container.exited web 2', 'one+two container.removed web 5']],
  ])('is %s', (_what, changes, expected) => {
    const sight = expected.length === 0 ? [] : ['one+two network.updated   back'];
    expect(effectsOf('one', 'updateService', 'web', 1, changes)).toEqual([...expected, ...sight]);
  });

  it('is the end of whatever a service has', () => {
    expect(effectsOf('one', 'removeService', 'web')).toEqual(['one+two container.exited web', 'one+two container.removed web', 'one+two network.updated   back']);
    expect(effectsOf('one', 'removeService', 'unknown')).toEqual([]);
  });

  it('is that the tasks of a node move, but for those of which each node has its own', () => {
    const moving = ['two container.exited n2 2', 'two container.removed n2 3', ...made('one+two', 'web', 1)];
    expect(effectsOf('one', 'updateNode', 'n2', { availability: 'drain' })).toEqual(['two network.updated', ...moving]);
    expect(effectsOf('one', 'removeNode', 'n2', { force: true })).toEqual(moving);
    expect(effectsOf('two', 'leave', { force: true })).toEqual(['two network.updated', 'two network.removed', ...moving]);
    expect(effectsOf('one', 'updateNode', 'n2', { availability: 'active' })).toEqual([]);
    expect(effectsOf('one', 'updateNode', 'unknown', { availability: 'drain' })).toEqual([]);
  });

  it('is the networks of an engine that gets into a swarm, and the tasks that each node has', () => {
    const own = ['ingress', 'docker_gwbridge'].map((name) => `new network.created  ${name}`);
    expect(effectsOf('new', 'init', {})).toEqual(own);
    expect(effectsOf('new', 'join', { managerAddresses: ['10.0.0.1:2377'] })).toEqual([...own, 'new network.updated', ...made('new', 'each', 1)]);
    expect(effectsOf('new', 'join', { managerAddresses: ['10.0.0.9:2377'] })).toEqual([...own, 'new network.updated']);
    expect(effectsOf('new', 'leave', { force: true })).toEqual(['new network.updated', 'new network.removed']);
  });

  it('is nothing where it only reads', () => {
    expect(effectsOf('one', 'inspect')).toEqual([]);
    expect(effectsOf('one', 'joinTokens')).toEqual([]);
  });
});
