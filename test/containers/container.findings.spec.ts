import { describe, expect, it } from 'vitest';
import { changeFinding, creationFinding, removalFinding } from '../../src/containers/container.findings.js';
import type { LifecycleVerb } from '../../src/containers/container.lifecycle.js';
import type { Container, ContainerState } from '../../src/resources/container.js';

const T1 = '2026-11-01T00:00:00Z';
const T2 = '2026-11-01T00:00:01Z';

function aState(state: ContainerState, startedAt: string | null = state === 'created' ? null : T1): Container {
  return { id: 'c1', name: 'c', engine: 'local', image: 'i', state, startedAt, attachments: [] } as unknown as Container;
}

describe('what became of a step of a container', () => {
  it.each<[LifecycleVerb, Container, Container | undefined, string]>([
    ['start', aState('created'), aState('running'), 'done, changed'],
    ['start', aState('exited'), aState('running', T2), 'done, changed'],
    ['start', aState('created'), aState('exited'), 'done, changed'],
    ['start', aState('running'), aState('running'), 'done'],
    ['start', aState('created'), aState('created'), 'undone'],
    ['start', aState('exited'), aState('exited'), 'undone'],
    ['start', aState('running'), aState('exited', T2), 'untold'],
    ['stop', aState('running'), aState('exited'), 'done, changed'],
    ['stop', aState('running'), undefined, 'done, changed'],
    ['stop', aState('exited'), aState('exited'), 'done'],
    ['stop', aState('running'), aState('running'), 'undone'],
    ['stop', aState('running'), aState('running', T2), 'untold'],
    ['restart', aState('running'), aState('running', T2), 'done, changed'],
    ['restart', aState('exited'), aState('running', T2), 'done, changed'],
    ['restart', aState('running'), aState('running'), 'undone'],
    ['restart', aState('created'), aState('created'), 'undone'],
    ['restart', aState('running'), aState('exited'), 'untold'],
    ['restart', aState('running'), aState('exited', T2), 'untold'],
    ['restart', aState('running'), undefined, 'untold'],
    ['pause', aState('running'), aState('paused'), 'done, changed'],
    ['pause', aState('paused'), aState('paused'), 'done'],
    ['pause', aState('running'), aState('running'), 'undone'],
    ['pause', aState('running'), aState('exited'), 'untold'],
    ['unpause', aState('paused'), aState('running'), 'done, changed'],
    ['unpause', aState('running'), aState('running'), 'done'],
    ['unpause', aState('paused'), aState('paused'), 'undone'],
    ['unpause', aState('paused'), aState('exited'), 'untold'],
  ])('%s, from %j to %j: %s', (verb, before, now, told) => {
    const finding = changeFinding(verb, before, now);
    expect(finding.is === 'done' && finding.answer.changed ? 'done, changed' : finding.is).toBe(told);
    if (finding.is === 'done') expect(finding.answer.resource).toEqual(now ?? { ...before, state: 'removing' });
  });
});

describe('what became of a container that was', () => {
  const wanted = { engine: 'local', name: 'c', image: 'i', networks: [{ id: 'n1', name: 'n' }], start: true };
  const on = (container: Container, broken: string | null = null): Container =>
    ({ ...container, attachments: [{ networkId: 'n1', networkName: 'n', broken }] }) as unknown as Container;

  it.each<[string, Container | undefined, Partial<typeof wanted>, string]>([
    ['made, attached and started', on(aState('running')), {}, 'done'],
    ['made and has ended since', on(aState('exited')), {}, 'done'],
    ['made, not to be started', on(aState('created')), { start: false }, 'done'],
    ['not made', undefined, {}, 'has no container "c"'],
    ['not started', on(aState('created')), {}, 'created but not started'],
    ['not attached', aState('running'), {}, 'created but not attached to n'],
    ['attached in a broken way', on(aState('running'), 'broken'), {}, 'created but not attached to n'],
    ['made by somebody else', on(aState('running')), { image: 'j' }, 'somebody else has made it'],
  ])('%s', (_what, made, other, told) => {
    const finding = creationFinding({ ...wanted, ...other }, made);
    if (finding.is === 'done') expect({ told, resource: finding.answer.resource }).toEqual({ told: 'done', resource: made });
    else expect(finding.detail).toContain(told);
  });

  it('to be removed: gone it is done, and told as it last stood', () => {
    expect(removalFinding(aState('exited'), undefined)).toMatchObject({ is: 'done', answer: { resource: { state: 'exited' } } });
    expect(removalFinding(aState('exited'), aState('exited'))).toMatchObject({ is: 'undone' });
  });
});
