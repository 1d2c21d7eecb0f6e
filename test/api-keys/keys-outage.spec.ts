import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Keyring } from '../../src/auth/keyring.js';
import { eventually } from '../support/eventually.js';
import { startPrivatePostgres, type PrivatePostgres } from '../support/private-postgres.js';
import { startApp, type StartedApp } from '../support/start-app.js';

describe('API keys while the database is away', () => {
  let postgres: PrivatePostgres;
  let service: StartedApp;
  let key: string;
  const start = (): Promise<StartedApp> => startApp({ database: { kind: 'postgres', url: postgres.url } });
  const ask = (): Promise<Response> => fetch(`${service.url}/v1/networks`, { headers: { authorization: `Bearer ${key}` } });
  beforeAll(async () => {
    postgres = await startPrivatePostgres({ name: 'keys' });
    service = await start();
    const { body } = await service.http.post('/v1/api-keys').send({ name: 'platform', scopes: ['networks:read'] }).expect(201);
    ({ key } = body as { key: string });
  });
  afterAll(async () => {
    await service.close();
    await postgres.stop();
  });

  it('are good as they last were; none is made or revoked', async () => {
    const expiresAt = new Date(Date.now() + 2_000).toISOString();
    const brief = (await service.http.post('/v1/api-keys').send({ name: 'brief', scopes: ['networks:read'], expiresAt }).expect(201)).body as { key: string };
    const found = service.app.get(Keyring, { strict: false }).find(brief.key, '127.0.0.1');
    await postgres.kill('SIGKILL');
    // What is open for a key ends with its time, whether or not the keys can be read.
    await eventually(() => expect(found).toMatchObject({ is: 'good', caller: { ended: { aborted: true } } }));
    await eventually(async () => expect((await service.http.get('/v1/api-keys')).body).toMatchObject({ code: 'DATABASE_UNAVAILABLE' }));
    expect((await ask()).status).toBe(200);
    const refused = await service.http.post('/v1/api-keys').send({ name: 'other', scopes: ['networks:read'] });
    expect([refused.status, (refused.body as { code: string }).code]).toEqual([503, 'DATABASE_UNAVAILABLE']);
  });

  it('are not taken for wrong ones by a service that could not read them since its start', async () => {
    await service.close();
    service = await start();
    const answer = await ask();
    expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'DATABASE_UNAVAILABLE' }]);
    expect(answer.headers.get('www-authenticate')).toBeNull();
    await service.http.get('/v1/networks').expect(200);
    await postgres.start();
    await eventually(async () => expect((await ask()).status).toBe(200));
  });
});
