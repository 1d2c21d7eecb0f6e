import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineEventStream } from '../../src/docker/docker.gateway.js';
import { DockerodeGateway } from '../../src/docker/dockerode.gateway.js';
import type { EngineEvent } from '../../src/docker/observed.js';
import { eventually } from '../support/eventually.js';
import { codeOf, EngineLab, failureOf } from './engine-lab.js';
import { aNetworkSpec } from './specs.js';

// What a real engine tells, and how it is when it falls silent.
let lab: EngineLab;

beforeAll(async () => {
  lab = await EngineLab.start({ name: 'gateway-events', addressPool: 'base=10.200.0.0/16,size=24' });
});
afterAll(() => lab.stop());

/** Everything that a stream has given so far. */
function collect(stream: EngineEventStream): { events: EngineEvent[]; ended: Promise<void> } {
  const events: EngineEvent[] = [];
  const ended = (async () => {
    for await (const event of stream) events.push(event);
  })();
  return { events, ended };
}

describe('events', () => {
  it('tell, in order and with exact times, what happens after the subscription', async () => {
    const stream = await lab.gateway.openEvents();
    const { events, ended } = collect(stream);
    const network = await lab.network('told', { pools: [{ subnet: '10.85.0.0/24' }] });
    const container = await lab.running({ networkMode: 'told', labels: { name: 'Müller "timeNano":7' } });
    await lab.gateway.removeContainer(container, { force: true });
    await lab.gateway.removeNetwork(network);
    await eventually(() => expect(events.at(-1)).toMatchObject({ type: 'network', action: 'destroy' }));
    stream.close();
    stream.close();
    await ended;
    expect(stream.endReason).toBe('closed by the service');
    expect(events.map(({ type, action }) => `${type}/${action}`)).toEqual([
      'network/create',
      'container/create',
      'network/connect',
      'container/start',
      'container/kill',
      'container/die',
      'network/disconnect',
      'container/destroy',
      'network/destroy',
    ]);
    expect(events[2]).toMatchObject({ actorId: network, attributes: { container, name: 'told', type: 'bridge' } });
    for (const { raw, timeNano, time } of events) {
      expect(raw).toContain(`"timeNano":${timeNano}`);
      expect(Date.parse(time)).toBe(Math.floor(Number(BigInt(timeNano) / 1_000_000n)));
    }
  });

  it('tell of health, and nothing of the exec flood behind it', async () => {
    const stream = await lab.gateway.openEvents();
    const { events, ended } = collect(stream);
    const id = await lab.engine.docker('run', '-d', '--health-cmd', 'true', '--health-interval', '1s', 'fl-busybox', 'sleep', '99');
    await eventually(() => expect(events.some(({ action }) => action === 'health_status: healthy')).toBe(true));
    expect(events.filter(({ action }) => action.startsWith('exec'))).toEqual([]);
    await lab.gateway.removeContainer(id, { force: true });
    stream.close();
    await ended;
  });
});

describe('an engine in trouble', () => {
  it('that freezes times out, and answers again when it thaws', async () => {
    const timeouts = { pingMs: 300, readMs: 400, commandMs: 500 };
    const gateway = new DockerodeGateway({ name: 'frozen', endpoint: lab.engine.endpoint, timeouts });
    await gateway.connect();
    const stream = await gateway.openEvents();
    lab.engine.freeze();
    try {
      await eventually(async () => expect(await codeOf(gateway.ping())).toBe('ENGINE_TIMEOUT'));
      expect(await codeOf(gateway.listNetworkIds())).toBe('ENGINE_TIMEOUT');
      const failure = await failureOf(gateway.createNetwork(aNetworkSpec('frozen')));
      expect(failure).toMatchObject({ code: 'ENGINE_TIMEOUT', extras: { outcome: 'unknown' } });
      expect(stream.endReason).toBeNull();
    } finally {
      lab.engine.thaw();
    }
    await eventually(() => gateway.ping());
    await gateway.close();
    expect(await Array.fromAsync(stream)).toEqual([]);
  });

  it('that is killed ends what is under way and the stream, and is found again after its restart', async () => {
    const network = await lab.network('kept', { pools: [{ subnet: '10.86.0.0/24' }] });
    const container = await lab.container();
    const stream = await lab.gateway.openEvents();
    const { ended } = collect(stream);
    // Looking for a driver's plugin takes the engine 15 s.
    const underWay = failureOf(lab.network('under-way', { driver: 'nosuch' }));
    await lab.gateway.ping();
    await lab.engine.kill('SIGKILL');
    expect(await underWay).toMatchObject({ code: 'ENGINE_UNREACHABLE', extras: { outcome: 'unknown' } });
    await ended;
    expect(stream.endReason).not.toBeNull();
    const away = await failureOf(lab.gateway.startContainer(container));
    expect(away?.code).toBe('ENGINE_UNREACHABLE');
    expect(away?.extras.outcome).toBeUndefined();
    await lab.engine.start();
    expect(await lab.gateway.listNetworkIds()).toContain(network);
    expect(await lab.gateway.connect()).toMatchObject({ apiVersion: '1.41' });
  });
});
