import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { listeningAddress, serviceArguments } from '../../scripts/built-service.ts';
import { SYSTEM_PATH } from '../../scripts/lab.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fairlead-output-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('a service whose output nobody reads any more goes on, and ends when it is asked to', async () => {
  const service = spawn(process.execPath, serviceArguments(), {
    cwd: folder,
    env: { PATH: SYSTEM_PATH, FAIRLEAD_PORT: '0', FAIRLEAD_ENGINES: '[]', FAIRLEAD_API_KEY: 'key-of-a-service-unread' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(service, 'exit');
  let told = '';
  const url = await new Promise<string>((resolve) => {
    service.stdout.on('data', (chunk: Buffer) => {
      told += chunk.toString();
      const address = listeningAddress(told);
      if (address !== undefined) resolve(address);
    });
  });
  service.stdout.destroy();
  for (let asked = 0; asked < 3; asked += 1) expect((await fetch(`${url}/health/live`)).status).toBe(200);
  service.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});
