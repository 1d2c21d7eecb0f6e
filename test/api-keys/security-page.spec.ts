import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/config/load-settings.js';
import { startApp, type StartedApp } from '../support/start-app.js';

const PAGE = readFileSync('docs/security.md', 'utf8');
/** In place of times that are over some day. */
const IN_AN_HOUR = new Date(Date.now() + 3_600_000).toISOString();
const RECIPES = [...PAGE.matchAll(/api-keys -d '(\{[^']*\})'/g)].map(([, body = '']) => body.replace(/("expiresAt": )"[^"]*"/, `$1"${IN_AN_HOUR}"`));

let service: StartedApp;
beforeAll(async () => {
  service = await startApp();
});
afterAll(() => service.close());

describe('the page on security', () => {
  it.each(RECIPES.map((body) => [(JSON.parse(body) as { name: string }).name, body]))('shows how to make the key %s', async (_name, body) => {
    const answer = await service.http.post('/v1/api-keys?dryRun=true').send(JSON.parse(body) as object);
    expect(answer.body).toMatchObject({ name: _name });
    expect(answer.status).toBe(200);
  });

  it('has a recipe for each user, and one of issuers that the settings take', () => {
    expect(RECIPES).toHaveLength(4);
    const [, issuers] = /```json\n(.*?)```/s.exec(PAGE) ?? [];
    expect(loadSettings({ FAIRLEAD_OIDC_ISSUERS: issuers }).oidcIssuers[0]?.grants).toHaveLength(2);
  });

  it('leads to pages and sections that there are', () => {
    const links = [...PAGE.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link.split('#'));
    for (const [file = '', section] of links) {
      const path = file.startsWith('../') ? file.slice(3) : `docs/${file}`;
      expect(existsSync(path), path).toBe(true);
      if (section === undefined) continue;
      const sections = [...readFileSync(path, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => title.toLowerCase().replaceAll(/[^\w -]/g, '').replaceAll(' ', '-'));
      expect(sections, `${file}#${section}`).toContain(section);
    }
  });
});
