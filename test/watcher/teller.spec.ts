import { describe, expect, it } from 'vitest';
import { aConfiguredEndpoint, aConnection, anEndpoint, anEngineEvent, anObservedContainer, anObservedNetwork, exited, idOf } from '../builders/observed.js';
import { GRACE_MS, ToldEngine } from './engine-model.js';

const front = anObservedNetwork('front');
const web = anObservedContainer('web', { networkMode: 'front', endpoints: [anEndpoint('front')] });
const fresh = anObservedContainer('web', {
  networkMode: 'front',
  state: 'created',
  running: false,
  startedAt: null,
  endpoints: [aConfiguredEndpoint('front')],
});
const settled = 10 * GRACE_MS;

function container(action: string, attributes: Record<string, string> = {}) {
  return anEngineEvent('container', action, 'web', attributes);
}

/** Everything was told: time alone brings nothing more. */
function expectNothingLeft(engine: ToldEngine): void {
  expect(engine.at(0)).toEqual([]);
  expect(engine.at(settled)).toEqual([]);
}

describe('a container that is run', () => {
  it('is told from creation to start, whichever moment the inspection shows', () => {
    const engine = new ToldEngine([front]).see({ containers: [web] });
    expect(engine.hear(container('create'), aConnection('connect', 'front', 'web'), container('start'))).toEqual([
      'container.created web',
      'attachment.created front/web',
      'attachment.activated front/web',
      'container.started web',
    ]);
    expectNothingLeft(engine);
  });

  it('is told step by step where the steps come one by one', () => {
    const engine = new ToldEngine([front]).see({ containers: [fresh] });
    expect(engine.hear(container('create'))).toEqual(['container.created web', 'attachment.created front/web']);
    engine.see({ containers: [web] });
    expect(engine.hear(aConnection('connect', 'front', 'web'))).toEqual(['attachment.activated front/web']);
    expect(engine.hear(container('start'))).toEqual(['container.started web']);
    expectNothingLeft(engine);
  });

  it('is told to start and to exit although both lie within one inspection', () => {
    const engine = new ToldEngine([front]).see({ containers: [exited(web)] });
    const events = [
      container('create'),
      aConnection('connect', 'front', 'web'),
      container('start'),
      container('die', { exitCode: '0' }),
      aConnection('disconnect', 'front', 'web'),
    ];
    expect(engine.hear(...events)).toEqual([
      'container.created web',
      'attachment.created front/web',
      'attachment.activated front/web',
      'container.started web',
      'container.exited web',
      'attachment.deactivated front/web',
    ]);
    expectNothingLeft(engine);
  });

  it('is told from birth to death although nothing was left to inspect', () => {
    const engine = new ToldEngine([front]);
    const changes = engine.changesOf(
      container('create'),
      aConnection('connect', 'front', 'web'),
      container('start'),
      container('die'),
      aConnection('disconnect', 'front', 'web'),
      container('destroy'),
    );
    expect(changes.map(({ type }) => type)).toEqual([
      'container.created',
      'attachment.created',
      'attachment.activated',
      'container.started',
      'container.exited',
      'attachment.deactivated',
      'attachment.removed',
      'container.removed',
    ]);
    for (const change of changes) {
      expect(change).toMatchObject({ stateExact: false, container: null, attachment: null, origin: 'engine' });
      expect(change.subject.name).toMatch(/^(front\/)?web$/);
    }
    expectNothingLeft(engine);
  });
});

