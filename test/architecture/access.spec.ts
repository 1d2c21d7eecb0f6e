import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DummyModule } from '../shell/dummy.module.js';
import { startApp, type StartedApp } from '../support/start-app.js';
import { entryPoints, linksOf } from './declared-access.js';

interface Operation {
  readonly security?: readonly object[];
}

describe('every way in', () => {
  let service: StartedApp;
  beforeAll(async () => {
    service = await startApp();
  });
  afterAll(() => service.close());

  it('declares a scope, or that it is public', () => {
    const all = entryPoints(service.app);
    for (const kind of ['route', 'Query', 'Mutation', 'Subscription']) {
      expect(all.some((one) => one.kind === kind)).toBe(true);
    }
    expect(all.filter(({ access }) => access === undefined).map(({ name }) => name)).toEqual([]);
  });

  it('and every link of the graph declares the scope of what it leads to', () => {
    const all = linksOf(service.app);
    expect(all.length).toBeGreaterThan(30);
    expect(all.filter(({ wants }) => wants === undefined).map(({ name }) => name)).toEqual([]);
    const own = all.filter(({ name, wants }) => wants === 'own' && !name.endsWith('.etag'));
    expect(own.map(({ name }) => name).sort()).toEqual(['AuditRecord.after', 'AuditRecord.before', 'Event.previous']);
  });

  it('is public only where the contract says so', () => {
    const open = entryPoints(service.app).filter(({ access }) => access === 'public');
    expect(open.map(({ name }) => name).sort()).toEqual(['HealthController.live', 'HealthController.ready']);
  });

  it('answers 401 without a key, route by route', async () => {
    const { body } = await service.stranger.get('/openapi.json');
    const paths = Object.entries(body.paths as Record<string, Record<string, Operation>>);
    let asked = 0;
    for (const [path, operations] of paths) {
      for (const [method, { security }] of Object.entries(operations)) {
        if (security?.some((scheme) => Object.keys(scheme).length === 0)) continue;
        const address = `${service.url}${path.replaceAll(/\{\w+\}/g, 'x')}`;
        const { status } = await fetch(address, { method: method.toUpperCase() });
        expect(`${method} ${path}: ${status}`).toBe(`${method} ${path}: 401`);
        asked += 1;
      }
    }
    expect(asked).toBeGreaterThan(0);
  });
});

describe('a room that forgets to declare', () => {
  it('is found out', async () => {
    const service = await startApp({ extra: [DummyModule] });
    const forgotten = entryPoints(service.app).filter(({ access }) => access === undefined);
    const links = linksOf(service.app).filter(({ wants }) => wants === undefined);
    await service.close();
    expect(links.map(({ name }) => name)).toEqual(['neighbours']);
    expect(forgotten.map(({ name }) => name).sort()).toEqual([
      'ThingsResolver.undeclared',
      'UndeclaredController.closed',
    ]);
  });
});
