import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { doneOf, refusalOf } from '../e2e/face.js';
import { agreed, FACES } from '../e2e/faces.js';
import { serve } from '../e2e/service.js';
import { eventually } from '../support/eventually.js';
import { startPrivateEngine, type PrivateEngine } from '../support/private-engine.js';
import { startPrivatePostgres, type PrivatePostgres } from '../support/private-postgres.js';
import type { StartedApp } from '../support/start-app.js';

describe('two services on one PostgreSQL', () => {
  let engine: PrivateEngine;
  let postgres: PrivatePostgres;
  let one: StartedApp;
  let other: StartedApp;
  beforeAll(async () => {
    [engine, postgres] = await Promise.all([startPrivateEngine({ name: 'local' }), startPrivatePostgres()]);
    const shared = { database: { kind: 'postgres', url: postgres.url }, secretKey: 'the-same-in-both' } as const;
    one = await serve(engine, shared);
    other = await serve(engine, shared);
  });
  afterAll(async () => {
    await one.close();
    await other.close();
    await engine.stop();
    await postgres.stop();
  });

  it.each(FACES)('give each other’s answers through %s', async (name, faceOf) => {
    const keyed = { idempotencyKey: `both-${name}` };
    const first = doneOf(await faceOf(one).createNetwork({ name: `both-${name}` }, keyed));
    const second = doneOf(await faceOf(other).createNetwork({ name: `both-${name}` }, keyed));
    expect(second).toMatchObject({ value: first.value, etag: first.etag, changed: true });
    expect(refusalOf(await faceOf(other).createNetwork({ name: 'another' }, keyed)).code).toBe('IDEMPOTENCY_KEY_REUSED');
  });

  it('refuse writes while the database is away, with a key or without, before anything is done', async () => {
    await postgres.kill('SIGKILL');
    await eventually(async () => {
      const refused = await agreed(one, (face) => face.createNetwork({ name: 'keyed' }, { idempotencyKey: 'k' }));
      expect(refusalOf(refused)).toMatchObject({ code: 'DATABASE_UNAVAILABLE', status: 503 });
    });
    for (const [name, faceOf] of FACES) {
      expect(refusalOf(await faceOf(one).createNetwork({ name: `unkeyed-${name}` }))).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    }
    expect(await engine.docker('network', 'ls', '--format', '{{.Name}}')).not.toMatch(/keyed/);
    await postgres.start();
    await eventually(async () => {
      for (const [name, faceOf] of FACES) {
        const answer = await faceOf(one).createNetwork({ name: `back-${name}` }, { idempotencyKey: 'k' });
        expect(doneOf(answer).changed).toBe(true);
      }
    });
  }, 60_000);
});
