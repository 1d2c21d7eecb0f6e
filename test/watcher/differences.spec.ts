import { describe, expect, it } from 'vitest';
import { aConfiguredEndpoint, aConnection, anEndpoint, anEngineEvent, anObservedContainer, anObservedNetwork, exited } from '../builders/observed.js';
import { GRACE_MS, ToldEngine } from './engine-model.js';

const front = anObservedNetwork('front');
const web = anObservedContainer('web', { networkMode: 'front', endpoints: [anEndpoint('front')] });
const settled = 10 * GRACE_MS;

function container(action: string, attributes: Record<string, string> = {}) {
  return anEngineEvent('container', action, 'web', attributes);
}

/** Everything was told: time alone brings nothing more. */
function expectNothingLeft(engine: ToldEngine): void {
  expect(engine.at(0)).toEqual([]);
  expect(engine.at(settled)).toEqual([]);
}

describe('a difference that no event explains', () => {
  const stopped = exited(web);
  const attached = { ...stopped, endpoints: [...stopped.endpoints, aConfiguredEndpoint('back')] };
  const back = anObservedNetwork('back');

  it('waits for the event on its way, then is told as found by comparing', () => {
    const engine = new ToldEngine([front, back], [stopped]).see({ containers: [attached] });
    expect(engine.at(0)).toEqual([]);
    expect(engine.at(GRACE_MS - 1)).toEqual([]);
    expect(engine.at(GRACE_MS)).toEqual(['attachment.created back/web (resync)']);
    expect(engine.at(settled)).toEqual([]);
  });

  it('is not told when its event comes within the time, nor later', () => {
    const engine = new ToldEngine([front], [web]).see({ containers: [stopped] });
    expect(engine.at(0)).toEqual([]);
    expect(engine.hear(container('die'), aConnection('disconnect', 'front', 'web'))).toHaveLength(2);
    expect(engine.at(settled)).toEqual([]);
  });

  it('is not told twice when its event comes after it was told', () => {
    const engine = new ToldEngine([front], [web]).see({ containers: [stopped] });
    engine.at(0);
    expect(engine.at(GRACE_MS)).toEqual(['container.exited web (resync)', 'attachment.deactivated front/web (resync)']);
    expect(engine.hear(container('die'), aConnection('disconnect', 'front', 'web'))).toEqual([]);
    expectNothingLeft(engine);
  });

  it('is not told while an event about it waits to be followed up, however long that takes', () => {
    const engine = new ToldEngine([front], [web]).see({ containers: [exited(web)] });
    const pending = [container('die')];
    expect([engine.unexplainedAt(0, pending), engine.unexplainedAt(settled, pending)]).toEqual([[], []]);
    expect(engine.hear(...pending, aConnection('disconnect', 'front', 'web'))).toEqual([
      'container.exited web',
      'attachment.deactivated front/web',
    ]);
    expectNothingLeft(engine);
  });

  it('is told at its time although events about other things wait', () => {
    const engine = new ToldEngine([front], [web]).see({ containers: [exited(web)] });
    const pending = [anEngineEvent('container', 'die', 'other'), aConnection('connect', 'back', 'other')];
    engine.unexplainedAt(0, pending);
    expect(engine.unexplainedAt(GRACE_MS, pending)).toHaveLength(2);
  });

  it('that has gone by itself is not told, and a new one waits its own time', () => {
    const engine = new ToldEngine([front, back], [stopped]).see({ containers: [attached] });
    engine.at(0);
    engine.see({ containers: [stopped] });
    expect(engine.at(GRACE_MS)).toEqual([]);
    engine.see({ containers: [attached] });
    expect(engine.at(GRACE_MS + 1)).toEqual([]);
    expect(engine.at(2 * GRACE_MS)).toEqual([]);
    expect(engine.at(2 * GRACE_MS + 1)).toEqual(['attachment.created back/web (resync)']);
  });

  it('is told with the fields that changed', () => {
    const engine = new ToldEngine([front], [web]).see({ containers: [{ ...web, endpoints: [anEndpoint('front', { ipv4Address: '10.20.0.9' })] }] });
    engine.at(0);
    expect(engine.unexplainedAt(GRACE_MS)).toMatchObject([
      { type: 'attachment.updated', origin: 'resync', engineEvent: null, previous: { ipv4Address: '10.20.0.2' } },
    ]);
  });
});

