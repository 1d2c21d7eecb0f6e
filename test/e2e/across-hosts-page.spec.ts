import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { PATIENT, startSwarmLab, type SwarmLab } from './swarm-lab.js';

const PAGE = readFileSync(new URL('../../docs/networking-across-hosts.md', import.meta.url), 'utf8');

/** The examples of one face, in the order in which they stand on the page. */
function examples(language: 'http' | 'graphql'): string[] {
  return [...PAGE.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text]) => text ?? '');
}

let lab: SwarmLab;

beforeAll(async () => {
  lab = await startSwarmLab(['one', 'two']);
});
afterAll(() => lab.stop());

async function runHttp(example: string): Promise<void> {
  const [line = '', ...rest] = example.split('\n');
  const [method = '', path = ''] = line.split(' ');
  const body = rest.join('\n').trim();
  const headers = { authorization: `Bearer ${lab.app.key}`, ...(body === '' ? {} : { 'content-type': 'application/json' }) };
  const response = await fetch(`${lab.app.url}${path}`, { method, headers, ...(body === '' ? {} : { body }) });
  expect(`${line}: ${response.status} ${await response.text()}`).toMatch(new RegExp(`: ${{ POST: 201, DELETE: 204 }[method] ?? 200} `));
}

async function runGraphql(example: string): Promise<void> {
  const { errors, data } = await lab.app.gql(example);
  expect(errors).toBeUndefined();
  expect(data).not.toBeNull();
}

describe('docs/networking-across-hosts.md', () => {
  it('shows every request in both faces', () => {
    expect(examples('http').length).toBeGreaterThan(5);
    expect(examples('graphql')).toHaveLength(examples('http').length);
  });

  it.each([
    ['REST', 'http', runHttp],
    ['GraphQL', 'graphql', runGraphql],
  ] as const)('is true to the letter for %s', async (_name, language, run) => {
    for (const example of examples(language)) {
      // A network can be removed as soon as the last task has ended on it.
      if (/removeNetwork|DELETE .v1.networks/.test(example)) await eventually(() => run(example), PATIENT);
      else await run(example);
    }
  }, 120_000);
});
