import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type Service } from './service.js';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/networking.md'), 'utf8');

interface Example {
  readonly heading: string;
  readonly text: string;
}

/** The examples of one language, in the order of the page. */
function examples(language: string): Example[] {
  return PAGE.split(/^## /m).flatMap((section) => {
    const heading = section.slice(0, section.indexOf('\n'));
    const blocks = [...section.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].filter(([, known]) => known === language);
    return blocks.map(([, , text = '']) => ({ heading, text }));
  });
}

it('the page on networks has each request for both faces', () => {
  const headings = (language: string): string[] => examples(language).map(({ heading }) => heading);
  expect(headings('http').length).toBeGreaterThan(15);
  expect(headings('graphql')).toEqual(headings('http'));
});

describe.each(['http', 'graphql'])('the examples in %s on the page on networks', (language) => {
  let service: Service;
  beforeAll(async () => {
    service = await startService();
    for (const [parent, peer] of [['eth1', 'far1'], ['eth2', 'far2']] as const) {
      await service.engine.exec('ip', 'link', 'add', parent, 'type', 'veth', 'peer', 'name', peer);
    }
  });
  afterAll(() => service.stop());

  const http = async (text: string): Promise<string> => {
    const [, method, path = '', body = ''] = /^(\w+) (\S+)\n([^]*)$/.exec(text) ?? [];
    const { url, key } = service.app;
    const headers = { authorization: `Bearer ${key}`, ...(body === '' ? {} : { 'content-type': 'application/json' }) };
    const answer = await fetch(`${url}${path}`, { method, headers, body: body || undefined });
    return answer.ok ? 'done' : await answer.text();
  };
  const graphql = async (text: string): Promise<string> => {
    const { errors } = await service.app.gql(text);
    return errors === undefined ? 'done' : JSON.stringify(errors);
  };

  it('do as they say, one after the other', async () => {
    for (const { heading, text } of examples(language)) {
      const answer = await (language === 'http' ? http : graphql)(text);
      expect({ heading, text, answer }).toEqual({ heading, text, answer: 'done' });
    }
  });
});
