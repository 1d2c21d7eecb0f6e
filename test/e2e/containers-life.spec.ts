import { eventually } from '../support/eventually.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, valueOf, doneOf, type Face, type LifecycleVerb } from './face.js';
import { agreed, FACES } from './faces.js';
import { everything, startService, type Service } from './service.js';

let service: Service;
beforeAll(async () => {
  service = await startService(['local'], { pools: 'base=10.200.0.0/16,size=24' });
});
afterAll(() => service.stop());

describe.each(FACES)("a container's life through %s", (faceName, faceOf) => {
  const name = `${faceName.toLowerCase()}-life`;
  const network = `${faceName.toLowerCase()}-net`;
  let face: Face;

  const step = async (verb: LifecycleVerb): Promise<{ state: string; changed: boolean | undefined }> => {
    const done = doneOf(await face.changeContainer(verb, name, { timeoutSeconds: verb === 'stop' || verb === 'restart' ? 0 : undefined }));
    return { state: done.value.state, changed: done.changed };
  };

  beforeAll(async () => {
    face = faceOf(service.app);
    valueOf(await face.createNetwork({ name: network }));
    const container = { name, image: 'fl-busybox', command: ['sleep', '1000'], labels: { part: name }, networks: [{ network }] };
    valueOf(await face.createContainer({ ...container, start: false }));
  });

  it('begins as it was created, with its place on the network configured but not active', async () => {
    const container = valueOf(await face.getContainer(name));
    expect(container).toMatchObject({ state: 'created', exitCode: null, startedAt: null });
    expect(container.attachments).toMatchObject([{ networkName: network, active: false, ipv4Address: null }]);
  });

  it('goes through its states, each told as it is when the answer comes, and asked twice nothing is done', async () => {
    // REST answers 200 either way and does not tell whether anything was changed.
    const changed = (value: boolean): boolean | undefined => (faceName === 'REST' ? undefined : value);
    expect(await step('start')).toMatchObject({ state: 'running', changed: changed(true) });
    expect(valueOf(await face.getContainer(name)).attachments).toMatchObject([{ active: true }]);
    expect(await step('start')).toMatchObject({ state: 'running', changed: changed(false) });
    expect(await step('pause')).toMatchObject({ state: 'paused', changed: changed(true) });
    expect(await step('pause')).toMatchObject({ state: 'paused', changed: changed(false) });
    expect(valueOf(await face.getContainer(name)).attachments).toMatchObject([{ active: true }]);
    expect(refusalOf(await face.startContainer(name))).toMatchObject({ code: 'CONTAINER_STATE', status: 409 });
    expect(await step('unpause')).toMatchObject({ state: 'running', changed: changed(true) });
    const began = valueOf(await face.getContainer(name)).startedAt;
    expect(await step('restart')).toMatchObject({ state: 'running', changed: changed(true) });
    expect(valueOf(await face.getContainer(name)).startedAt).not.toBe(began);
    expect(await step('stop')).toMatchObject({ state: 'exited', changed: changed(true) });
    expect(valueOf(await face.getContainer(name))).toMatchObject({ exitCode: 137, attachments: [{ active: false }] });
    expect(await step('stop')).toMatchObject({ state: 'exited', changed: changed(false) });
    for (const verb of ['pause', 'unpause'] as const) {
      expect(refusalOf(await face.changeContainer(verb, name))).toMatchObject({ code: 'CONTAINER_STATE', status: 409 });
    }
  });

  it('is found by each filter, and not by one that is not met', async () => {
    await step('start');
    const { attachments } = valueOf(await face.getContainer(name));
    const address = attachments[0]?.ipv4Address;
    const found = [{ name }, { name: `${faceName.toLowerCase()}-l*` }, { label: [`part=${name}`] }, { label: ['part'], name }, { network }, { address }];
    for (const filter of found) {
      const { items } = valueOf(await face.listContainers(filter));
      expect(items.map((item) => item.name), JSON.stringify(filter)).toContain(name);
    }
    for (const filter of [{ state: 'exited', name }, { label: ['part=other'] }, { address: '10.200.255.250' }, { image: 'other' }]) {
      expect(valueOf(await face.listContainers(filter)).items, JSON.stringify(filter)).toEqual([]);
    }
    expect(refusalOf(await face.listContainers({ network: 'nowhere' }))).toMatchObject({ code: 'NETWORK_NOT_FOUND' });
    expect(refusalOf(await face.listContainers({ address: 'x' }))).toMatchObject({ code: 'VALIDATION_FAILED' });
  });

  it('is not touched by dry runs, which tell what would be', async () => {
    const before = await everything(service.engine);
    expect(valueOf(await face.stopContainer(name, { dryRun: true }))).toMatchObject({ state: 'exited' });
    expect(valueOf(await face.pauseContainer(name, { dryRun: true }))).toMatchObject({ state: 'paused' });
    valueOf(await face.removeContainer(name, { dryRun: true, force: true }));
    const wish = { name: `${name}-2`, image: 'fl-busybox', networks: [{ network, aliases: ['api'] }], publishedPorts: [{ containerPort: 80 }] };
    expect(valueOf(await face.createContainer(wish, { dryRun: true }))).toMatchObject({
      id: 'dry-run',
      exposedPorts: ['80/tcp'],
      attachments: [{ networkName: network, aliases: ['api'] }],
    });
    expect(await everything(service.engine)).toBe(before);
  });

  it('is changed only in the state that the caller has seen', async () => {
    const stale = doneOf(await face.getContainer(name)).etag;
    expect(stale).toMatch(/^".+"$/);
    await step('pause');
    await step('unpause');
    await step('restart');
    expect(refusalOf(await face.removeContainer(name, { force: true, ifMatch: stale }))).toMatchObject({
      code: 'PRECONDITION_FAILED',
      status: 412,
    });
    const fresh = doneOf(await face.getContainer(name)).etag;
    expect(doneOf(await face.stopContainer(name, { ifMatch: fresh, timeoutSeconds: 0 })).value.state).toBe('exited');
  });

  it('ends when it is removed, and while it runs only by force', async () => {
    await step('start');
    expect(refusalOf(await face.removeContainer(name))).toMatchObject({ code: 'CONTAINER_STATE', status: 409 });
    doneOf(await face.removeContainer(name, { force: true }));
    expect(refusalOf(await face.getContainer(name))).toMatchObject({ code: 'CONTAINER_NOT_FOUND', status: 404 });
    doneOf(await face.removeNetwork(network));
  });

  it('refuses a time to end that is out of bounds', async () => {
    const other = `${name}-other`;
    valueOf(await face.createContainer({ name: other, image: 'fl-busybox', command: ['sleep', '1000'] }));
    expect(refusalOf(await face.stopContainer(other, { timeoutSeconds: -1 }))).toMatchObject({ code: 'VALIDATION_FAILED' });
    doneOf(await face.removeContainer(other, { force: true }));
  });
});

describe('the network of the host', () => {
  const HOST = { image: 'fl-busybox', command: ['sleep', '1000'], networkMode: 'host' };

  it('is refused while the setting is off, also by way of a container that has it', async () => {
    await service.engine.docker('run', '-d', '--name', 'by-hand', '--network', 'host', 'fl-busybox', 'sleep', '1000');
    await eventually(async () => expect((await service.app.http.get('/v1/containers/by-hand')).status).toBe(200));
    for (const networkMode of ['host', 'container:by-hand']) {
      const answer = await agreed(service.app, (face) => face.createContainer({ ...HOST, networkMode }));
      expect(refusalOf(answer)).toMatchObject({ code: 'FORBIDDEN', status: 403 });
    }
  });

  it('is to be had where the setting allows it', async () => {
    const open = await startService(['open'], { allowHostNetwork: true });
    try {
      const answer = await open.app.http.post('/v1/containers').send({ ...HOST, name: 'hosted' });
      expect(answer.status).toBe(201);
      expect(answer.body).toMatchObject({ networkMode: 'host', attachments: [{ networkId: 'open~host', active: true }] });
    } finally {
      await open.stop();
    }
  });
});
