import { afterEach, beforeEach, expect, it } from 'vitest';
import { DockerodeGateway } from '../../src/docker/dockerode.gateway.js';
import { GatewayRegistry } from '../../src/docker/gateway-registry.js';
import { EventBus } from '../../src/events/event-bus.js';
import { Inventory } from '../../src/inventory/inventory.js';
import { Refresher } from '../../src/inventory/refresher.js';
import { EngineSession } from '../../src/watcher/engine-session.js';
import { WatchTimings } from '../../src/watcher/watch-timings.js';
import { A_REACH } from '../builders/a-reach.js';
import { text } from '../docker/fake-engine.js';
import { recorded, RecordedEngine, recordedText } from '../docker/recorded-engine.js';
import { eventually } from '../support/eventually.js';

let engine: RecordedEngine;
let gateway: DockerodeGateway;

beforeEach(async () => {
  engine = await RecordedEngine.start('1.52');
  gateway = new DockerodeGateway({ name: 'local', endpoint: engine.endpoint });
});

afterEach(async () => {
  await gateway.close();
  await engine.stop();
});

it('a review finds a change of health that no event told of, where the listing shows it', async () => {
  const gateways = new GatewayRegistry([{ gateway, reach: A_REACH }]);
  const inventory = new Inventory();
  const picture = inventory.add('local', A_REACH);
  const refresher = new Refresher(gateways, inventory, new EventBus());
  const timings = Object.assign(new WatchTimings(), { reviewMs: 20, reviewsPerFullLook: 1_000_000 });
  const nothing = (): void => undefined;
  const anticipate = (): Promise<void> => Promise.resolve();
  const listener = { resumeNano: undefined, pictured: nothing, followed: nothing, heard: nothing, leftUnseen: nothing, ticked: nothing, swarmStirred: nothing, anticipate };
  const stopping = new AbortController();
  const session = new EngineSession(gateway, refresher, picture, timings, listener).run(stopping.signal);
  const id = String(recorded('1.52', 'container-web')['Id']);
  await eventually(() => expect(picture.observedContainer(id)?.health).toBe('healthy'));

  const worse = (file: string) => text(recordedText('1.52', file).replace('"Status": "healthy"', '"Status": "unhealthy"'));
  engine.fake.answers[`/containers/${id}/json`] = worse('container-web.json');
  engine.fake.answers['/containers/json'] = worse('containers.json');
  await eventually(() => expect(picture.observedContainer(id)?.health).toBe('unhealthy'));

  stopping.abort(new Error('done'));
  await expect(session).rejects.toThrow('done');
});
