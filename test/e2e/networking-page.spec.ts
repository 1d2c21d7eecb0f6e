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

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

function asked(text: string): Asked {
  const [, method = '', path = '', body = ''] = /^(\w+) (\S+)\n([^]*)$/.exec(text) ?? [];
  return { method, path, body: body === '' ? {} : (JSON.parse(body) as Asked['body']) };
}

const every = (items: unknown): unknown => expect.arrayContaining((items as object[]).map((item) => expect.objectContaining(item) as unknown));

/** What is there once it was done, by path: null for what is gone. */
function outcomeOf({ method, path, body }: Asked): [path: string, shown: object | null] | undefined {
  const { name, networks, publishedPorts, ...rest } = body;
  if (path === '/v1/networks') return [`${path}/${String(name)}`, body];
  if (path === '/v1/containers') {
    const { networkMode, ...plain } = rest;
    const sharing = String(networkMode).startsWith('container:');
    const onNetworks = ((networks ?? []) as { network: string }[]).map(({ network, ...settings }) => ({ ...settings, networkName: network }));
    return [`${path}/${String(name)}`, {
      ...plain,
      state: 'running',
      attachments: every(onNetworks),
      publishedPorts: every(publishedPorts ?? []),
      ...(networkMode !== undefined && !sharing && { networkMode }),
      sharesNetworkOf: sharing ? (expect.any(String) as unknown) : null,
    }];
  }
  if (method === 'PUT') return [path, body];
  return method === 'DELETE' ? [path.replace(/\?.*$/, ''), null] : undefined;
}

describe.each(['http', 'graphql'])('the examples in %s on the page on networks', (language) => {
  let service: Service;
  let hasVlan: boolean;
  beforeAll(async () => {
    service = await startService(['local'], { allowHostNetwork: true });
    const { engine } = service;
    for (const number of [1, 2, 3]) await engine.exec('ip', 'link', 'add', `eth${number}`, 'type', 'veth', 'peer', 'name', `far${number}`);
    const probe = ['link', 'add', 'link', 'eth3', 'name', 'probe0', 'type', 'vlan', 'id', '43'];
    hasVlan = await engine.exec('ip', ...probe).then(() => true, () => false);
    if (hasVlan) await engine.exec('ip', 'link', 'del', 'probe0');
  });
  afterAll(() => service.stop());

  const http = async (text: string): Promise<string> => {
    const { method, path, body } = asked(text);
    const { url, key } = service.app;
    const isEmpty = Object.keys(body).length === 0;
    const headers = { authorization: `Bearer ${key}`, ...(isEmpty ? {} : { 'content-type': 'application/json' }) };
    const answer = await fetch(`${url}${path}`, { method, headers, body: isEmpty ? undefined : JSON.stringify(body) });
    return answer.ok ? 'done' : await answer.text();
  };
  const graphql = async (text: string): Promise<string> => {
    const { errors } = await service.app.gql(text);
    return errors === undefined ? 'done' : JSON.stringify(errors);
  };

  it('do as they say, one after the other, in either language the same', async () => {
    // What was asked for is read from the one language, and looked for after each.
    const meant = examples('http').map(({ text }) => asked(text));
    for (const [index, { heading, text }] of examples(language).entries()) {
      const answer = await (language === 'http' ? http : graphql)(text);
      const isLacking = text.includes('eth3.42') && !hasVlan;
      const expected = isLacking ? (expect.stringMatching(/UNSUPPORTED_BY_ENGINE.*kernel|kernel.*UNSUPPORTED_BY_ENGINE/) as unknown) : 'done';
      expect({ heading, text, answer }).toEqual({ heading, text, answer: expected });
      const [path, outcome] = outcomeOf(meant[index]!) ?? [];
      if (path === undefined) continue;
      const { status, body } = await service.app.http.get(path);
      const shown = isLacking ? null : outcome;
      expect({ text, status, body: body as unknown }).toMatchObject({ text, status: shown ? 200 : 404, ...(shown && { body: shown }) });
    }
  });
});