describe('a container that runs', () => {
  const running = (): ToldEngine => new ToldEngine([front], [web]);

  it('is told to exit, with the disconnection told once though the engine tells it twice', () => {
    const engine = running().see({ containers: [exited(web)] });
    const disconnected = aConnection('disconnect', 'front', 'web');
    expect(engine.hear(container('die'), disconnected)).toEqual(['container.exited web', 'attachment.deactivated front/web']);
    expect(engine.hear(disconnected, container('stop'))).toEqual([]);
    expectNothingLeft(engine);
  });

  it('is told what it was before and what it is now', () => {
    const engine = running().see({ containers: [exited(web, { exitCode: 3 })] });
    const [change] = engine.changesOf(container('die', { exitCode: '3' }));
    expect(change).toMatchObject({
      type: 'container.exited',
      stateExact: true,
      container: { state: 'exited', exitCode: 3 },
      previous: { state: 'running', exitCode: null },
      engineEvent: { type: 'container', action: 'die', attributes: { exitCode: '3' } },
    });
  });

  it('is told to exit, start and be restarted where it is restarted', () => {
    const again = { ...web, startedAt: '2026-11-24T09:00:00.000Z' };
    const engine = running().see({ containers: [again] });
    const lost = aConnection('disconnect', 'front', 'web');
    const events = [container('kill'), container('die'), lost, container('stop'), aConnection('connect', 'front', 'web')];
    expect(engine.hear(...events, container('start'), container('restart'))).toEqual([
      'container.exited web',
      'attachment.deactivated front/web',
      'attachment.activated front/web',
      'container.started web',
      'container.restarted web',
    ]);
    expectNothingLeft(engine);
  });

  it('is told to be paused and to go on', () => {
    const engine = running().see({ containers: [{ ...web, state: 'paused' }] });
    expect(engine.hear(container('pause'), container('pause'))).toEqual(['container.paused web']);
    engine.see({ containers: [web] });
    expect(engine.hear(container('unpause'))).toEqual(['container.unpaused web']);
    expectNothingLeft(engine);
  });

  it('is told to be renamed, with the name it had', () => {
    const engine = running().see({ containers: [{ ...web, name: 'www' }] });
    const changes = engine.changesOf(anEngineEvent('container', 'rename', 'web', { name: 'www', oldName: '/web' }));
    expect(changes).toMatchObject([{ type: 'container.renamed', subject: { name: 'www' }, previous: { name: 'web' } }]);
    expectNothingLeft(engine);
  });

  it('is told to change its health, once for each state', () => {
    const engine = running().see({ containers: [{ ...web, health: 'healthy' }] });
    expect(engine.hear(container('health_status: healthy'), container('health_status: healthy'))).toEqual([
      'container.health-changed web',
    ]);
    engine.see({ containers: [{ ...web, health: 'unhealthy' }] });
    expect(engine.hear(container('health_status: unhealthy'))).toEqual(['container.health-changed web']);
    expectNothingLeft(engine);
  });

  it.each([
    ['oom', 'container.oom-killed web'],
    ['update', 'container.updated web'],
  ])('is told of %s each time', (action, told) => {
    const engine = running();
    expect(engine.hear(container(action), container(action))).toEqual([told, told]);
    expectNothingLeft(engine);
  });

  it.each(['kill', 'stop', 'attach', 'exec_create: sh', 'exec_start: sh', 'exec_die', 'top', 'resize', 'commit', 'nonsense'])(
    'is told nothing by %s',
    (action) => expect(running().hear(container(action))).toEqual([]),
  );

  it('is told to be removed after its attachments', () => {
    const engine = running().miss({ containers: [web] });
    const lost = aConnection('disconnect', 'front', 'web');
    expect(engine.hear(container('kill'), container('die'), lost, container('destroy'))).toEqual([
      'container.exited web',
      'attachment.deactivated front/web',
      'attachment.removed front/web',
      'container.removed web',
    ]);
    expect(engine.hear(container('destroy'))).toEqual([]);
    expectNothingLeft(engine);
  });
});

describe('attaching and detaching', () => {
  const alone = { ...web, endpoints: [] };

  it('is told as made and active, and as inactive and removed', () => {
    const engine = new ToldEngine([front], [alone]).see({ containers: [web] });
    expect(engine.hear(aConnection('connect', 'front', 'web'))).toEqual(['attachment.created front/web', 'attachment.activated front/web']);
    engine.see({ containers: [alone] });
    const lost = aConnection('disconnect', 'front', 'web');
    expect(engine.hear(lost, lost)).toEqual(['attachment.deactivated front/web', 'attachment.removed front/web']);
    expectNothingLeft(engine);
  });

  it('is told both ways although both lie within one inspection', () => {
    const engine = new ToldEngine([front], [alone]);
    expect(engine.hear(aConnection('connect', 'front', 'web'), aConnection('disconnect', 'front', 'web'))).toEqual([
      'attachment.created front/web',
      'attachment.activated front/web',
      'attachment.deactivated front/web',
      'attachment.removed front/web',
    ]);
    expectNothingLeft(engine);
  });

  it('again in another way is told although the engine repeats itself meanwhile', () => {
    const stopped = exited(web);
    const [endpoint] = stopped.endpoints;
    const otherwise = { ...stopped, endpoints: [{ ...endpoint!, aliases: ['api'] }] };
    const engine = new ToldEngine([front], [stopped]).see({ containers: [otherwise] });
    expect(engine.hear(aConnection('disconnect', 'front', 'web'))).toEqual([]);
    expect([engine.at(0), engine.at(settled)]).toEqual([[], ['attachment.updated front/web (resync)']]);

    const live = new ToldEngine([front], [web]).see({ containers: [{ ...web, endpoints: [anEndpoint('front', { aliases: ['api'] })] }] });
    expect(live.hear(aConnection('connect', 'front', 'web'))).toEqual([]);
    expect([live.at(0), live.at(settled)]).toEqual([[], ['attachment.updated front/web (resync)']]);
  });

  it('uses the one id of a builtin network although the engine has renewed its own', () => {
    const bridge = anObservedNetwork('bridge', { builtin: true });
    const onBridge = anObservedContainer('web', { endpoints: [anEndpoint('bridge')] });
    const engine = new ToldEngine([bridge], [alone]).see({ containers: [onBridge] });
    const [change] = engine.changesOf(aConnection('connect', 'bridge', 'web'));
    expect(change).toMatchObject({ subject: { id: `local~bridge.${onBridge.id}`, name: 'bridge/web' } });
  });
});

