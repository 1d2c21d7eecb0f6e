import { describe, expect, it } from 'vitest';
import { eventIdOf } from '../../src/event-log/event-id.js';
import { aChange } from './open-log.js';

const reported = aChange('web', { engineEvent: { type: 'network', action: 'create', attributes: { name: 'web' } } });

describe('the id of an event', () => {
  it('is the same for what an engine reported, however often it is told', () => {
    expect(eventIdOf(reported)).toBe(eventIdOf({ ...reported, stateExact: false, previous: { name: 'x' } }));
    expect(eventIdOf(reported)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it.each([
    ['engine', { engine: 'other' }],
    ['time', { time: '2026-11-25T10:00:00.000000002Z' }],
    ['type', { type: 'network.updated' as const }],
    ['subject', { subject: { ...reported.subject, id: 'another' } }],
    ['event of the engine', { engineEvent: { type: 'network', action: 'update', attributes: {} } }],
  ])('differs with the %s', (_what, change) => {
    expect(eventIdOf({ ...reported, ...change })).not.toBe(eventIdOf(reported));
  });

  it('is new each time for what no event of an engine told', () => {
    const found = aChange('web', { origin: 'resync' });
    expect(eventIdOf(found)).not.toBe(eventIdOf(found));
  });
});
