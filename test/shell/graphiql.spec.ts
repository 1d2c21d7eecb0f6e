import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type StartedApp } from '../support/start-app.js';
import { DummyModule } from './dummy.module.js';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

describe('GraphiQL and the docs page', () => {
  let service: StartedApp;
  let profile: string;
  let browser: BrowserContext;
  let tab: Page;
  const requested: string[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    service = await startApp({ extra: [DummyModule] });
    profile = await mkdtemp(join(tmpdir(), 'fairlead-chromium-'));
    browser = await chromium.launchPersistentContext(profile, {
      executablePath: '/usr/bin/chromium',
      headless: true,
      args: FLAGS,
      viewport: { width: 1400, height: 860 },
    });
    tab = await browser.newPage();
    tab.on('request', (request) => requested.push(request.url()));
    tab.on('websocket', (socket) => requested.push(socket.url()));
    tab.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    tab.on('pageerror', (error) => complaints.push(error.message));
    await tab.goto(`${service.url}/graphql`);
  });

  afterAll(async () => {
    await browser?.close();
    await rm(profile, { recursive: true, force: true });
    await service.close();
  });

  /** The page takes a moment to see that the text is another operation; its tab shows the name then. */
  async function run(name: string, text: string): Promise<void> {
    await tab.locator('.graphiql-query-editor .CodeMirror').evaluate((element, query) => {
      (element as unknown as { CodeMirror: { setValue(text: string): void } }).CodeMirror.setValue(query);
    }, text);
    await tab.locator('.graphiql-tab-button', { hasText: name }).waitFor();
    await tab.locator('.graphiql-execute-button').click();
  }

  const result = () => tab.locator('.result-window');

  it('shows itself without a key and asks for one', async () => {
    await tab.locator('.graphiql-query-editor').waitFor();
    expect(await tab.locator('#key-state').textContent()).toBe('no key yet');
    expect(await tab.locator('.graphiql-query-editor').textContent()).toContain('attachments');
    expect(requested.filter((url) => url.endsWith('/graphql'))).toHaveLength(1);
  });

  it('answers a query once the key is given', async () => {
    await tab.locator('#key').fill(service.key);
    await tab.locator('#key-form button').click();
    await tab.locator('.graphiql-query-editor').waitFor();
    await run('First', 'query First { things(first: 1) { nodes { name } } }');
    await expect.poll(() => result().textContent(), { timeout: 10_000 }).toContain('anchor');
  });

  it('follows a subscription over the WebSocket', async () => {
    await run('Second', 'subscription Second { count(to: 3) }');
    await expect.poll(() => result().textContent(), { timeout: 10_000 }).toContain('"count": 3');
    expect(requested.some((url) => url.startsWith('ws://'))).toBe(true);
  });

  it('keeps the key out of the address and out of lasting storage', async () => {
    expect(tab.url()).not.toContain(service.key);
    const lasting = await tab.evaluate(() => JSON.stringify(Object.entries(localStorage)));
    expect(lasting).not.toContain(service.key);
  });

  it('shows the REST documentation', async () => {
    await tab.goto(`${service.url}/docs`);
    await tab.getByText('List things').waitFor();
    expect(await tab.locator('.information-container').textContent()).toContain('Fairlead');
  });

  it('asks nobody but the service for anything, and breaks no rule of its content policy', () => {
    const here = service.url.replace('http://', '');
    const outside = requested.filter((url) => !/^(data|blob):/.test(url) && new URL(url).host !== here);
    expect(outside).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
