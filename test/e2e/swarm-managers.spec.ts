import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Network } from '../../src/resources/network.js';
import { eventually } from '../support/eventually.js';
import { doneOf, refusalOf, valueOf, type Face } from './face.js';
import { agreed } from './faces.js';
import { graphqlFace } from './graphql-face.js';
import { restFace } from './rest-face.js';
import { PATIENT, startSwarmLab, type SwarmLab } from './swarm-lab.js';

// One swarm from its making to its end: what its managers may do depends on how many of them there are.
/** Managers that lose the others do so after half a minute. */
const LONG = 90_000;
let lab: SwarmLab;
let rest: Face;
let graphql: Face;
let quiet: Network;

const member = (engine: string) => ({ engine, advertiseAddress: lab.lan.addressOf(lab.engine(engine)) });
const roleOf = async (engine: string): Promise<unknown> => valueOf(await rest.getEngine(engine)).swarmRole;
const managers = async (): Promise<readonly string[]> => valueOf(await rest.listSwarms()).items[0]?.managers ?? [];
/** What the engine itself says of its managers. */
const told = (engine: string): Promise<string> => lab.engine(engine).docker('node', 'ls', '--filter', 'role=manager', '--format', '{{.ManagerStatus}}');

beforeAll(async () => {
  lab = await startSwarmLab(['one', 'two', 'three']);
  rest = restFace(lab.app);
  graphql = graphqlFace(lab.app);
  valueOf(await rest.formSwarm({ manager: member('one'), workers: [member('two'), member('three')] }));
  quiet = valueOf(await rest.createNetwork({ name: 'quiet', driver: 'overlay', attachable: true, ipam: { pools: [{ subnet: '10.61.0.0/24' }] } }));
});
afterAll(() => lab.stop());

describe('the managers of a swarm', () => {
  it('become more: a worker that is made one is one when it is answered', async () => {
    const { etag = '' } = doneOf(await rest.getNode('two'));
    expect(await rest.updateNode('two', { role: 'manager' }, { dryRun: true })).toMatchObject({ ok: true, value: { role: 'manager', reachability: null } });
    const made = doneOf(await rest.updateNode('two', { role: 'manager' }, { ifMatch: etag }));
    expect(made).toMatchObject({ warnings: [], value: { role: 'manager', reachability: 'reachable', leader: false } });
    expect(valueOf(await graphql.updateNode('three', { role: 'manager' }))).toMatchObject({ reachability: 'reachable', managerAddress: '10.60.0.3:2377' });
    expect(await roleOf('three')).toBe('manager');
    expect((await told('one')).split('\n').sort()).toEqual(['Leader', 'Reachable', 'Reachable']);
    expect(valueOf(await agreed(lab.app, (face) => face.getSwarm('two'))).managers).toEqual(['one', 'three', 'two']);
  });

  it('become fewer: one that is made a worker is one when it is answered, and drained at once where that is wanted', async () => {
    expect(valueOf(await graphql.updateNode('three', { role: 'worker', availability: 'drain' }))).toMatchObject({ role: 'worker', availability: 'drain', reachability: null, managerAddress: null });
    expect(valueOf(await rest.updateNode('two', { role: 'worker' }))).toMatchObject({ role: 'worker' });
    expect([await roleOf('two'), await roleOf('three'), await managers()]).toEqual(['worker', 'worker', ['one']]);
    expect(await told('one')).toBe('Leader');
  });

  it('are one at least', async () => {
    for (const dryRun of [true, false]) {
      const refused = refusalOf(await agreed(lab.app, (face) => face.updateNode('one', { role: 'worker' }, { dryRun })));
      expect(refused).toMatchObject({ code: 'NODE_STATE', status: 409, extras: { engine: 'one' } });
      expect(refused.detail).toContain('the only manager');
    }
  });

  it('may be engines that join', async () => {
    for (const [engine, face] of [['two', rest], ['three', graphql]] as const) {
      valueOf(await face.removeNode(engine));
      expect(await roleOf(engine)).toBe('none');
      expect(doneOf(await face.addNode({ ...member(engine), role: 'manager' }))).toMatchObject({ warnings: [], value: { role: 'manager', state: 'ready', reachability: 'reachable' } });
    }
    expect(await managers()).toEqual(['one', 'three', 'two']);
  });

  it('are not taken away where too few would be left to decide anything', async () => {
    await lab.engine('three').kill();
    await eventually(async () => expect(valueOf(await agreed(lab.app, (face) => face.getNode('three'))).reachability).toBe('unreachable'), PATIENT);
    const refusals = [
      await agreed(lab.app, (face) => face.updateNode('two', { role: 'worker' })),
      await agreed(lab.app, (face) => face.removeNode('two')),
      await agreed(lab.app, (face) => face.removeNode('one', { dryRun: true })),
    ];
    for (const refused of refusals.map(refusalOf)) {
      expect(refused).toMatchObject({ code: 'NODE_STATE', status: 409 });
      expect(refused.detail).toContain('the swarm has 2 managers, of which 1 can be reached');
    }
    expect(await roleOf('two')).toBe('manager');
  });
});

