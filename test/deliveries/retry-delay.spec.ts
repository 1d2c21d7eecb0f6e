import { describe, expect, it } from 'vitest';
import { DeliveryTimings } from '../../src/deliveries/delivery-timings.js';
import { retryDelayMs } from '../../src/deliveries/retry-delay.js';

const timings = new DeliveryTimings();
const HOUR = 3_600_000;

describe('the wait for the next attempt', () => {
  it.each([
    [1, 5_000],
    [2, 10_000],
    [5, 80_000],
    [13, 20_480_000],
    [14, 6 * HOUR],
    [1_000, 6 * HOUR],
  ])('after %i failures is drawn from up to %i ms', (attempts, most) => {
    expect(retryDelayMs(attempts, null, timings, () => 1)).toBe(most);
    expect(retryDelayMs(attempts, null, timings, () => 0.5)).toBe(most / 2);
    expect(retryDelayMs(attempts, null, timings, () => 0)).toBe(0);
  });

  it('makes a few dozen attempts of three days', () => {
    const attempts = Array.from({ length: 50 }, () => {
      let [count, passed] = [0, 0];
      while (passed < timings.giveUpMs) passed += retryDelayMs((count += 1), null, timings);
      return count;
    });
    expect(Math.min(...attempts)).toBeGreaterThan(20);
    expect(Math.max(...attempts)).toBeLessThan(90);
  });

  it('is what the receiver asks for, within bounds', () => {
    expect(retryDelayMs(1, 30_000, timings)).toBe(30_000);
    expect(retryDelayMs(9, 0, timings)).toBe(1_000);
    expect(retryDelayMs(1, 9 * HOUR, timings)).toBe(HOUR);
  });
});
