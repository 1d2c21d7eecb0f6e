import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sweepLab } from '../../scripts/lab.ts';
import { listProcesses } from '../../scripts/processes.ts';
import { eventually } from './eventually.js';
import { endForgotten } from './forgotten.js';
import { findFreePort } from './free-port.js';
import { startPrivateEngine, type PrivateEngine } from './private-engine.js';
import { startServiceProcess } from './service-process.js';

describe('a service process', () => {
  let engine: PrivateEngine;
  beforeAll(async () => {
    engine = await startPrivateEngine({ name: 'served' });
  });
  afterAll(() => engine.stop());

  it('answers with its key, changes the engine, hangs while it is frozen, and ends in its own order though it is', async () => {
    const service = await startServiceProcess({ engines: [engine] });
    await service.untilConnected();
    const created = await service.send('POST', '/v1/networks', { name: 'by-process' }, { 'x-request-id': 'test-1' });
    expect(created).toMatchObject({ status: 201, body: { name: 'by-process' } });
    expect(created.headers.get('x-request-id')).toBe('test-1');
    expect(await engine.docker('network', 'ls', '--format', '{{.Name}}')).toContain('by-process');
    expect(await service.get('/v1/networks', { authorization: 'Bearer wrong' })).toMatchObject({ status: 401 });
    service.freeze();
    let answered = false;
    const answer = service.get('/health/live').then(({ status }) => {
      answered = true;
      return status;
    });
    await expect(fetch(`${service.url}/health/live`, { signal: AbortSignal.timeout(300) })).rejects.toThrow(/timeout/);
    expect(answered).toBe(false);
    service.thaw();
    expect(await answer).toBe(200);
    service.freeze();
    expect(await service.stop()).toBe(0);
    expect(tracesOf(service.dir)).toEqual([]);
  });

  it('starts again on the same data after kill -9, at the same address if it has a port of its own', async () => {
    const dataFolder = mkdtempSync('/var/lib/fl-data-test-');
    const service = await startServiceProcess({
      engines: [engine],
      dataFolder,
      port: await findFreePort(),
      env: { FAIRLEAD_API_KEY: '' },
    });
    const { pid, url } = service;
    const [keyFile] = readdirSync(dataFolder);
    expect(await service.kill('SIGKILL')).toBeNull();
    await expect(service.get('/health/live')).rejects.toThrow();
    await service.start();

    expect([service.pid === pid, service.url]).toEqual([false, url]);
    expect(await service.get('/health/live')).toMatchObject({ status: 200 });
    expect(service.output().match(/^API key made and kept in /gm)).toHaveLength(1);
    expect(service.output().match(/^API key kept in /gm)).toHaveLength(1);
    await service.stop();
    expect(readdirSync(dataFolder)).toContain(keyFile);
    rmSync(dataFolder, { recursive: true });
  });

  it('says what the service said when it does not start', async () => {
    const starting = startServiceProcess({ engines: [engine], env: { FAIRLEAD_PORT: 'none' } });
    await expect(starting).rejects.toThrow(/FAIRLEAD_PORT.*"none" is not a port/);
  });

  it('is gone when a test file forgets it', async () => {
    const service = await startServiceProcess({ engines: [] });
    expect(tracesOf(service.dir)).not.toEqual([]);
    await endForgotten();
    expect(tracesOf(service.dir)).toEqual([]);
  });

  it('follows at once a run that is killed', async () => {
    const labRoot = mkdtempSync('/var/lib/fl-lab-test-');
    const owner = spawn(process.execPath, [join(import.meta.dirname, 'service-owner.ts'), labRoot], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const { dir } = await firstLineOf(owner.stdout);
      expect(tracesOf(dir)).not.toEqual([]);
      owner.kill('SIGKILL');
      await eventually(() => expect(tracesOf(dir)).toEqual([]));
      await eventually(() => expect(readdirSync(labRoot)).toEqual([]));
    } finally {
      owner.kill('SIGKILL');
      sweepLab(labRoot);
      rmSync(labRoot, { recursive: true, force: true });
    }
  });
});

async function firstLineOf(input: NodeJS.ReadableStream): Promise<{ dir: string }> {
  for await (const line of createInterface({ input })) return JSON.parse(line) as { dir: string };
  throw new Error('the owner ended before its service was ready');
}

function tracesOf(dir: string): string[] {
  const processes = listProcesses().filter(({ commandLine }) => commandLine.includes(`${dir}/`));
  return [...processes.map(({ commandLine }) => commandLine), ...(existsSync(dir) ? [dir] : [])];
}
