import { describe, expect, it } from 'vitest';
import { BackOff } from '../../src/watcher/back-off.js';

const LIMITS = { firstMs: 200, mostMs: 15_000, stableMs: 30_000 };
const atMost = (): number => 1;
const atLeast = (): number => 0;

describe('the wait after a failure', () => {
  it('doubles from failure to failure up to its limit', () => {
    const backOff = new BackOff(LIMITS);
    const waits = Array.from({ length: 9 }, () => backOff.nextMs(0, atMost));
    expect(waits).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 12_800, 15_000, 15_000]);
  });

  it('is spread by chance over its upper half, so that many do not return at once', () => {
    expect(new BackOff(LIMITS).nextMs(0, atLeast)).toBe(100);
    expect(new BackOff(LIMITS).nextMs(0, () => 0.5)).toBe(150);
    expect(new BackOff(LIMITS).nextMs(0, atMost)).toBe(200);
    const waits = new Set(Array.from({ length: 20 }, () => new BackOff(LIMITS).nextMs(0)));
    expect(waits.size).toBeGreaterThan(1);
  });

  it('begins anew after a run that was stable, and only then', () => {
    const backOff = new BackOff(LIMITS);
    for (let failure = 0; failure < 5; failure += 1) backOff.nextMs(0, atMost);
    expect(backOff.nextMs(LIMITS.stableMs - 1, atMost)).toBe(6_400);
    expect(backOff.nextMs(LIMITS.stableMs, atMost)).toBe(200);
    expect(backOff.nextMs(0, atMost)).toBe(400);
  });

  it('stays finite however long an engine is away', () => {
    const backOff = new BackOff(LIMITS);
    for (let failure = 0; failure < 5_000; failure += 1) backOff.nextMs(0, atMost);
    expect(backOff.nextMs(0, atMost)).toBe(15_000);
  });
});
