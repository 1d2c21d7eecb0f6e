import { afterAll, beforeAll, expect, it } from 'vitest';
import { aNetwork } from '../builders/a-network.js';
import { refusalOf } from './face.js';
import { FACES } from './faces.js';
import { everything, startService, type Service } from './service.js';

let service: Service;

beforeAll(async () => {
  service = await startService(['one', 'two']);
});

afterAll(() => service.stop());

it('refuses a driver that the engine does not have, once the engine has looked for a plugin', async () => {
  const before = await Promise.all(service.engines.map(everything));
  // An engine looks for a plugin for 15 s, so each face asks an engine of its own.
  const inputs = [{ driver: 'nosuch' }, { ipam: { driver: 'nosuch', pools: [] } }];
  const refusals = await Promise.all(
    FACES.map(async ([, faceOf], index) =>
      refusalOf(await faceOf(service.app).createNetwork(aNetwork({ ...inputs[index], engine: service.engines[index]?.name }))),
    ),
  );
  expect(refusals).toMatchObject([
    { code: 'UNKNOWN_DRIVER', status: 422 },
    { code: 'UNKNOWN_DRIVER', status: 422 },
  ]);
  expect(await Promise.all(service.engines.map(everything))).toEqual(before);
}, 60_000);
