import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DummyModule } from '../shell/dummy.module.js';
import { findFreePort } from '../support/free-port.js';
import { startApp, type StartedApp } from '../support/start-app.js';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
/** Names that lead to this machine, as a rebound one does. */
const NAMES = '--host-resolver-rules=MAP evil.example 127.0.0.1, MAP console.example 127.0.0.1';

describe('a browser on a page elsewhere', () => {
  let service: StartedApp;
  let pages: Server;
  let profile: string;
  let browser: BrowserContext;
  let tab: Page;
  let pagesPort: number;

  beforeAll(async () => {
    pages = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<title>elsewhere</title>'));
    pagesPort = await findFreePort();
    await new Promise<void>((resolve) => pages.listen(pagesPort, '127.0.0.1', resolve));
    const corsOrigins = [`http://console.example:${pagesPort}`];
    service = await startApp({ extra: [DummyModule], transport: { tls: null, allowedHosts: [], corsOrigins, trustedProxies: [] } });
    profile = await mkdtemp(join(tmpdir(), 'fairlead-chromium-'));
    browser = await chromium.launchPersistentContext(profile, { executablePath: '/usr/bin/chromium', headless: true, args: [...FLAGS, NAMES] });
    tab = await browser.newPage();
  });
  afterAll(async () => {
    await browser?.close();
    await rm(profile, { recursive: true, force: true });
    await service.close();
    await new Promise((resolve) => pages.close(resolve));
  });

  /** What the page that is open can get from the service, knowing the key. */
  function reach(): Promise<{ rest: string; graphql: string; socket: string }> {
    return tab.evaluate(async ({ url, key }) => {
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      const text = (answer: Response): Promise<string> => answer.text();
      const failed = (): string => 'failed';
      const opened = (): Promise<string> => new Promise((resolve) => {
        const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
        socket.onopen = () => resolve('open');
        socket.onerror = () => resolve('failed');
      });
      return {
        rest: await fetch(`${url}/v1/things/t1`, { headers }).then((answer) => answer.headers.get('etag') ?? 'no tag', failed),
        graphql: await fetch(`${url}/graphql`, { method: 'POST', headers, body: '{"query":"{ __typename }"}' }).then(text, failed),
        socket: await opened(),
      };
    }, { url: service.url, key: service.key });
  }

  it('reaches the service from an allowed origin', async () => {
    await tab.goto(`http://console.example:${pagesPort}/`);
    const { rest, graphql, socket } = await reach();
    expect(rest).toMatch(/^"/);
    expect(graphql).toContain('"__typename":"Query"');
    expect(socket).toBe('open');
  });

  it('gets nothing from any other, even where it knows a key', async () => {
    await tab.goto(`http://evil.example:${pagesPort}/`);
    expect(await reach()).toEqual({ rest: 'failed', graphql: 'failed', socket: 'failed' });
  });

  it('gets nothing by a name of its own that it makes lead here', async () => {
    const { port } = service.app.getHttpServer().address() as AddressInfo;
    for (const path of ['graphql', 'docs', 'v1/things']) {
      const answer = await tab.goto(`http://evil.example:${port}/${path}`);
      expect({ path, status: answer?.status() }).toEqual({ path, status: 421 });
    }
  });

  it('cannot put the pages of the service into its own', async () => {
    await tab.goto(`http://evil.example:${pagesPort}/`);
    const framed = tab.waitForEvent('console', (message) => /frame-ancestors|X-Frame-Options/.test(message.text()));
    await tab.setContent(`<iframe src="${service.url}/graphql"></iframe>`);
    expect((await framed).type()).toBe('error');
  });
});
