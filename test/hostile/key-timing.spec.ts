import { beforeAll, describe, expect, it } from 'vitest';
import { ApiKeys } from '../../src/auth/api-keys.js';
import { digestOf, Keyring } from '../../src/auth/keyring.js';
import { Settings } from '../../src/config/settings.js';
import { Sight } from '../../src/sight/sight.js';
import { aDatabaseSettings } from '../database/database-settings.js';

const ADMINISTRATOR = 'fl_administrator-key-of-forty-letters-and-x';
const STORED = 'fl_0123456789abcdefghijklmnopqrstuvwxyzABCDE';
const ROUNDS = 80;
/** Of a normal distribution 3 in 100,000 lie beyond; two others are tried before it is believed. */
const BEYOND_CHANCE = 4;

/**
 * Whether times tell two guesses apart: by the Mann-Whitney test on rounds that take turns in random order. It looks at ranks, so that whatever
 * else the machine does falls on both alike.
 */
function tellsApart(tryKey: (key: string) => void, guesses: readonly [string, string], tries: number): boolean {
  const times: { readonly ms: number; readonly guess: number }[] = [];
  for (let round = 0; round < 2 * ROUNDS; round += 1) {
    // In pairs, each in an order of its own.
    const guess = round % 2 === 0 ? Math.round(Math.random()) : 1 - (times.at(-1)?.guess ?? 0);
    const startedAt = performance.now();
    for (let n = 0; n < tries; n += 1) tryKey(guesses[guess] ?? '');
    times.push({ ms: performance.now() - startedAt, guess });
  }
  const ranks = times.toSorted((a, b) => a.ms - b.ms).flatMap(({ guess }, rank) => (guess === 0 ? [rank + 1] : []));
  const u = ranks.reduce((sum, rank) => sum + rank, 0) - (ROUNDS * (ROUNDS + 1)) / 2;
  const deviation = Math.sqrt((ROUNDS * ROUNDS * (2 * ROUNDS + 1)) / 12);
  return Math.abs(u - (ROUNDS * ROUNDS) / 2) / deviation > BEYOND_CHANCE;
}

const alwaysTellsApart = (...test: Parameters<typeof tellsApart>): boolean => [1, 2, 3].every(() => tellsApart(...test));

/** As wrong as can be, and right but for the last letter. */
const guessesAt = (key: string): [string, string] => [`!${'~'.repeat(key.length - 1)}`, `${key.slice(0, -1)}~`];

describe('the time that it takes to refuse a key', () => {
  const keyring = new Keyring();
  const keys = new ApiKeys(new Settings({ ...aDatabaseSettings({ kind: 'sqlite', file: ':memory:' }), apiKey: ADMINISTRATOR }), keyring);
  beforeAll(async () => {
    await keys.open();
    const digests = [{ digest: digestOf(STORED), untilMs: null }];
    keyring.fill([{ id: '1', name: 'stored', digests, scopes: ['networks:read'], clientRanges: [], sight: Sight.EVERYTHING, expiresMs: null }]);
    expect(keys.authenticate(STORED, '127.0.0.1').name).toBe('stored');
  });

  const refuse = (key: string): void => {
    try {
      keys.authenticate(key, '127.0.0.1');
    } catch {
      return;
    }
    expect.fail('a wrong key was let in');
  };

  it.each([
    ['the administrator key', ADMINISTRATOR],
    ['a stored key', STORED],
  ])('does not tell how much of it was right: %s', (_what, key) => {
    expect(alwaysTellsApart(refuse, guessesAt(key), 40)).toBe(false);
  });

  it('would tell it where letters were compared one by one, which this test would see', () => {
    let found = 0;
    const compare = (key: string): void => {
      let same = 0;
      while (same < STORED.length && key.charCodeAt(same) === STORED.charCodeAt(same)) same += 1;
      found += same;
    };
    expect(alwaysTellsApart(compare, guessesAt(STORED), 1_000)).toBe(true);
    expect(found).toBeGreaterThan(0);
  });
});
