import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SEEN_BY, type EventSubject, type EventType, type ObservedChange } from '../../src/events/event.js';
import { EVENTS_MAY_COME_MS, ExpectedEvents, type ExpectedEvent } from '../../src/inventory/expected-events.js';
import { inRequest } from '../../src/logging/request-context.js';
import { DomainError } from '../../src/errors/domain.error.js';
import { aNetworkSpec } from '../docker/specs.js';
import { aSimulatedEngine } from './simulated-engine.js';

const CAUSE = { requestId: 'r', keyName: 'k' };

function aChange(type: EventType, id: string, name: string, engine = 'local'): ObservedChange {
  const kind = type.split('.')[0] as EventSubject['kind'];
  return {
    type,
    engine,
    time: '2026-11-01T00:00:00Z',
    origin: 'engine',
    subject: { kind, id, name },
    network: null,
    container: null,
    attachment: null,
    stateExact: true,
    previous: null,
    gap: null,
    engineEvent: null,
    cause: null,
  };
}

describe('expected events', () => {
  let expected: ExpectedEvents;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
    expected = new ExpectedEvents();
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const note = (id: string, event: ExpectedEvent, requestId = 'r', forMs = EVENTS_MAY_COME_MS): void =>
    expected.note('local', id, { ...CAUSE, requestId }, [event], forMs);

  it.each<[string, ExpectedEvent, ObservedChange, boolean]>([
    ['a network by name', { type: 'network.created', name: 'n' }, aChange('network.created', 'n1', 'n'), true],
    ['not a network of another name', { type: 'network.created', name: 'n' }, aChange('network.created', 'n1', 'm'), false],
    ['not another type', { type: 'network.created', name: 'n' }, aChange('network.removed', 'n1', 'n'), false],
    ['not on another engine', { type: 'network.created', name: 'n' }, aChange('network.created', 'n1', 'n', 'other'), false],
    ['a network by id', { type: 'network.removed', network: ['n1'] }, aChange('network.removed', 'n1', 'n'), true],
    ['a container by id', { type: 'container.exited', container: 'c1' }, aChange('container.exited', 'c1', 'c'), true],
    ['not another container', { type: 'container.exited', container: 'c1' }, aChange('container.exited', 'c2', 'c'), false],
    ['an attachment by both ends', { type: 'attachment.created', network: ['n1'], container: 'c1' }, aChange('attachment.created', 'n1.c1', 'n/c'), true],
    ['not one on another network', { type: 'attachment.created', network: ['n1'], container: 'c1' }, aChange('attachment.created', 'n2.c1', 'm/c'), false],
    ['one on any network', { type: 'attachment.removed', container: 'c1' }, aChange('attachment.removed', 'n2.c1', 'm/c'), true],
    ['one by its container’s name', { type: 'attachment.created', name: 'c' }, aChange('attachment.created', 'n1.c9', 'n/c'), true],
    ['a broken one, whose network is known by name', { type: 'attachment.removed', network: ['a.b'], container: 'c1' }, aChange('attachment.removed', 'a.b.c1', 'a.b/c'), true],
  ])('explain %s', (_what, event, change, explained) => {
    note('1', event);
    expect(expected.find(change)).toEqual(explained ? CAUSE : null);
  });

  it('are used up by the event that they explain, for each subject by itself', () => {
    note('1', { type: 'attachment.removed', container: 'c1' });
    expect(expected.find(aChange('attachment.removed', 'n1.c1', 'n/c'))).toEqual(CAUSE);
    expect(expected.find(aChange('attachment.removed', 'n1.c1', 'n/c'))).toBeNull();
    expect(expected.find(aChange('attachment.removed', 'n2.c1', 'm/c'))).toEqual(CAUSE);
  });

  it('explain events in the order of the commands', () => {
    note('1', { type: 'container.started', container: 'c1' }, 'first');
    note('2', { type: 'container.started', container: 'c1' }, 'second');
    const requestIds = [1, 2, 3].map(() => expected.find(aChange('container.started', 'c1', 'c'))?.requestId);
    expect(requestIds).toEqual(['first', 'second', undefined]);
  });

  it('of several commands of one request are used up together', () => {
    note('1', { type: 'attachment.created', name: 'c' });
    note('2', { type: 'attachment.created', network: ['n1'], container: 'c1' });
    expect(expected.find(aChange('attachment.created', 'n1.c1', 'n/c'))).toEqual(CAUSE);
    expect(expected.find(aChange('attachment.created', 'n1.c1', 'n/c'))).toBeNull();
  });

  const LABEL = ['com.docker.swarm.service.name', 'web'] as const;
  const ofTask = (type: EventType, id: string, name: string, engine = 'local', service = 'web'): ObservedChange => ({
    ...aChange(type, id, name, engine),
    [SEEN_BY]: { network: {}, container: { [LABEL[0]]: service }, others: null },
  });

  it('explain what befalls any container with a label, of so many as were said, on all engines together', () => {
    for (const engine of ['local', 'other']) {
      expected.note(engine, '1', CAUSE, [{ type: 'container.created', label: LABEL, most: 2 }, { type: 'attachment.created', label: LABEL, most: 1 }], 1_000);
    }
    const causeOf = (...change: Parameters<typeof ofTask>): unknown => expected.find(ofTask(...change));
    expect(causeOf('container.created', 'c0', 'api.1', 'local', 'api')).toBeNull();
    expect(causeOf('container.created', 'c0', 'web.1', 'third')).toBeNull();
    expect(causeOf('container.created', 'c1', 'web.1')).toEqual(CAUSE);
    expect(causeOf('container.created', 'c2', 'web.2', 'other')).toEqual(CAUSE);
    expect(causeOf('container.created', 'c3', 'web.3')).toBeNull();
    // One container may be on several networks.
    expect(causeOf('attachment.created', 'n1.c1', 'n/web.1')).toEqual(CAUSE);
    expect(causeOf('attachment.created', 'n2.c1', 'm/web.1')).toEqual(CAUSE);
    expect(causeOf('attachment.created', 'n1.c2', 'n/web.2')).toBeNull();
  });

  it('explain by the latest command what several may have led to, and by the one that names it before', () => {
    const open = { type: 'container.exited', label: LABEL, open: true } as const;
    note('1', open, 'first');
    note('2', open, 'second');
    note('3', { type: 'container.exited', container: 'c1' }, 'third');
    const requestIds = [1, 2, 3, 4].map(() => expected.find(ofTask('container.exited', 'c1', 'web.1'))?.requestId);
    expect(requestIds).toEqual(['third', 'second', 'first', undefined]);
  });

  it('are dropped for each engine by itself, where it did not come to them', () => {
    const event = { type: 'network.updated', network: ['n1'] } as const;
    for (const engine of ['local', 'other']) expected.note(engine, '1', CAUSE, [event], 1_000);
    expected.drop('local', '1');
    expect(expected.find(aChange('network.updated', 'n1', 'n'))).toBeNull();
    expect(expected.find(aChange('network.updated', 'n1', 'n', 'other'))).toEqual(CAUSE);
  });

  it('lapse, later where they are noted again, and are dropped where nothing came of the command', () => {
    const event = { type: 'container.paused', container: 'c1' } as const;
    note('1', event, 'r', 1_000);
    note('1', event, 'r', 5_000);
    vi.advanceTimersByTime(4_000);
    expect(expected.find(aChange('container.paused', 'c1', 'c'))).toEqual(CAUSE);
    note('2', event, 'r', 1_000);
    vi.advanceTimersByTime(1_000);
    expect(expected.find(aChange('container.paused', 'c1', 'c'))).toBeNull();
    note('3', event);
    expected.drop('local', '3');
    expect(expected.find(aChange('container.paused', 'c1', 'c'))).toBeNull();
  });
});

