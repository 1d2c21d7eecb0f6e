import { randomInt } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphqlRequests, restRequests, subscriptionRequests, type Filling, type Manner, type RestRequest } from '../support/operation-walk.js';
import { draws, graphqlCase, restCase, type Draw, type Sent } from './cases.js';
import { FuzzedService, type Kept } from './fuzzed-service.js';
import { faultOf, faultOfLines } from './judge.js';

const CASES = Number(process.env.FUZZ_CASES ?? 10_000);
const SEED = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31));
/** Only operations whose names hold this: to look at one that failed. */
const ONLY = process.env.FUZZ_ONLY ?? '';
/** Of each operation, between two looks at the memory. */
const AT_A_TIME = 20;
/** So that the service, the engine and this process each have something to do while the others are waited for. */
const LANES = 4;
/** What takes away what the others ask about comes after them; then engines that are not there, for which much is refused. */
const ORDER = [/^(DELETE|remove|revoke|prune|detach|POST .*prune)/, /^(POST \/v1\/engines$|addEngine)/];
const PAGES = ['/docs', '/docs-json', '/graphql', '/openapi.json', '/asyncapi.json', '/metrics', '/health/live', '/health/ready', '/nowhere', '/v1', '/v1/nowhere'];

interface Operation {
  readonly name: string;
  readonly of: (draw: Draw) => Sent;
  readonly faultIn: (sent: Sent) => Promise<string | undefined>;
}

const turn = ({ name }: Operation): number => ORDER.findIndex((names) => names.test(name));

const everyRequest = { asked: 0 };
const debug: string[] = [];
let fuzzed: FuzzedService;
beforeAll(async () => {
  fuzzed = await FuzzedService.start(() => (everyRequest.asked += 1));
});
afterAll(() => fuzzed.stop());

describe(`whatever is asked (FUZZ_SEED=${SEED}), the service`, { timeout: 120_000 + CASES * 50 }, () => {
  const asked = new Map<string, number>();
  const statuses = new Map<string, number>();
  const kept: Kept[] = [];
  let names: string[] = [];

  it('answers as it is described, without a failure of its own', async () => {
    const failures: string[] = [];
    for (let cases = 0, round = 0; cases < CASES && failures.length === 0; round += 1) {
      const operations = operationsWith(await fuzzed.makeThings()).filter(({ name }) => name.includes(ONLY)).sort((one, other) => turn(one) - turn(other));
      names = operations.map(({ name }) => name);
      const waiting = [...operations.entries()];
      const lane = async (): Promise<void> => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          failures.push(...(await failureOf(next[1], SEED + round * 1_000 + next[0])));
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

  it('was asked for everything that it can be asked for, with success as well', () => {
    console.log(JSON.stringify([...statuses].sort()), JSON.stringify(kept.map(({ heap, rss }) => [heap >> 10, rss >> 10])), everyRequest);
    writeFileSync('/tmp/fuzz-debug.tsv', debug.join('\n'));
    expect(names.filter((name) => (asked.get(name) ?? 0) < AT_A_TIME)).toEqual([]);
  });

  it('logs no failure of its own', () => {
    expect(fuzzed.service.output().split('\n').filter((line) => /"level":"?(error|fatal|50|60)/.test(line))).toEqual([]);
  });

  async function failureOf({ name, of, faultIn }: Operation, seed: number): Promise<string[]> {
    let last: unknown;
    const property = fc.asyncProperty(draws, async (draw) => {
      asked.set(name, (asked.get(name) ?? 0) + 1);
      const sent = fuzzed.filled(of(draw), draw.pick);
      const fault = await faultIn(sent);
      if (fault === undefined) return;
      last = sent;
      throw new Error(fault);
    });
    const details = await fc.check(property, { seed, numRuns: AT_A_TIME });
    if (!details.failed) return [];
    return [`${name}: ${String(details.errorInstance)}\n${JSON.stringify(last)}\nFUZZ_SEED=${SEED} FUZZ_ONLY='${name}'`];
  }

  function operationsWith(filling: Filling): Operation[] {
    const document: unknown = JSON.parse(readFileSync('openapi.json', 'utf8'));
    const inBoth = <T extends { operation: string }>(make: (manner: Manner) => T[]): ((name: string, manner: Manner) => T)[] => {
      const made = { least: make('least'), most: make('most') };
      return made.least.map(({ operation }) => (_name, manner) => {
        const found = made[manner as 'least' | 'most'].find((one) => one.operation === operation);
        if (found === undefined) throw new Error(`there is no ${operation}`);
        return found;
      });
    };
    const pages: RestRequest[] = PAGES.map((path) => ({ operation: `GET ${path}`, method: 'GET', path, query: [['query', '{ engines { name } }']], body: undefined }));
    return [
      ...inBoth((manner) => [...restRequests(document, filling, manner), ...pages].filter((one, at, all) => all.findIndex(({ operation }) => operation === one.operation) === at))
        .map((of) => ({ name: of('', 'least').operation, of: (draw: Draw) => restCase(of('', draw.manner), draw), faultIn: faultOverHttp })),
      ...inBoth((manner) => graphqlRequests(filling, manner))
        .map((of) => ({ name: of('', 'least').operation, of: (draw: Draw) => graphqlCase(of('', draw.manner), draw), faultIn: faultOverHttp })),
      ...inBoth((manner) => subscriptionRequests(filling, manner))
        .map((of) => ({ name: `subscription ${of('', 'least').operation}`, of: (draw: Draw) => graphqlCase(of('', draw.manner), draw), faultIn: async (sent: Sent) => faultOfLines(await fuzzed.converse(sent)) })),
    ];
  }

  async function faultOverHttp(sent: Sent): Promise<string | undefined> {
    const told = await fuzzed.ask(sent);
    statuses.set(String(told.status), (statuses.get(String(told.status)) ?? 0) + 1);
    debug.push(`${sent.operation}\t${told.status}\t${/"code":"(\w+)"/.exec(told.text)?.[1] ?? 'ok'}\t${told.status > 204 ? told.text.slice(0, 300) : ''}`);
    const fault = faultOf(told, { isGraphql: sent.path.startsWith('/graphql'), isHead: sent.method === 'HEAD' });
    return fault === undefined ? undefined : `${fault}: ${told.text.slice(0, 500)}`;
  }
});
