import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FairleadEvent } from '../../src/events/event.js';
import { ExpectedEvents } from '../../src/inventory/expected-events.js';
import { eventually } from '../support/eventually.js';
import { startService, type Service } from './service.js';

const IMAGE = { image: 'fl-busybox', command: ['sleep', '1000'] };

let service: Service;
let requests = 0;
beforeAll(async () => {
  service = await startService(['local'], { pools: 'base=10.200.0.0/16,size=24' });
});
afterAll(() => service.stop());

async function eventsAfter(after?: string): Promise<readonly FairleadEvent[]> {
  const query = { limit: 500, ...(after === undefined ? {} : { after }) };
  const { body } = (await service.app.http.get('/v1/events').query(query)) as { body: { items: FairleadEvent[] } };
  return body.items;
}

const storyOf = ({ type, subject }: FairleadEvent): string => `${type} ${subject.name}`;

/** What led to the events that something leads to, once all of them have been told. */
async function causesOf(act: () => Promise<unknown>, wanted: readonly string[]): Promise<unknown> {
  const from = (await eventsAfter()).at(-1)?.cursor;
  await act();
  const events = await eventually(async () => {
    const told = await eventsAfter(from);
    expect(told.map(storyOf).sort()).toEqual([...wanted].sort());
    return told;
  });
  const expected = service.app.app.get(ExpectedEvents);
  return Object.fromEntries(events.map((event) => [storyOf(event), event.cause ?? expected.find(event)]));
}

/** The same of a request, which must be the cause of all of them. */
async function expectCause(method: 'post' | 'put' | 'delete', path: string, body: object | undefined, wanted: readonly string[]): Promise<void> {
  const requestId = `request-${(requests += 1)}`;
  const causes = await causesOf(async () => {
    const { status, text } = await service.app.http[method](path).set('X-Request-Id', requestId).send(body);
    expect(status, text).toBeLessThan(300);
  }, wanted);
  const cause = { requestId, keyName: 'Administrator' };
  expect(causes).toEqual(Object.fromEntries(wanted.map((one) => [one, cause])));
}