describe('what an event passes over', () => {
  const moved = { ...web, endpoints: [anEndpoint('front', { endpointId: 'e'.repeat(64), ipv4Address: '10.0.0.99' })] };
  const stopped = exited(web);
  const reconfigured = { ...stopped, endpoints: stopped.endpoints.map((one) => ({ ...one, aliases: ['other'] })) };

  it('is told as a difference: a new endpoint of what was known to be connected', () => {
    const engine = new ToldEngine([front], [web]).see({ containers: [moved] });
    expect(engine.hear(aConnection('connect', 'front', 'web'))).toEqual([]);
    engine.at(0);
    expect(engine.at(settled)).toEqual(['attachment.updated front/web (resync)']);
    expectNothingLeft(engine);
  });

  it('is told as a difference: other settings of what was known to be disconnected', () => {
    const engine = new ToldEngine([front], [stopped]).see({ containers: [reconfigured] });
    expect(engine.hear(aConnection('disconnect', 'front', 'web'))).toEqual([]);
    engine.at(0);
    expect(engine.at(settled)).toEqual(['attachment.updated front/web (resync)']);
    expectNothingLeft(engine);
  });

  it('is told as a difference: a change of a network that was known to be there', () => {
    const engine = new ToldEngine([front]).see({ networks: [{ ...front, labels: { team: 'web' } }] });
    expect(engine.hear(anEngineEvent('network', 'create', 'front'))).toEqual([]);
    engine.at(0);
    expect(engine.at(settled)).toEqual(['network.updated front (resync)']);
    expectNothingLeft(engine);
  });
});

describe('networks', () => {
  it('are told to be created and removed, once each', () => {
    const engine = new ToldEngine().see({ networks: [front] });
    const created = anEngineEvent('network', 'create', 'front');
    expect(engine.hear(created, created)).toEqual(['network.created front']);
    engine.miss({ networks: [front] });
    const destroyed = anEngineEvent('network', 'destroy', 'front');
    expect(engine.hear(destroyed, destroyed, anEngineEvent('network', 'prune', ''))).toEqual(['network.removed front']);
    expectNothingLeft(engine);
  });

  it('that are told to be created once more are told to have changed where they have', () => {
    const bridge = anObservedNetwork('bridge', { builtin: true });
    const engine = new ToldEngine([bridge]).see({ networks: [{ ...bridge, labels: { a: 'b' } }] });
    expect(engine.hear(anEngineEvent('network', 'create', 'bridge'))).toEqual([]);
    expect([engine.at(0), engine.at(settled)]).toEqual([[], ['network.updated bridge (resync)']]);
  });

  it('are told both ways although nothing was left to inspect', () => {
    const engine = new ToldEngine();
    const changes = engine.changesOf(anEngineEvent('network', 'create', 'front'), anEngineEvent('network', 'destroy', 'front'));
    expect(changes).toMatchObject([
      { type: 'network.created', stateExact: false, network: null, subject: { name: 'front', id: idOf('front') } },
      { type: 'network.removed', stateExact: false, network: null },
    ]);
    expectNothingLeft(engine);
  });

  it('removed under a stopped container turn its attachment into a broken one, and say so', () => {
    const stopped = exited(web);
    const engine = new ToldEngine([front], [stopped]).miss({ networks: [front] });
    const changes = engine.changesOf(anEngineEvent('network', 'destroy', 'front'));
    expect(changes).toMatchObject([
      { type: 'attachment.removed', subject: { id: `${front.id}.${web.id}` }, stateExact: false },
      { type: 'attachment.created', subject: { id: `front.${web.id}` }, attachment: { broken: expect.any(String) } },
      { type: 'network.removed' },
    ]);
    expectNothingLeft(engine);
  });

  it('are not told to be removed while the picture still has them: builtin ones come back', () => {
    expect(new ToldEngine([front]).hear(anEngineEvent('network', 'destroy', 'front'))).toEqual([]);
  });
});
