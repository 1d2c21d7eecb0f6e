import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unlistedIn } from '../support/recording-socket.js';
import { draws, type Draw, type Sent } from './cases.js';
import { FuzzedService, type Kept } from './fuzzed-service.js';
import { faultOf, faultOfLines } from './judge.js';
import { operationsWith, type Operation } from './operations.js';

const CASES = Number(process.env['FUZZ_CASES'] ?? 10_000);
const SEED = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31));
/** Only operations whose names hold this: to look at one that failed. */
const ONLY = process.env['FUZZ_ONLY'] ?? '';
/** Of each operation, between two looks at the memory. */
const AT_A_TIME = 20;
/** So that the service, the engine and this process each have something to do while the others are waited for. */
const LANES = 4;
/** In bytes, however many the cases: what is kept on purpose (the newest events, queries that are known) is bounded, and filled in the first round. */
const MOST_GROWTH = 6 * 2 ** 20;

describe(`whatever is asked (FUZZ_SEED=${SEED}), the service`, { timeout: 180_000 + CASES * 50 }, () => {
  const asked = new Map<string, number>();
  const kept: Kept[] = [];
  const unlisted = new Set<string>();
  let commands = 0;
  let successes = 0;
  let operations: Operation[] = [];
  let fuzzed: FuzzedService;

  beforeAll(async () => {
    fuzzed = await FuzzedService.start((request) => {
      if (request.method !== 'GET') commands += 1;
      const foreign = unlistedIn(request);
      if (foreign !== undefined) unlisted.add(foreign);
    });
  });
  afterAll(() => fuzzed.stop());

  it('answers as it is described, without a failure of its own', async () => {
    const failures: string[] = [];
    for (let cases = 0, round = 0; cases < CASES && failures.length === 0; round += 1) {
      operations = operationsWith(await fuzzed.makeThings());
      // Numbered before they are chosen from, for the same seeds.
      const waiting = [...operations.entries()].filter(([, { name }]) => name.includes(ONLY));
      const lane = async (): Promise<void> => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          const failure = await failureOf(next[1], (SEED + round * 1_000 + next[0]) | 0);
          if (failure !== undefined) failures.push(failure);
        }
      };
      await Promise.all(Array.from({ length: LANES }, lane));
      cases += operations.length * AT_A_TIME;
      await fuzzed.clear();
      expect((await fuzzed.service.get('/health/ready')).status).toBe(200);
      kept.push(await fuzzed.kept());
    }
    expect(failures.join('\n\n')).toBe('');
  });

  it.skipIf(ONLY !== '')('was asked for everything that it can be asked for, and has done much of it', () => {
    expect(operations.filter(({ name }) => (asked.get(name) ?? 0) < AT_A_TIME).map(({ name }) => name)).toEqual([]);
    expect(successes).toBeGreaterThan(CASES / 10);
    expect(commands).toBeGreaterThan(CASES / 100);
  });

  it('asks the engine for nothing that is not on the list', () => {
    expect([...unlisted]).toEqual([]);
  });

  it('logs no failure of its own', () => {
    expect(fuzzed.service.output().split('\n').filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
  });

  it('keeps nothing of it in memory', () => {
    process.stdout.write(`heap after each round: ${kept.map(({ heap }) => (heap / 2 ** 20).toFixed(1)).join(', ')} MiB\n`);
    const [warm, ...later] = kept.map(({ heap }) => heap);
    expect(later.length).toBeGreaterThan(1);
    expect((later.at(-1) ?? 0) - (warm ?? 0), JSON.stringify(kept)).toBeLessThan(MOST_GROWTH);
  });

  async function failureOf({ name, over, of }: Operation, seed: number): Promise<string | undefined> {
    const sentOf = (draw: Draw): Sent => fuzzed.filled(of(draw), draw.pick);
    const property = fc.asyncProperty(draws, async (draw) => {
      asked.set(name, (asked.get(name) ?? 0) + 1);
      const fault = over === 'http' ? await faultOverHttp(sentOf(draw)) : faultOfLines(await fuzzed.converse(sentOf(draw)));
      if (fault !== undefined) throw new Error(fault);
    });
    const { counterexample, errorInstance } = await fc.check(property, { seed, numRuns: AT_A_TIME });
    if (counterexample === null) return undefined;
    return `${name}: ${String(errorInstance)}\n${JSON.stringify(sentOf(counterexample[0]))}\nFUZZ_SEED=${SEED} FUZZ_ONLY='${name}'`;
  }

  async function faultOverHttp(sent: Sent): Promise<string | undefined> {
    const told = await fuzzed.ask(sent);
    if (told.status < 300 && !told.text.startsWith('{"errors"')) successes += 1;
    const fault = faultOf(told, { isGraphql: sent.path.startsWith('/graphql'), isHead: sent.method === 'HEAD' });
    return fault === undefined ? undefined : `${fault}: ${told.text.slice(0, 500)}`;
  }
});
