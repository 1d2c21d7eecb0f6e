import { describe, expect, it } from 'vitest';
import { retryAfterMs } from '../../src/outgoing/request-outcome.js';

describe('the wait for the next attempt', () => {
  const now = Date.parse('2026-11-25T10:00:00Z');
  it.each([
    [429, '120', 120_000],
    [503, ' 0 ', 0],
    [503, 'Wed, 25 Nov 2026 10:00:30 GMT', 30_000],
    [503, 'Wed, 25 Nov 2026 09:00:00 GMT', 0],
    [429, 'soon', null],
    [429, '-5', null],
    [429, undefined, null],
    [500, '120', null],
    [200, '120', null],
  ])('is asked for by %i with Retry-After %s: %s ms', (status, header, wait) => {
    expect(retryAfterMs(status, header, now)).toBe(wait);
  });
});