describe('after a time out of sight', () => {
  const again = { ...web, startedAt: '2026-11-24T09:00:00.000Z' };

  it.each([
    ['nothing has changed', web, []],
    ['a container has ended', exited(web), ['container.exited web', 'attachment.deactivated front/web']],
    ['a container was restarted', again, ['container.restarted web']],
    ['a container was paused', { ...web, state: 'paused' as const }, ['container.paused web']],
    ['a container was renamed', { ...web, name: 'www' }, ['container.renamed www']],
    ['a container ran again and ended', exited(again), ['container.exited web', 'attachment.deactivated front/web']],
    ['a container was restarted and paused', { ...again, state: 'paused' as const }, ['container.restarted web', 'container.paused web']],
    ['a label was changed', { ...web, labels: { a: 'b' } }, ['container.updated web']],
  ])('it is told that %s', (_what, now, told) => {
    const engine = new ToldEngine([front], [web]).see({ containers: [now] });
    expect(engine.afterGap()).toEqual(told.map((text) => `${text} (resync)`));
    expect(engine.afterGap()).toEqual([]);
  });

  it('what appeared is told before what stands on it, what went after it', () => {
    const back = anObservedNetwork('back');
    const db = anObservedContainer('db', { endpoints: [anEndpoint('back')] });
    const engine = new ToldEngine([front], [web]).miss({ networks: [front], containers: [web] }).see({ networks: [back], containers: [db] });
    expect(engine.afterGap()).toEqual([
      'network.created back (resync)',
      'container.created db (resync)',
      'container.started db (resync)',
      'attachment.deactivated front/web (resync)',
      'attachment.removed front/web (resync)',
      'attachment.created back/db (resync)',
      'attachment.activated back/db (resync)',
      'network.removed front (resync)',
      'container.removed web (resync)',
    ]);
    expectNothingLeft(engine);
  });

  it('a stopped container that ran and ended meanwhile is told to have done both', () => {
    const stopped = exited(web);
    const engine = new ToldEngine([front], [stopped]).see({ containers: [{ ...stopped, startedAt: '2026-11-24T09:00:00.000Z' }] });
    expect(engine.afterGap()).toEqual(['container.started web (resync)', 'container.exited web (resync)']);
  });

  it('what was shown with the last step is set right, where that was ahead of it', () => {
    const ahead = new ToldEngine([front], [web]).see({ containers: [web] });
    // Paused and gone on before it was looked at; the next step, and a pause after it, fall into the gap.
    expect(ahead.hear(container('pause'))).toEqual(['container.paused web']);
    ahead.see({ containers: [{ ...web, state: 'paused' }] });
    expect(ahead.afterGap()).toEqual(['container.updated web (resync)']);
    expectNothingLeft(ahead);

    const attached = new ToldEngine([front], [web]);
    expect(attached.hear(aConnection('disconnect', 'front', 'web'))).toEqual(['attachment.deactivated front/web']);
    attached.see({ containers: [exited(web)] });
    expect(attached.afterGap()).toEqual(['container.exited web (resync)', 'attachment.updated front/web (resync)']);
    expectNothingLeft(attached);
  });

  it('a container that was told to be removed is not told to come back by what befell it before', () => {
    const engine = new ToldEngine([front], [web]).miss({ containers: [web] });
    expect(engine.afterGap().at(-1)).toBe('container.removed web (resync)');
    const rename = container('rename', { name: 'www', oldName: '/web' });
    expect(engine.hear(rename, aConnection('connect', 'front', 'web'), container('die'), container('destroy'))).toEqual([]);
    expectNothingLeft(engine);
  });

  it('a run that was found with its end is not told again by its events that were on their way, but the next one is', () => {
    const [stopped, startedAt] = [exited(web), '2026-11-24T09:00:00.000Z'];
    const engine = new ToldEngine([front], [stopped]).see({ containers: [{ ...stopped, startedAt }] });
    engine.afterGap();
    expect(engine.hear(container('start'), container('die'))).toEqual([]);
    engine.see({ containers: [{ ...stopped, startedAt: '2026-11-24T09:00:01.000Z' }] });
    expect(engine.hear(container('start'), container('die'))).toEqual(['container.started web', 'container.exited web']);
    expectNothingLeft(engine);
  });

  it.each(['exited', 'removing', 'restarting', 'dead'] as const)('an end that was found as %s is not told again by its event', (state) => {
    const engine = new ToldEngine([front], [web]).see({ containers: [exited(web, { state })] });
    expect(engine.afterGap()[0]).toBe('container.exited web (resync)');
    expect(engine.hear(container('die'), container('die'))).toEqual([]);
    expectNothingLeft(engine);
  });

  it('nothing is told again by events that were on their way', () => {
    const engine = new ToldEngine([front]).see({ containers: [web] });
    engine.afterGap();
    expect(engine.hear(container('create'), aConnection('connect', 'front', 'web'), container('start'))).toEqual([]);
    expectNothingLeft(engine);
  });
});
