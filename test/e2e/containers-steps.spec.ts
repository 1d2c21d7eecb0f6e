import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Container } from '../../src/resources/container.js';
import { eventually } from '../support/eventually.js';
import { doneOf, refusalOf, valueOf, type Face, type Input } from './face.js';
import { FACES } from './faces.js';
import { startService, type Service } from './service.js';

let service: Service;
beforeAll(async () => {
  service = await startService();
  await service.engine.docker('network', 'create', '--subnet', '10.31.0.0/24', 'front');
  await service.engine.docker('network', 'create', '--subnet', '10.32.0.0/24', 'back');
  await eventually(async () => expect((await service.app.http.get('/v1/networks/back')).status).toBe(200));
});
afterAll(() => service.stop());

const SLEEPER = { image: 'fl-busybox', command: ['sleep', '3600'] };

function stateOnEngine(ref: string): Promise<string> {
  return service.engine.docker('inspect', '-f', '{{.State.Status}}', ref);
}

describe.each(FACES)('a container that is run through %s', (faceName, faceOf) => {
  let face: Face;
  const named = (name: string): string => `${faceName.toLowerCase()}-${name}`;
  const create = async (name: string, input: Input = {}): Promise<Container> =>
    valueOf(await face.createContainer({ ...SLEEPER, name: named(name), networks: [{ network: 'front' }], ...input }));
  beforeAll(() => {
    face = faceOf(service.app);
  });

  it('has its places configured while it does not run, and active with the static address when it does', async () => {
    const ipv4Address = faceName === 'REST' ? '10.31.0.90' : '10.31.0.91';
    const { id } = await create('places', { networks: [{ network: 'front', ipv4Address, aliases: ['kept'] }] });
    expect(valueOf(await face.stopContainer(id)).attachments).toMatchObject([{ active: false, ipv4Address, aliases: ['kept'], endpointId: null }]);
    expect(valueOf(await face.startContainer(id)).attachments).toMatchObject([{ active: true, ipv4Address, aliases: ['kept'] }]);
    expect(valueOf(await face.restartContainer(id)).attachments).toMatchObject([{ active: true, ipv4Address }]);
  });

  it('gets the time that was asked for to end by itself', async () => {
    const command = ['sh', '-c', 'trap "" TERM; while :; do sleep 0.1; done'];
    await service.engine.docker('run', '--detach', '--name', named('stubborn'), '--stop-signal', 'TERM', 'fl-busybox', ...command);
    await eventually(async () => expect(valueOf(await face.getContainer(named('stubborn'))).state).toBe('running'));
    const began = performance.now();
    const stopped = valueOf(await face.stopContainer(named('stubborn'), { timeoutSeconds: 2 }));
    expect(stopped).toMatchObject({ state: 'exited', exitCode: 137 });
    expect(performance.now() - began).toBeGreaterThan(1_900);
    expect(performance.now() - began).toBeLessThan(9_000);
    for (const timeoutSeconds of [-1, 3_601]) {
      expect(refusalOf(await face.stopContainer(named('stubborn'), { timeoutSeconds })).code).toBe('VALIDATION_FAILED');
    }
  });

  it('is not restarted into its end: a network that is gone would keep it from starting', async () => {
    await service.engine.docker('network', 'create', '--subnet', faceName === 'REST' ? '10.35.0.0/24' : '10.36.0.0/24', named('doomed'));
    await eventually(async () => expect((await face.getNetwork(named('doomed'))).ok).toBe(true));
    const { id } = await create('broken', { networks: [{ network: named('doomed') }] });
    valueOf(await face.stopContainer(id));
    await service.engine.docker('network', 'rm', named('doomed'));
    await eventually(async () => expect(valueOf(await face.getContainer(id)).attachments[0]?.broken).toEqual(expect.any(String)));
    for (const verb of ['start', 'restart'] as const) {
      const { code, detail } = refusalOf(await face.changeContainer(verb, id));
      expect(code).toBe('CONTAINER_STATE');
      expect(detail).toContain(`its attachment to ${named('doomed')} is broken`);
    }
    const attachment = valueOf(await face.getContainer(id)).attachments[0]?.id ?? '';
    doneOf(await face.removeAttachment(attachment));
    expect(valueOf(await face.startContainer(id))).toMatchObject({ state: 'running', attachments: [] });
  });

  it('is changed only in the state that the caller has seen', async () => {
    const { id } = await create('tagged');
    const seen = doneOf(await face.getContainer(id)).etag ?? '';
    expect(seen).toMatch(/^"[\w-]+"$/);
    await service.engine.docker('rename', named('tagged'), named('renamed'));
    for (const verb of ['stop', 'restart', 'pause'] as const) {
      expect(refusalOf(await face.changeContainer(verb, id, { ifMatch: seen }))).toMatchObject({
        code: 'PRECONDITION_FAILED',
        status: 412,
        extras: { currentETag: expect.stringMatching(/^"/) },
      });
    }
    expect(refusalOf(await face.removeContainer(id, { force: true, ifMatch: seen })).code).toBe('PRECONDITION_FAILED');
    expect(await stateOnEngine(id)).toBe('running');
    const now = doneOf(await face.getContainer(id)).etag;
    const stopped = doneOf(await face.stopContainer(id, { ifMatch: now }));
    expect(stopped.etag).not.toBe(now);
    doneOf(await face.removeContainer(id, { ifMatch: `"other", ${stopped.etag}` }));
  });
});

