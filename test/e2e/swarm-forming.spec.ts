import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { refusalOf, valueOf, type Face } from './face.js';
import { agreed, FACES } from './faces.js';
import { PATIENT, startSwarmLab, type SwarmLab } from './swarm-lab.js';

let lab: SwarmLab;

beforeAll(async () => {
  lab = await startSwarmLab(['one', 'two', 'three']);
});
afterAll(() => lab.stop());

const member = (engine: string) => ({ engine, advertiseAddress: lab.lan.addressOf(lab.engine(engine)) });

async function roles(face: Face): Promise<(string | null)[]> {
  return Promise.all(['one', 'two', 'three'].map(async (name) => valueOf(await face.getEngine(name)).swarmRole));
}

describe('forming a swarm', () => {
  it('is refused for input that makes no sense, before any engine is asked to do anything', async () => {
    const wrong: [object, string, string][] = [
      [{ manager: member('one'), workers: [member('one')] }, 'VALIDATION_FAILED', 'workers[0].engine'],
      [{ manager: member('one'), workers: [{ ...member('one'), engine: 'two' }] }, 'VALIDATION_FAILED', 'workers[0].advertiseAddress'],
      [{ manager: { engine: 'one', advertiseAddress: 'lan0' } }, 'VALIDATION_FAILED', 'manager.advertiseAddress'],
      [{ manager: { ...member('one'), engine: 'nobody' } }, 'ENGINE_NOT_FOUND', ''],
    ];
    for (const [input, code, field] of wrong) {
      const refused = refusalOf(await agreed(lab.app, (face) => face.formSwarm(input as never)));
      expect(refused.code).toBe(code);
      if (field !== '') expect(refused.extras['errors']).toMatchObject([{ field }]);
    }
    expect(refusalOf(await agreed(lab.app, (face) => face.createService({ name: 'web', image: 'fl-busybox' }))).code).toBe('NOT_SWARM_MANAGER');
  });

  it('leaves no swarm behind where the address is not one of the host', async () => {
    for (const [, faceOf] of FACES) {
      const face = faceOf(lab.app);
      const refused = refusalOf(await face.formSwarm({ manager: { engine: 'one', advertiseAddress: '10.9.9.9' }, workers: [member('two')] }));
      expect(refused).toMatchObject({ code: 'VALIDATION_FAILED', extras: { errors: [{ field: 'advertiseAddress' }] } });
      expect(await roles(face)).toEqual(['none', 'none', 'none']);
    }
  });

  it('takes all engines out again where one of them cannot reach the manager', async () => {
    const face = FACES[0]?.[1](lab.app) as Face;
    lab.lan.cutOff(lab.engine('three'));
    const refused = refusalOf(await face.formSwarm({ manager: member('one'), workers: [member('two'), member('three')] }));
    lab.lan.bringBack(lab.engine('three'));
    expect(refused).toMatchObject({ code: 'ENGINE_ERROR', status: 502, extras: { engine: 'three' } });
    expect(refused.detail).toContain('cannot reach the manager');
    expect(refused.extras).not.toHaveProperty('notTakenBack');
    expect(await roles(face)).toEqual(['none', 'none', 'none']);
    expect(valueOf(await face.listSwarms()).items).toEqual([]);
    for (const name of ['one', 'two', 'three']) {
      expect(await lab.engine(name).docker('info', '--format', '{{.Swarm.LocalNodeState}}')).toBe('inactive');
    }
  });
});

describe.each(FACES)('a swarm formed through %s', (_name, faceOf) => {
  let face: Face;

  beforeAll(() => {
    face = faceOf(lab.app);
  });

  it('is tried out first, and then made in one command', async () => {
    const input = { manager: member('one'), workers: [member('two')] };
    const tried = await face.formSwarm(input, { dryRun: true });
    expect(tried).toMatchObject({ ok: true, changed: false, value: { engines: ['one', 'two'], managers: ['one'] } });
    expect(valueOf(await face.listSwarms()).total).toBe(0);
    const made = await face.formSwarm(input);
    expect(made).toMatchObject({ ok: true, changed: true, warnings: [] });
    const swarm = valueOf(made);
    expect(swarm).toMatchObject({ engines: ['one', 'two'], managers: ['one'], nodeCount: 2, readyNodeCount: 2 });
    expect(await roles(face)).toEqual(['manager', 'worker', 'none']);
    expect(await lab.engine('one').docker('node', 'ls', '--format', '{{.Status}} {{.Availability}}')).toBe('Ready Active\nReady Active');
    const again = refusalOf(await agreed(lab.app, (each) => each.formSwarm({ manager: member('three'), workers: [member('two')] })));
    expect(again).toMatchObject({ code: 'ALREADY_IN_SWARM', status: 409, extras: { engine: 'two' } });
    expect(await roles(face)).toEqual(['manager', 'worker', 'none']);
  });

  it('takes in another engine', async () => {
    const input = { ...member('three') };
    expect(await face.addNode(input, { dryRun: true })).toMatchObject({ ok: true, changed: false, value: { engine: 'three', role: 'worker' } });
    const node = valueOf(await face.addNode(input));
    expect(node).toMatchObject({ engine: 'three', role: 'worker', state: 'ready', address: '10.60.0.3' });
    expect(valueOf(await agreed(lab.app, (each) => each.getSwarm('one'))).engines).toEqual(['one', 'three', 'two']);
    expect(refusalOf(await agreed(lab.app, (each) => each.addNode(input))).code).toBe('ALREADY_IN_SWARM');
  });

  it('has a node drained, on the condition that it is as it was read', async () => {
    const { etag = '' } = (await face.getNode('three')) as { etag?: string };
    const drained = await face.updateNode('three', { availability: 'drain' }, { ifMatch: etag });
    expect(valueOf(drained).availability).toBe('drain');
    expect(refusalOf(await agreed(lab.app, (each) => each.updateNode('three', { availability: 'active' }, { ifMatch: etag }))).code).toBe('PRECONDITION_FAILED');
    expect(valueOf(await agreed(lab.app, (each) => each.listNodes({ availability: 'drain' }))).items).toHaveLength(1);
  });

  it('gives a node up: its engine leaves, and can join again elsewhere', async () => {
    const [known] = valueOf(await face.listNodes({ engine: 'three' })).items;
    expect(await face.removeNode('three', { dryRun: true })).toMatchObject({ ok: true, changed: false });
    expect(await face.removeNode(known?.id ?? '')).toMatchObject({ ok: true, changed: true });
    expect(refusalOf(await agreed(lab.app, (each) => each.getNode('three'))).code).toBe('NODE_NOT_FOUND');
    expect(await roles(face)).toEqual(['manager', 'worker', 'none']);
    expect(await lab.engine('one').docker('node', 'ls', '--quiet')).not.toContain(known?.id);
  });

  it('ends with its only manager, which must be said', async () => {
    expect(refusalOf(await agreed(lab.app, (each) => each.removeNode('one')))).toMatchObject({ code: 'NODE_STATE', status: 409 });
    valueOf(await face.removeNode('two'));
    valueOf(await face.removeNode('one', { force: true }));
    await eventually(async () => expect(await roles(face)).toEqual(['none', 'none', 'none']), PATIENT);
    expect(valueOf(await agreed(lab.app, (each) => each.listSwarms())).total).toBe(0);
  });
});
