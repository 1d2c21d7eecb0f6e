import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { aContainer } from '../builders/a-container.js';
import { aNetwork } from '../builders/a-network.js';
import { refusalOf, valueOf } from './face.js';
import { agreed, FACES } from './faces.js';
import { restFace } from './rest-face.js';
import { inspect, startService, untilConnected, type Service } from './service.js';

let service: Service;

beforeAll(async () => {
  service = await startService(['local', 'spare']);
});

afterAll(() => service.stop());

describe('engines', () => {
  it('are listed with what they are and how they are doing', async () => {
    const { items, total } = valueOf(await agreed(service.app, (face) => face.listEngines()));
    expect([total, items.map(({ name }) => name)]).toEqual([2, ['local', 'spare']]);
    const version = JSON.parse(await service.engine.docker('version', '--format', '{{json .Server}}')) as { Version: string };
    expect(items[0]).toMatchObject({
      name: 'local',
      state: 'connected',
      problem: null,
      version: version.Version,
      apiVersion: '1.41',
      swarmRole: 'none',
      networkDrivers: expect.arrayContaining(['bridge', 'host', 'macvlan', 'overlay']) as string[],
      ipamDrivers: ['default', 'null'],
      platform: { os: 'linux' },
      counts: { networks: 3, containers: 0, runningContainers: 0, attachments: 0 },
    });
    expect(items[0]?.syncedAt).toMatch(/^\d{4}-.*Z$/);
    expect(valueOf(await agreed(service.app, (face) => face.getEngine('local')))).toMatchObject({ version: version.Version });
  });

  it('are listed in pages and in order', async () => {
    const first = valueOf(await agreed(service.app, (face) => face.listEngines({ limit: 1, sort: '-name' })));
    expect(first.items.map(({ name }) => name)).toEqual(['spare']);
    const cursor = first.nextCursor ?? '';
    const second = valueOf(await agreed(service.app, (face) => face.listEngines({ limit: 1, sort: '-name', cursor })));
    expect([second.items.map(({ name }) => name), second.nextCursor]).toEqual([['local'], null]);
    const other = refusalOf(await agreed(service.app, (face) => face.listEngines({ limit: 1, sort: 'name', cursor })));
    expect(other).toMatchObject({ code: 'INVALID_CURSOR', status: 400 });
    expect(refusalOf(await agreed(service.app, (face) => face.listEngines({ sort: 'colour' }))).code).toBe('VALIDATION_FAILED');
  });

  it('count what is on them', async () => {
    const face = restFace(service.app);
    const network = valueOf(await face.createNetwork(aNetwork({ engine: 'local' })));
    const boxes = [aContainer({ engine: 'local', networks: [{ network: network.name }] }), aContainer({ engine: 'local', start: false })];
    for (const box of boxes) valueOf(await face.createContainer(box));
    const { counts } = valueOf(await agreed(service.app, (each) => each.getEngine('local')));
    expect(counts).toEqual({ networks: 4, containers: 2, runningContainers: 1, attachments: 2 });
    for (const { name } of boxes) valueOf(await face.removeContainer(name, { force: true }));
  });

  it('answer when they are tested', async () => {
    expect(valueOf(await agreed(service.app, (face) => face.testEngine('local'))).state).toBe('connected');
    const refused = refusalOf(await agreed(service.app, (face) => face.testEngine('nowhere')));
    expect(refused).toMatchObject({ code: 'ENGINE_NOT_FOUND', status: 404 });
  });
});

describe('while an engine is away', () => {
  it('its last picture is shown, writes are refused at once, and it is followed again when it is back', async () => {
    const face = restFace(service.app);
    const network = valueOf(await face.createNetwork(aNetwork({ engine: 'local' })));
    const unused = valueOf(await face.createNetwork(aNetwork({ engine: 'spare', labels: { away: 'yes' } })));
    const bridge = valueOf(await face.getNetwork('local~bridge'));
    await service.engine.kill('SIGTERM');
    await eventually(async () => {
      const { state, problem } = valueOf(await agreed(service.app, (each) => each.getEngine('local')));
      expect([state, problem !== null]).toEqual(['unreachable', true]);
    });
    expect(valueOf(await agreed(service.app, (each) => each.getNetwork(network.id)))).toEqual(network);
    const { engines } = valueOf(await face.listNetworks());
    expect(engines).toMatchObject([{ name: 'local', state: 'unreachable' }, { name: 'spare', state: 'connected' }]);
    for (const [, faceOf] of FACES) {
      const each = faceOf(service.app);
      for (const answer of [
        await each.createNetwork(aNetwork({ engine: 'local' })),
        await each.removeNetwork(network.id),
        await each.pruneNetworks({ engine: 'local' }),
        await each.testEngine('local'),
      ]) {
        expect(refusalOf(answer)).toMatchObject({ code: 'ENGINE_UNREACHABLE', status: 503, extras: { engine: 'local' } });
      }
      const pruned = await each.pruneNetworks({ labels: ['away'] }, { dryRun: true });
      expect(valueOf(pruned).networks.map(({ id }) => id)).toEqual([unused.id]);
      expect(pruned).toMatchObject({ warnings: [expect.stringContaining('Engine local is unreachable')] });
    }

    await service.engine.start();
    await untilConnected(service.app);
    const again = valueOf(await agreed(service.app, (each) => each.getNetwork('local~bridge')));
    expect(again.id).toBe(bridge.id);
    expect(again.engineId).not.toBe(bridge.engineId);
    expect((await inspect(service.engine, 'network', 'bridge')).Id).toBe(again.engineId);
    expect(valueOf(await agreed(service.app, (each) => each.getNetwork(network.id))).id).toBe(network.id);
    valueOf(await face.removeNetwork(network.id));
    expect(valueOf(await agreed(service.app, (each) => each.testEngine('local'))).state).toBe('connected');
  });

  it('an attachment to its own bridge keeps its id although the engine renews the network', async () => {
    const face = restFace(service.app);
    const box = valueOf(await face.createContainer(aContainer({ engine: 'local' })));
    const id = `local~bridge.${box.id}`;
    expect(box.attachments).toMatchObject([{ id, networkId: 'local~bridge', active: true }]);
    await service.engine.restart();
    await eventually(async () => expect(valueOf(await face.getContainer(box.id)).state).toBe('exited'));
    await untilConnected(service.app);
    expect(valueOf(await agreed(service.app, (each) => each.getAttachment(id)))).toMatchObject({ active: false, broken: null });
    expect(valueOf(await face.startContainer(box.id)).attachments).toMatchObject([{ id, active: true, broken: null }]);
  });
});
