import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Attachment } from '../../src/resources/attachment.js';
import { addressIn } from '../builders/a-network.js';
import { openCuttableSocket, type CuttableSocket } from '../support/cuttable-socket.js';
import { eventually } from '../support/eventually.js';
import { findFreePort } from '../support/free-port.js';
import { Lan } from '../support/lan.js';
import { startPrivateEngine, type PrivateEngine } from '../support/private-engine.js';
import { startServiceProcess, type ServiceProcess } from '../support/service-process.js';
import type { StartedApp } from '../support/start-app.js';
import { makeDead } from './dead-container.js';
import { doneOf, refusalOf, valueOf, type Answer, type Face } from './face.js';
import { graphqlFace } from './graphql-face.js';
import { restFace } from './rest-face.js';
import { PATIENT, swarmByHand } from './swarm-lab.js';

const IDLE = ['fl-busybox', 'sleep', '1000'];

/** A manager and a worker, the way to each of which can be held up or cut. */
let engines: PrivateEngine[];
let ways: CuttableSocket[];
let lan: Lan;
let service: ServiceProcess;

const gql: StartedApp['gql'] = async (query, variables) => {
  const { status, body } = await service.send('POST', '/graphql', { query, variables });
  return { status, ...(body as object) };
};
const FACES: readonly (readonly [Face['name'], () => Face])[] = [
  ['REST', () => restFace(service)],
  ['GraphQL', () => graphqlFace({ gql })],
];

beforeAll(async () => {
  const names = ['manager', 'worker'];
  engines = await Promise.all(names.map((name, index) => startPrivateEngine({ name, addressPool: `base=10.${200 + index}.0.0/16,size=24` })));
  lan = Lan.between(engines);
  ways = await Promise.all(engines.map(({ servedAt }) => openCuttableSocket(servedAt)));
  await swarmByHand({ lan }, engines);
  const known = names.map((name, index) => ({ name, endpoint: ways[index]?.endpoint ?? '' }));
  // The same port after each start: the faces know the service by its address.
  service = await startServiceProcess({ engines: known, port: await findFreePort() });
  await service.untilConnected();
});
afterAll(async () => {
  await service.stop();
  await Promise.all(ways.map((way) => way.close()));
  await Promise.all(engines.map((engine) => engine.stop()));
  lan.stop();
});

// What one test leaves cut the next one finds whole.
afterEach(async () => {
  for (const way of ways) {
    way.resume();
    await way.mend();
  }
});

/** What was asked for and what it must come back with; a new endpoint has an id of its own. */
const settled = ({ endpointId: _endpointId, ...rest }: Attachment): unknown => rest;