describe('a swarm whose managers have lost each other', () => {
  let seen: string;

  it('is shown as it last was, with the reason and since when, by an engine that is there', async () => {
    await lab.engine('two').kill();
    await eventually(async () => {
      expect(valueOf(await agreed(lab.app, (face) => face.getSwarm('one')))).toMatchObject({ problem: expect.stringContaining('does not have a leader') as string });
    }, PATIENT);
    const swarm = valueOf(await graphql.getSwarm('one'));
    expect(swarm).toMatchObject({ nodeCount: 3, managers: ['one', 'three', 'two'] });
    const engine = valueOf(await agreed(lab.app, (face) => face.getEngine('one')));
    expect(engine).toMatchObject({ state: 'connected', problem: null, swarmProblem: swarm.problem });
    expect(Date.parse(swarm.staleSince ?? '')).toBeLessThan(Date.parse(engine.syncedAt ?? ''));
    expect(valueOf(await agreed(lab.app, (face) => face.listNodes())).total).toBe(3);
    seen = swarm.staleSince ?? '';
  }, LONG);

  it('is not changed: what asks for it is refused at once, and says why', async () => {
    const began = performance.now();
    const refusals = [
      await agreed(lab.app, (face) => face.updateNode('two', { availability: 'drain' })),
      await agreed(lab.app, (face) => face.removeNode('three', { force: true })),
      await agreed(lab.app, (face) => face.createService({ name: 'web', image: 'fl-busybox' })),
      await agreed(lab.app, (face) => face.createNetwork({ name: 'late', driver: 'overlay', engine: 'one' })),
    ];
    for (const refused of refusals.map(refusalOf)) {
      expect(refused).toMatchObject({ code: 'ENGINE_UNREACHABLE', status: 503, extras: { engine: 'one', engineMessage: expect.stringContaining('does not have a leader') as string } });
      expect(refused.extras['outcome']).toBeUndefined();
    }
    expect(performance.now() - began).toBeLessThan(10_000);
    // What an engine does by itself needs nobody.
    expect(await agreed(lab.app, (face) => face.removeNode('one', { force: true, dryRun: true }))).toMatchObject({ ok: true });
  });

  it('leaves its engines what is their own', async () => {
    const own = valueOf(await rest.createNetwork({ name: 'own', engine: 'one' }));
    valueOf(await rest.removeNetwork(own.id));
    expect(valueOf(await agreed(lab.app, (face) => face.getNetwork('quiet')))).toMatchObject({ id: quiet.id });
  });

  it('is followed again by itself when they are back, and nothing of it was told to be gone', async () => {
    expect(valueOf(await rest.getSwarm('one')).staleSince).toBe(seen);
    await lab.engine('two').start();
    await eventually(async () => {
      expect(valueOf(await agreed(lab.app, (face) => face.getSwarm('one')))).toMatchObject({ problem: null, staleSince: null });
      expect(valueOf(await rest.getEngine('one')).swarmProblem).toBeNull();
      expect(valueOf(await rest.getNode('two'))).toMatchObject({ state: 'ready', reachability: 'reachable' });
    }, PATIENT);
    const { items } = valueOf(await rest.events({ engines: ['one'], types: ['network.*', 'engine.*'] }));
    const types = items.filter(({ subject }) => subject.kind === 'engine' || subject.id === quiet.id).map(({ type }) => type);
    // Managers tell anew of networks when they elect a leader.
    expect(types.filter((type) => type !== 'network.updated')).toEqual(['engine.connected', 'network.created']);
  });
});

describe('taking managers out', () => {
  it('goes on without one that is down, where that is forced', async () => {
    await eventually(async () => {
      const removed = doneOf(await graphql.removeNode('three', { force: true }));
      expect(removed.warnings).toEqual([expect.stringContaining('Engine three was not asked')]);
    }, PATIENT);
    expect(await managers()).toEqual(['one', 'two']);
  });

  it('has the others agree before the leader leaves', async () => {
    // One that was not there to be asked could not agree: both have just been started again.
    await eventually(async () => {
      for (const name of ['one', 'two']) expect(valueOf(await rest.getEngine(name))).toMatchObject({ state: 'connected', swarmProblem: null });
    }, PATIENT);
    const { leader } = valueOf(await rest.getNode('one'));
    valueOf(await rest.removeNode(leader ? 'one' : 'two'));
    const [left, stays] = leader ? ['one', 'two'] : ['two', 'one'];
    expect([await roleOf(left), await managers()]).toEqual(['none', [stays]]);
    expect(valueOf(await agreed(lab.app, (face) => face.listNodes())).items).toMatchObject([{ engine: stays, leader: true }]);
    const { engines } = valueOf(await agreed(lab.app, (face) => face.getNetwork('quiet')));
    // One that is away shows what it did when it was last seen; whether three had seen it before it was killed is a matter of moments.
    expect(engines.filter((name) => name !== 'three')).toEqual([stays]);
    const refused = refusalOf(await agreed(lab.app, (face) => face.removeNode(stays)));
    expect(refused.detail).toContain('with it the swarm ends');
    valueOf(await graphql.removeNode(stays, { force: true }));
    expect(await roleOf(stays)).toBe('none');
  });

  it('leaves the word of one that was given up while it was away, and says that it is old', async () => {
    expect(valueOf(await agreed(lab.app, (face) => face.listSwarms())).items).toMatchObject([{ engines: ['three'], problem: 'Engine three, its manager, is unreachable.' }]);
  });
});
