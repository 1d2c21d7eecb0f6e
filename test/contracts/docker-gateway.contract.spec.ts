import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DockerGateway } from '../../src/docker/docker.gateway.js';
import type { EngineEvent } from '../../src/docker/observed.js';
import { codeOf, EngineLab } from '../docker/engine-lab.js';
import { aContainerSpec, aNetworkSpec } from '../docker/specs.js';
import { DockerodeGateway } from '../../src/docker/dockerode.gateway.js';
import { eventually } from '../support/eventually.js';
import { startPrivateEngine } from '../support/private-engine.js';
import { startPrivateSshd } from '../support/private-sshd.js';
import { openTlsFront } from '../support/tls-front.js';
import { SimulatedGateway } from './simulated.gateway.js';

interface Subject {
  readonly gateway: DockerGateway;
  stop(): Promise<void>;
}

async function simulated(): Promise<Subject> {
  const gateway = new SimulatedGateway();
  return { gateway, stop: () => gateway.close() };
}

async function overTls(): Promise<Subject> {
  const engine = await startPrivateEngine({ name: 'sealed', addressPool: POOL });
  const front = await openTlsFront(engine.servedAt);
  const gateway = new DockerodeGateway({ name: 'sealed', endpoint: front.endpoint, tls: front.tls });
  const stop = async (): Promise<void> => {
    await gateway.close();
    await front.stop();
    await engine.stop();
  };
  return { gateway, stop };
}

async function overSsh(): Promise<Subject> {
  const [engine, sshd] = await Promise.all([startPrivateEngine({ name: 'far', addressPool: POOL }), startPrivateSshd()]);
  const gateway = new DockerodeGateway({ name: 'far', endpoint: sshd.endpoint(engine.servedAt), ssh: sshd.ssh });
  const stop = async (): Promise<void> => {
    await gateway.close();
    await sshd.stop();
    await engine.stop();
  };
  return { gateway, stop };
}

const POOL = 'base=10.200.0.0/16,size=24';
const SUBJECTS: readonly (readonly [string, () => Promise<Subject>])[] = [
  ['a real engine', () => EngineLab.start({ name: 'contract', addressPool: POOL })],
  ['a real engine behind TLS', overTls],
  ['a real engine over ssh', overSsh],
  ['the simulated engine', simulated],
];
const NOWHERE = 'f'.repeat(64);