describe.each(FACES)('the removal of an overlay with detach through %s', (faceName, faceOf) => {
  const tag = faceName.toLowerCase();
  const octet = faceName === 'REST' ? 1 : 2;
  const [manager, worker] = [() => engines[0]!, () => engines[1]!];
  const [toManager, toWorker] = [() => ways[0]!, () => ways[1]!];
  let face: Face;
  beforeAll(() => {
    face = faceOf();
  });

  /** A network with a running and a stopped container on the worker, and one on the manager. */
  async function anOverlayOnBoth(name: string, subnet: string): Promise<Attachment[]> {
    valueOf(await face.createNetwork({ name, engine: 'manager', driver: 'overlay', attachable: true, ipam: { pools: [{ subnet }] } }));
    const on = (container: string, more: string[] = []): string[] => ['--name', container, '--network', name, ...more, ...IDLE];
    await worker().docker('run', '--detach', ...on(`${name}-runs`, ['--ip', addressIn(subnet, 9), '--network-alias', 'nine']));
    await worker().docker('create', ...on(`${name}-rests`, ['--network-alias', 'still']));
    await manager().docker('create', ...on(`${name}-stays`));
    return eventually(async () => {
      const all = await placesOf(name);
      expect(all.map(({ containerName }) => containerName)).toEqual([`${name}-rests`, `${name}-runs`, `${name}-stays`]);
      return all;
    }, PATIENT);
  }

  async function placesOf(network: string): Promise<Attachment[]> {
    const { items } = valueOf(await face.listAttachments({ network }));
    return [...items].sort((a, b) => (a.containerName < b.containerName ? -1 : 1));
  }

  const isOff = (container: string): Promise<void> =>
    eventually(async () => expect(await worker().docker('inspect', '--format', '{{json .NetworkSettings.Networks}}', container)).toBe('{}'), {
      ...PATIENT,
      intervalMs: 10,
    });
  /** The manager was asked, and has not answered. */
  const untilHeld = (): Promise<void> => eventually(() => expect(toManager().isHolding).toBe(true), PATIENT);
  const untilState = (engine: string, state: string): Promise<unknown> =>
    eventually(async () => expect(valueOf(await face.getEngine(engine)).state).toBe(state), PATIENT);

  it('that fails on the manager puts back what it took off on the worker, with all settings', async () => {
    const name = `refused-${tag}`;
    const before = await anOverlayOnBoth(name, `10.81.${octet}.0/24`);
    await makeDead(manager(), before[2]?.containerId ?? '');

    const refused = refusalOf(await face.removeNetwork(name, { detach: true }));

    expect(refused).toMatchObject({ code: 'CONTAINER_STATE', status: 409, extras: { holder: { name: `${name}-stays` } } });
    expect(refused.extras).not.toHaveProperty('notRestored');
    expect((await placesOf(name)).map(settled)).toEqual(before.map(settled));
  });

  it('takes nothing off anywhere while one of the engines cannot be asked', async () => {
    const name = `away-${tag}`;
    const before = await anOverlayOnBoth(name, `10.82.${octet}.0/24`);
    await toWorker().cut();
    await untilState('worker', 'unreachable');
    for (const dryRun of [true, false]) {
      expect(refusalOf(await face.removeNetwork(name, { detach: true, dryRun }))).toMatchObject({ code: 'ENGINE_UNREACHABLE', status: 503 });
    }
    await toWorker().mend();
    await untilState('worker', 'connected');
    expect((await placesOf(name)).map(settled)).toEqual(before.map(settled));
  });

  it('names what it cannot put back because the worker was cut off in between, and puts it back when it can', async () => {
    const name = `cut-${tag}`;
    const before = await anOverlayOnBoth(name, `10.83.${octet}.0/24`);
    await makeDead(manager(), before[2]?.containerId ?? '');
    toManager().holdAt('/disconnect');
    const asked = face.removeNetwork(name, { detach: true });
    await untilHeld();
    for (const rest of ['rests', 'runs']) await isOff(`${name}-${rest}`);
    await toWorker().cut();
    await untilState('worker', 'unreachable');
    toManager().resume();

    const refused = refusalOf(await asked);

    expect(refused).toMatchObject({ code: 'CONTAINER_STATE', extras: { holder: { name: `${name}-stays` } } });
    const missing = refused.extras['notRestored'] as { container: { name: string; engine: string }; reason: string }[];
    expect(missing.map(({ container }) => `${container.name} on ${container.engine}`).sort()).toEqual([`${name}-rests on worker`, `${name}-runs on worker`]);
    for (const { reason } of missing) expect(reason).toContain('attached again as soon as the engine can be asked');
    await toWorker().mend();
    await eventually(async () => expect((await placesOf(name)).map(settled)).toEqual(before.map(settled)), PATIENT);
  });

  it('does not wait for the manager that is cut off in between, and puts back on the worker when the manager can be asked', async () => {
    const name = `lost-${tag}`;
    const before = await anOverlayOnBoth(name, `10.84.${octet}.0/24`);
    toManager().holdAt('DELETE /');
    const asked = face.removeNetwork(name, { detach: true });
    await untilHeld();
    for (const rest of ['rests', 'runs']) await isOff(`${name}-${rest}`);
    await toManager().cut();
    const began = performance.now();

    const refused = refusalOf(await asked);

    expect(performance.now() - began).toBeLessThan(10_000);
    expect(refused).toMatchObject({ status: 503, extras: { outcome: 'unknown' } });
    const missing = refused.extras['notRestored'] as { container: { name: string } }[];
    expect(missing.map(({ container }) => container.name).sort()).toEqual(before.map(({ containerName }) => containerName));
    // What is on the worker is not kept from anybody meanwhile.
    valueOf(await face.startContainer(`${name}-rests`));
    await toManager().mend();
    await eventually(async () => expect((await placesOf(name)).map(({ containerName, aliases }) => [containerName, aliases])).toEqual(before.map(({ containerName, aliases }) => [containerName, aliases])), PATIENT);
  });

  it('that was done without being heard puts nothing back on a network that is no more', async () => {
    const name = `unheard-${tag}`;
    await anOverlayOnBoth(name, `10.85.${octet}.0/24`);
    toManager().holdAt('204 No Content');
    const asked = face.removeNetwork(name, { detach: true });
    await untilHeld();
    toManager().cutHeld();

    expect(refusalOf(await asked).extras).toMatchObject({ outcome: 'unknown' });

    for (const rest of ['rests', 'runs']) {
      const container = valueOf(await face.getContainer(`${name}-${rest}`));
      expect(container.attachments).toEqual([]);
      await worker().docker('restart', '--time', '0', container.name);
    }
    expect(refusalOf(await face.getNetwork(name)).code).toBe('NETWORK_NOT_FOUND');
  });

  it('goes on without whom somebody else has taken off unseen', async () => {
    const name = `moved-${tag}`;
    await anOverlayOnBoth(name, `10.87.${octet}.0/24`);
    await takeOffUnseen(name);

    valueOf(await face.removeNetwork(name, { detach: true }));

    toWorker().resume();
    await eventually(async () => expect(refusalOf(await face.getNetwork(name)).code).toBe('NETWORK_NOT_FOUND'), PATIENT);
    for (const rest of ['rests', 'runs']) await isOff(`${name}-${rest}`);
  });

  it('is refused before anything is taken off where the network has changed unseen since it was shown', async () => {
    const name = `changed-${tag}`;
    await anOverlayOnBoth(name, `10.88.${octet}.0/24`);
    const { etag } = doneOf(await face.getNetwork(name));
    await takeOffUnseen(name);

    expect(refusalOf(await face.removeNetwork(name, { detach: true, ifMatch: etag }))).toMatchObject({ code: 'PRECONDITION_FAILED', status: 412 });

    expect((await placesOf(name)).map(({ containerName }) => containerName)).toEqual([`${name}-rests`, `${name}-stays`]);
  });

  /** The running one on the worker, of which nothing is heard. */
  async function takeOffUnseen(name: string): Promise<void> {
    toWorker().holdAt('"Action":"disconnect"');
    await worker().docker('network', 'disconnect', name, `${name}-runs`);
    expect((await placesOf(name)).map(({ containerName }) => containerName)).toContain(`${name}-runs`);
  }
});