describe('a command', () => {
  it('is expected to show from before it is sent, under the request that asked for it', async () => {
    const engine = await aSimulatedEngine();
    await inRequest(CAUSE, () =>
      engine.commands.run('local', [], async (session) => {
        vi.spyOn(engine.gateway, 'createNetwork').mockImplementation(async ({ name }) => {
          expect(engine.expected.find(aChange('network.created', 'n1', name))).toEqual(CAUSE);
          return { id: 'n1', warnings: [] };
        });
        await session.act((gateway) => gateway.createNetwork(aNetworkSpec('n')));
      }),
    );
  });

  it.each<[string, Error, boolean]>([
    ['that the engine refuses leads to nothing', new DomainError('NETWORK_NAME_TAKEN', 'taken'), false],
    ['of unknown outcome may lead to its events yet', new DomainError('ENGINE_TIMEOUT', 'late', { outcome: 'unknown' }), true],
  ])('%s', async (_what, failure, mayCome) => {
    const engine = await aSimulatedEngine();
    vi.spyOn(engine.gateway, 'createNetwork').mockRejectedValue(failure);
    const run = inRequest(CAUSE, () =>
      engine.commands.run('local', [], (session) => session.act((gateway) => gateway.createNetwork(aNetworkSpec('n')))),
    );
    await expect(run).rejects.toBe(failure);
    expect(engine.expected.find(aChange('network.created', 'n1', 'n'))).toEqual(mayCome ? CAUSE : null);
  });

  it('of nobody’s request is nobody’s', async () => {
    const engine = await aSimulatedEngine();
    await engine.commands.run('local', [], (session) => session.act((gateway) => gateway.createNetwork(aNetworkSpec('n'))));
    expect(engine.expected.find(aChange('network.created', 'n1', 'n'))).toBeNull();
  });
});