// What the rooms above rely on, whoever is behind the port: so a test may use the simulated one where faults are wanted.
describe.each(SUBJECTS)('the port to %s', (_name, start) => {
  let subject: Subject;
  let gateway: DockerGateway;
  beforeAll(async () => {
    subject = await start();
    gateway = subject.gateway;
    await gateway.connect();
  });
  afterAll(() => subject.stop());

  const network = async (name: string): Promise<string> => (await gateway.createNetwork(aNetworkSpec(name))).id;
  const container = async (name: string, networkMode: string): Promise<string> =>
    (await gateway.createContainer(aContainerSpec({ name, networkMode }))).id;
  const endpoints = async (id: string) =>
    (await gateway.inspectContainer(id))?.endpoints.map(({ networkName, endpointId, ipv4Address }) => ({
      networkName,
      live: endpointId !== null && ipv4Address !== null,
    }));

  it('answers, and says what it is', async () => {
    await gateway.ping();
    expect(await gateway.connect()).toMatchObject({ apiVersion: '1.41', swarmRole: 'none' });
  });

  it("has the engine's own three networks, which cannot be removed", async () => {
    const seen = await Promise.all((await gateway.listNetworkIds()).map((id) => gateway.inspectNetwork(id)));
    expect(seen.filter((each) => each?.builtin).map((each) => each?.name).sort()).toEqual(['bridge', 'host', 'none']);
    const bridge = seen.find((each) => each?.name === 'bridge');
    expect(await codeOf(gateway.removeNetwork(bridge?.id ?? ''))).toBe('NETWORK_BUILTIN');
  });

  it('answers undefined for what is not there, and refuses to change it', async () => {
    expect(await gateway.inspectNetwork(NOWHERE)).toBeUndefined();
    expect(await gateway.inspectContainer(NOWHERE)).toBeUndefined();
    expect(await codeOf(gateway.removeNetwork(NOWHERE))).toBe('NETWORK_NOT_FOUND');
    expect(await codeOf(gateway.startContainer(NOWHERE))).toBe('CONTAINER_NOT_FOUND');
    expect(await codeOf(gateway.stopContainer(NOWHERE))).toBe('CONTAINER_NOT_FOUND');
    expect(await codeOf(gateway.pauseContainer(NOWHERE))).toBe('CONTAINER_NOT_FOUND');
    expect(await codeOf(gateway.removeContainer(NOWHERE, { force: true }))).toBe('CONTAINER_NOT_FOUND');
  });

  it('makes a network once by its name, and keeps what a running container is on', async () => {
    const id = await network('once');
    expect(await codeOf(network('once'))).toBe('NETWORK_NAME_TAKEN');
    expect(await gateway.inspectNetwork(id)).toMatchObject({ id, name: 'once', builtin: false });
    expect(await gateway.listNetworkIds()).toContain(id);
    const holder = await container('holder', 'once');
    await gateway.startContainer(holder);
    expect(await codeOf(gateway.removeNetwork(id))).toBe('NETWORK_IN_USE');
    expect(await gateway.listContainerIdsOnNetwork({ id, name: 'once' })).toEqual([holder]);
    await gateway.removeContainer(holder, { force: true });
    await gateway.removeNetwork(id);
    expect(await gateway.inspectNetwork(id)).toBeUndefined();
  });

  it('makes a container once by its name, of an image that is there', async () => {
    const id = await container('single', 'none');
    expect(await codeOf(container('single', 'none'))).toBe('CONTAINER_NAME_TAKEN');
    expect(await codeOf(gateway.createContainer(aContainerSpec({ image: 'nosuch:1' })))).toBe('IMAGE_NOT_FOUND');
    expect([await gateway.imageExists('fl-busybox'), await gateway.imageExists('nosuch:1')]).toEqual([true, false]);
    expect((await gateway.listContainers()).map((each) => each.id)).toContain(id);
    await gateway.removeContainer(id, { force: false });
    expect(await gateway.inspectContainer(id)).toBeUndefined();
  });

  it('leads a container through its states, its endpoints live while it runs', async () => {
    const id = await network('life');
    const ran = await container('ran', 'life');
    expect(await gateway.inspectContainer(ran)).toMatchObject({ state: 'created', running: false, startedAt: null });
    expect(await endpoints(ran)).toEqual([{ networkName: 'life', live: false }]);
    await gateway.startContainer(ran);
    await gateway.startContainer(ran);
    expect(await gateway.inspectContainer(ran)).toMatchObject({ state: 'running', running: true, startedAt: expect.any(String) });
    expect(await endpoints(ran)).toEqual([{ networkName: 'life', live: true }]);
    await gateway.pauseContainer(ran);
    expect(await gateway.inspectContainer(ran)).toMatchObject({ state: 'paused', running: true });
    expect(await codeOf(gateway.pauseContainer(ran))).toBe('CONTAINER_STATE');
    await gateway.unpauseContainer(ran);
    expect(await codeOf(gateway.removeContainer(ran, { force: false }))).toBe('CONTAINER_STATE');
    await gateway.stopContainer(ran, 0);
    expect(await gateway.inspectContainer(ran)).toMatchObject({ state: 'exited', running: false, exitCode: 137 });
    expect(await endpoints(ran)).toEqual([{ networkName: 'life', live: false }]);
    await gateway.removeContainer(ran, { force: false });
    await gateway.removeNetwork(id);
  });

  it('attaches and detaches, and refuses to do either twice to what runs', async () => {
    const [one, two] = [await network('one'), await network('two')];
    const id = await container('mover', 'one');
    await gateway.startContainer(id);
    await gateway.connectContainer(two, id, { aliases: ['moved'] });
    expect(await codeOf(gateway.connectContainer(two, id, {}))).toBe('ALREADY_ATTACHED');
    expect(await endpoints(id)).toEqual(expect.arrayContaining([{ networkName: 'two', live: true }]));
    expect((await gateway.inspectContainer(id))?.endpoints.find(({ networkName }) => networkName === 'two')?.aliases).toEqual(['moved']);
    await gateway.disconnectContainer(two, id, { force: false });
    expect(await codeOf(gateway.disconnectContainer(two, id, { force: false }))).toBe('ATTACHMENT_NOT_FOUND');
    await gateway.stopContainer(id, 0);
    await gateway.connectContainer(two, id, {});
    await gateway.connectContainer(two, id, {});
    expect(await endpoints(id)).toEqual(expect.arrayContaining([{ networkName: 'two', live: false }]));
    await gateway.removeContainer(id, { force: true });
    for (const each of [one, two]) await gateway.removeNetwork(each);
  });

  it('tells what happens in the order in which it does, from the moment on at which the stream is open', async () => {
    await network('before');
    const stream = await gateway.openEvents();
    const events: EngineEvent[] = [];
    const reading = (async () => {
      for await (const event of stream) events.push(event);
    })();
    const id = await network('told');
    const ran = await container('teller', 'told');
    await gateway.startContainer(ran);
    await gateway.stopContainer(ran, 0);
    await gateway.removeContainer(ran, { force: false });
    await gateway.removeNetwork(id);
    // Engines up to 27 tell a disconnection twice (engine-facts 0.4), and each signal of a stop.
    const told = (): string[] =>
      events.map(({ type, action }) => `${type} ${action}`).filter((each, index, all) => each !== 'container kill' && each !== all[index - 1]);
    await eventually(() => expect(told()).toContain('network destroy'));
    expect(told()).toEqual([
      'network create',
      'container create',
      'network connect',
      'container start',
      'container die',
      'network disconnect',
      'container stop',
      'container destroy',
      'network destroy',
    ]);
    expect(events[2]).toMatchObject({ actorId: id, attributes: { container: ran, name: 'told' } });
    stream.close();
    await reading;
    expect(stream.endReason).toEqual(expect.any(String));
  });

  it('remembers what happened from a time on, that moment included, as the stream told it', async () => {
    const stream = await gateway.openEvents();
    const heard: EngineEvent[] = [];
    const reading = (async () => {
      for await (const event of stream) heard.push(event);
    })();
    for (const name of ['remembered1', 'remembered2', 'remembered3']) await gateway.removeNetwork(await network(name));
    await eventually(() => expect(heard).toHaveLength(6));
    const remembered = await gateway.rememberedEvents(heard[2]!.timeNano);
    expect(remembered.events.map(({ raw }) => raw)).toEqual(heard.slice(2).map(({ raw }) => raw));
    expect(remembered.isComplete).toBe(true);
    expect(await gateway.rememberedEvents(String(BigInt(heard[5]!.timeNano) + 1n))).toEqual({ events: [], isComplete: true });
    expect((await gateway.rememberedEvents('0')).isComplete).toBe(false);
    stream.close();
    await reading;
  });
});