describe('the removal of an overlay with detach', () => {
  const untold = async (ask: () => Promise<Answer<unknown>>): Promise<Answer<unknown>> =>
    eventually(
      async () => {
        const answer = await ask();
        if (!answer.ok && answer.code === 'IDEMPOTENCY_IN_PROGRESS') throw new Error(answer.detail);
        return answer;
      },
      { timeoutMs: 40_000, intervalMs: 250 },
    );

  it('in the middle of which the service was killed tells whom it took off on which engine, once that can be asked', async () => {
    const [manager, worker] = engines as [PrivateEngine, PrivateEngine];
    const [toManager, toWorker] = ways as [CuttableSocket, CuttableSocket];
    const asks = FACES.map(([faceName, faceOf]) => {
      const name = `killed-${faceName.toLowerCase()}`;
      return { name, ask: () => faceOf().removeNetwork(name, { detach: true, idempotencyKey: name }) };
    });
    for (const { name } of asks) {
      await manager.docker('network', 'create', '--driver', 'overlay', '--attachable', name);
      await worker.docker('run', '--detach', '--name', `on-${name}`, '--network', name, ...IDLE);
      await eventually(async () => expect(valueOf(await restFace(service).getNetwork(name)).attachmentCount).toBe(1), PATIENT);
    }
    toManager.holdAt('DELETE /');
    const dying = asks.map(({ ask }) => ask().catch(() => undefined));
    for (const { name } of asks) {
      await eventually(async () => expect(await worker.docker('inspect', '--format', '{{json .NetworkSettings.Networks}}', `on-${name}`)).toBe('{}'), PATIENT);
    }
    await service.kill('SIGKILL');
    await Promise.all(dying);
    for (const way of ways) await way.cut();
    toManager.resume();
    await toManager.mend();
    await service.start();
    await eventually(async () => expect((await service.get('/v1/engines/manager')).body).toMatchObject({ state: 'connected' }), PATIENT);
    // Whether anything is off on the worker nobody can say yet, and nothing else is kept as the answer.
    for (const { ask } of asks) expect(refusalOf(await ask())).toMatchObject({ code: 'ENGINE_UNREACHABLE', status: 503 });
    await toWorker.mend();
    await service.untilConnected();
    for (const { name, ask } of asks) {
      const refused = refusalOf(await untold(ask));
      expect(refused).toMatchObject({ code: 'IDEMPOTENCY_UNFINISHED', extras: { notRestored: [{ container: { name: `on-${name}`, engine: 'worker' } }] } });
      expect(refused.detail).toContain(`stands, but is without on-${name}`);
    }
  }, 120_000);
});

describe('the removal of an overlay', () => {
  it('does not wait for an engine that cannot be asked, and tells what was last seen there', async () => {
    const [manager, worker] = engines as [PrivateEngine, PrivateEngine];
    const [, toWorker] = ways as [CuttableSocket, CuttableSocket];
    // Managers show every network of their swarm, whether anybody there is on it or not.
    await manager.docker('node', 'promote', await worker.docker('info', '--format', '{{.Swarm.NodeID}}'));
    for (const [faceName, faceOf] of FACES) {
      const name = `unasked-${faceName.toLowerCase()}`;
      const face = faceOf();
      valueOf(await face.createNetwork({ name, engine: 'manager', driver: 'overlay' }));
      await eventually(async () => expect(valueOf(await face.getNetwork(name)).engines).toEqual(['manager', 'worker']), PATIENT);
      await toWorker.cut();
      await eventually(async () => expect(valueOf(await face.getEngine('worker')).state).toBe('unreachable'), PATIENT);
      const began = performance.now();
      const done = await face.removeNetwork(name);
      expect(performance.now() - began).toBeLessThan(6_000);
      expect(done).toMatchObject({ ok: true, warnings: [`Engine worker showed network ${name} when it was last seen, and cannot be asked now.`] });
      await toWorker.mend();
      await service.untilConnected();
      expect(refusalOf(await face.getNetwork(name)).code).toBe('NETWORK_NOT_FOUND');
    }
  }, 90_000);
});