describe('an event that a request led to names it', () => {
  it('for each step of networks, containers and attachments', async () => {
    await expectCause('post', '/v1/networks', { name: 'n' }, ['network.created n']);
    await expectCause('post', '/v1/networks', { name: 'm' }, ['network.created m']);
    await expectCause('post', '/v1/containers', { ...IMAGE, name: 'c1', networks: [{ network: 'n' }, { network: 'm' }] }, [
      'container.created c1',
      'attachment.created n/c1',
      'attachment.created m/c1',
      'container.started c1',
      'attachment.activated n/c1',
      'attachment.activated m/c1',
    ]);
    await expectCause('post', '/v1/containers/c1/pause', {}, ['container.paused c1']);
    await expectCause('post', '/v1/containers/c1/unpause', {}, ['container.unpaused c1']);
    await expectCause('delete', '/v1/networks/m/attachments/c1', {}, ['attachment.deactivated m/c1', 'attachment.removed m/c1']);
    await expectCause('put', '/v1/networks/m/attachments/c1', {}, ['attachment.created m/c1', 'attachment.activated m/c1']);
    await expectCause('put', '/v1/networks/m/attachments/c1?replace=true', { aliases: ['x'] }, [
      'attachment.deactivated m/c1',
      'attachment.removed m/c1',
      'attachment.created m/c1',
      'attachment.activated m/c1',
    ]);
    const restart = ['container.exited c1', 'container.started c1', 'container.restarted c1'];
    const links = ['n/c1', 'm/c1'].flatMap((name) => [`attachment.deactivated ${name}`, `attachment.activated ${name}`]);
    await expectCause('post', '/v1/containers/c1/restart?timeoutSeconds=0', {}, [...restart, ...links]);
    await expectCause('post', '/v1/containers/c1/stop?timeoutSeconds=0', {}, [
      'container.exited c1',
      'attachment.deactivated n/c1',
      'attachment.deactivated m/c1',
    ]);
    // Neither raises an event of the engine.
    await expectCause('delete', '/v1/networks/m/attachments/c1', {}, ['attachment.removed m/c1']);
    await expectCause('put', '/v1/networks/m/attachments/c1', {}, ['attachment.created m/c1']);
    await expectCause('post', '/v1/containers/c1/start', {}, [
      'container.started c1',
      'attachment.activated n/c1',
      'attachment.activated m/c1',
    ]);
    await expectCause('delete', '/v1/containers/c1?force=true', {}, [
      'container.exited c1',
      'attachment.deactivated n/c1',
      'attachment.deactivated m/c1',
      'attachment.removed n/c1',
      'attachment.removed m/c1',
      'container.removed c1',
    ]);
    await expectCause('delete', '/v1/networks/m', {}, ['network.removed m']);
    await expectCause('post', '/v1/networks/prune', {}, ['network.removed n']);
  }, 90_000);

  it('also when containers are taken off a network that is removed, and in network mode none', async () => {
    await expectCause('post', '/v1/networks', { name: 'd' }, ['network.created d']);
    await expectCause('post', '/v1/containers', { ...IMAGE, name: 'd1', networkMode: 'none' }, [
      'container.created d1',
      'container.started d1',
      'attachment.created none/d1',
      'attachment.activated none/d1',
    ]);
    await expectCause('post', '/v1/containers', { ...IMAGE, name: 'd2', networks: [{ network: 'd' }], start: false }, [
      'container.created d2',
      'attachment.created d/d2',
    ]);
    await expectCause('delete', '/v1/networks/d?detach=true', {}, ['attachment.removed d/d2', 'network.removed d']);
  }, 60_000);

  it('through GraphQL too, over a WebSocket as well', async () => {
    const create = (name: string): string => `mutation { createNetwork(input: {name: "${name}"}) { changed } }`;
    const overHttp = await causesOf(() => service.app.gql(create('g1')), ['network.created g1']);
    expect(overHttp).toMatchObject({ 'network.created g1': { keyName: 'Administrator' } });
    const client = service.app.socket();
    const overSocket = await causesOf(
      () => new Promise((resolve, reject) => client.subscribe({ query: create('g2') }, { next: resolve, error: reject, complete: () => undefined })),
      ['network.created g2'],
    );
    expect(overSocket).toMatchObject({ 'network.created g2': { requestId: expect.any(String) as string, keyName: 'Administrator' } });
  });

  it('and not what other clients do, right after it and to the same things', async () => {
    const docker = service.engine.docker.bind(service.engine);
    await expectCause('post', '/v1/networks', { name: 'f' }, ['network.created f']);
    await expectCause('post', '/v1/networks', { name: 'f2' }, ['network.created f2']);
    await expectCause('post', '/v1/containers', { ...IMAGE, name: 'c2', networks: [{ network: 'f' }] }, [
      'container.created c2',
      'attachment.created f/c2',
      'container.started c2',
      'attachment.activated f/c2',
    ]);
    const foreign = async (wanted: readonly string[], ...command: string[]): Promise<void> => {
      expect(await causesOf(() => docker(...command), wanted)).toEqual(Object.fromEntries(wanted.map((one) => [one, null])));
    };
    await foreign(['attachment.created f2/c2', 'attachment.activated f2/c2'], 'network', 'connect', 'f2', 'c2');
    await foreign(['attachment.deactivated f2/c2', 'attachment.removed f2/c2'], 'network', 'disconnect', 'f2', 'c2');
    await foreign(['container.exited c2', 'attachment.deactivated f/c2'], 'stop', '--time', '0', 'c2');
    await foreign(['container.started c2', 'attachment.activated f/c2'], 'start', 'c2');
    await foreign(
      ['container.exited c2', 'attachment.deactivated f/c2', 'attachment.removed f/c2', 'container.removed c2'],
      ...['rm', '--force', 'c2'],
    );
    await foreign(['network.removed f'], 'network', 'rm', 'f');
  }, 60_000);
});
