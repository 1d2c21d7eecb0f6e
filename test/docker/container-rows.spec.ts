import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ContainerSpec, EndpointSpec } from '../../src/docker/docker.gateway.js';
import type { ErrorCode } from '../../src/errors/error-codes.js';
import type { PublishedPort } from '../../src/resources/container.js';
import { codeOf, EngineLab, failureOf } from './engine-lab.js';

// The rows of engine-facts 3.4.
let lab: EngineLab;
let anchor: string;

beforeAll(async () => {
  lab = await EngineLab.start({ name: 'container-rows', addressPool: 'base=10.200.0.0/16,size=24' });
  await lab.network('wide', { pools: [{ subnet: '10.50.0.0/24' }] });
  await lab.network('inside', { internal: true, pools: [{ subnet: '10.50.1.0/24' }] });
  anchor = await lab.running({
    name: 'anchor',
    networkMode: 'wide',
    endpoint: { ipv4Address: '10.50.0.9' },
    publishedPorts: [port({ hostPort: 18090 })],
  });
});
afterAll(() => lab.stop());

function port(changes: Partial<PublishedPort>): PublishedPort {
  return { containerPort: 80, protocol: 'tcp', hostAddress: null, hostPort: null, hostPortRange: null, ...changes };
}

function at(endpoint: EndpointSpec, networkMode = 'wide'): Partial<ContainerSpec> {
  return { networkMode, endpoint };
}

type Row = readonly [title: string, changes: Partial<ContainerSpec>, code: ErrorCode];

const REFUSED_AT_CREATION: readonly Row[] = [
  ['#94 an address that is none', at({ ipv4Address: 'foo' }), 'VALIDATION_FAILED'],
  ['#97 a MAC address on the host network', at({ macAddress: '02:42:00:00:00:01' }, 'host'), 'VALIDATION_FAILED'],
  ['#101 a host port above 65535', { publishedPorts: [port({ hostPort: 70_000 })] }, 'VALIDATION_FAILED'],
  ['#103 nobody to share a network with', { networkMode: 'container:' }, 'VALIDATION_FAILED'],
  ['#105 a link to nobody', { links: ['nosuch:alias'] }, 'CONTAINER_NOT_FOUND'],
  ['#105 a link on the host network', { links: ['anchor:alias'], networkMode: 'host' }, 'VALIDATION_FAILED'],
  ['#108 a name that is taken', { name: 'anchor' }, 'CONTAINER_NAME_TAKEN'],
  ['#108 a name with a blank', { name: 'a b' }, 'VALIDATION_FAILED'],
  ['#108 a name of one character', { name: 'x' }, 'VALIDATION_FAILED'],
  ['an extra host without an address', { extraHosts: ['name'] }, 'VALIDATION_FAILED'],
  ['an image that is not there', { image: 'nosuch' }, 'IMAGE_NOT_FOUND'],
  ['an image reference that is none', { image: 'UPPER CASE' }, 'VALIDATION_FAILED'],
];

describe('creating a container is refused by a real engine for', () => {
  it.each(REFUSED_AT_CREATION)('%s', async (_, changes, code) => {
    const failure = await failureOf(lab.container(changes));
    expect(failure?.code).toBe(code);
    expect(failure?.extras.engineMessage).toBeTruthy();
    expect(failure?.detail).not.toContain('$');
  });

  it.each([
    ['ports', { publishedPorts: [port({})] }],
    ['a hostname', { hostname: 'name' }],
    ['DNS servers', { dnsServers: ['1.1.1.1'] }],
    ['extra hosts', { extraHosts: ['a:1.2.3.4'] }],
  ] as const)('#103 %s on the network of another container', async (_, changes) => {
    const refused = lab.container({ networkMode: `container:${anchor}`, ...changes });
    expect(await codeOf(refused)).toBe('VALIDATION_FAILED');
  });
});

describe('a port that is none, foo,', () => {
  it('#101 is refused where it is published', async () => {
    const body = { Image: 'fl-busybox', HostConfig: { PortBindings: { 'foo/tcp': [{ HostPort: '18098' }] } } };
    expect(await lab.rawCode('container.create', 'POST', '/containers/create', body)).toBe('VALIDATION_FAILED');
  });

  it('#101 is taken where it is only exposed, so that the service must check first', async () => {
    const id = await lab.container({ exposedPorts: ['foo/tcp'] });
    expect(await lab.gateway.inspectContainer(id)).toMatchObject({ exposedPorts: [] });
  });
});

/** Makes the container, which the engine takes, and tells how its start is refused. */
async function startOf(changes: Partial<ContainerSpec>): Promise<ErrorCode | 'none'> {
  const id = await lab.container(changes);
  const failure = await failureOf(lab.gateway.startContainer(id));
  expect(failure?.detail ?? '').not.toContain('$');
  expect((await lab.gateway.inspectContainer(id))?.running).toBe(failure === undefined);
  await lab.gateway.removeContainer(id, { force: true });
  return failure?.code ?? 'none';
}

const REFUSED_AT_START: readonly Row[] = [
  ['#92 an unknown network', { networkMode: 'nosuch' }, 'CONTAINER_STATE'],
  ['#93 an address outside of the subnet', at({ ipv4Address: '10.99.0.5' }), 'ADDRESS_OUTSIDE_SUBNET'],
  ['#95 a static address on the default bridge', at({ ipv4Address: '10.200.0.77' }, 'bridge'), 'ADDRESS_NOT_ASSIGNABLE'],
  ['#95 an alias on the default bridge', at({ aliases: ['web'] }, 'bridge'), 'VALIDATION_FAILED'],
  ['#96 an address in use', at({ ipv4Address: '10.50.0.9' }), 'ADDRESS_IN_USE'],
  ['#97 a MAC address that is none', at({ macAddress: 'foo' }), 'VALIDATION_FAILED'],
  ['#98 a port that another container publishes', { publishedPorts: [port({ hostPort: 18090 })] }, 'PORT_IN_USE'],
  [
    '#99 a host address that the host does not have',
    { publishedPorts: [port({ hostAddress: '192.0.2.7', hostPort: 18096 })] },
    'ADDRESS_NOT_ASSIGNABLE',
  ],
  ['a command that the image does not have', { command: ['nosuch'] }, 'VALIDATION_FAILED'],
  ['a command that is a folder', { command: ['/tmp'] }, 'VALIDATION_FAILED'],
  ['#104 an unknown container to share a network with', { networkMode: 'container:nosuch' }, 'CONTAINER_STATE'],
];

describe('starting a container, whose creation was taken, is refused by a real engine for', () => {
  it.each(REFUSED_AT_START)('%s', async (_, changes, code) => {
    expect(await startOf(changes)).toBe(code);
  });

  it('#96 a network without a free address', async () => {
    await lab.network('tiny', { pools: [{ subnet: '10.50.2.0/30' }] });
    await lab.running({ networkMode: 'tiny' });
    expect(await startOf({ networkMode: 'tiny' })).toBe('ADDRESS_POOL_EXHAUSTED');
  });

  it('#99 a port that a program on the host holds', async () => {
    const holder = await lab.running({ networkMode: 'host', command: ['nc', '-l', '-p', '18095'] });
    const publishing = { publishedPorts: [port({ hostPort: 18095 })] };
    await expect.poll(() => startOf(publishing)).toBe('PORT_IN_USE');
    await lab.gateway.removeContainer(holder, { force: true });
  });

  it('#100 a protocol that is none', async () => {
    const made = await lab.raw('POST', '/containers/create', {
      Image: 'fl-busybox',
      ExposedPorts: { '80/foo': {} },
      HostConfig: { PortBindings: { '80/foo': [{ HostPort: '18097' }] } },
    });
    const { Id } = made.json as { Id: string };
    expect(await codeOf(lab.gateway.startContainer(Id))).toBe('VALIDATION_FAILED');
  });

  it('#104 a stopped container, or one that is gone, to share a network with', async () => {
    const target = await lab.container();
    const sharing = await lab.container({ networkMode: `container:${target}` });
    expect(await codeOf(lab.gateway.startContainer(sharing))).toBe('CONTAINER_STATE');
    await lab.gateway.startContainer(target);
    await lab.gateway.startContainer(sharing);
    await lab.gateway.removeContainer(target, { force: true });
    expect(await codeOf(lab.gateway.restartContainer(sharing, 0))).toBe('CONTAINER_STATE');
    expect(await codeOf(lab.gateway.restartContainer(target, 0))).toBe('CONTAINER_NOT_FOUND');
  });

  it('#105 a link to a container on another network', async () => {
    expect(await startOf({ links: ['anchor:alias'] })).toBe('CONTAINER_STATE');
  });

  it('#106 a network that was made again with the same name', async () => {
    const first = await lab.network('again', { pools: [{ subnet: '10.50.3.0/24' }] });
    const container = await lab.running({ networkMode: 'again' });
    await lab.gateway.stopContainer(container, 0);
    await lab.gateway.removeNetwork(first);
    const second = await lab.network('again', { pools: [{ subnet: '10.50.3.0/24' }] });
    const failure = await failureOf(lab.gateway.startContainer(container));
    expect(failure?.code).toBe('CONTAINER_STATE');
    expect(failure?.detail).toContain(first);
    expect(await lab.gateway.listContainerIdsOnNetwork({ id: second, name: 'again' })).toEqual([]);
  });

  it('#107 a bridge that was deleted outside of the engine', async () => {
    await lab.network('broken', {
      options: { 'com.docker.network.bridge.name': 'broob' },
      pools: [{ subnet: '10.50.4.0/24' }],
    });
    await lab.engine.exec('ip', 'link', 'delete', 'broob');
    expect(await startOf({ networkMode: 'broken' })).toBe('ENGINE_ERROR');
  });
});

describe('a container is taken by a real engine, and its ports are dropped without a word, with', () => {
  it.each([
    ['#102 the host network, which is at least warned of', 'host', 1],
    ['#102 no network', 'none', 0],
    ['#102 an internal network', 'inside', 0],
  ])('%s', async (_, networkMode, warnings) => {
    const spec = { image: 'fl-busybox', command: ['sleep', '9'], networkMode, publishedPorts: [port({})] };
    const made = await lab.gateway.createContainer({ ...emptySpec, ...spec });
    await lab.gateway.startContainer(made.id);
    expect(made.warnings).toHaveLength(warnings);
    expect((await lab.gateway.inspectContainer(made.id))?.publishedPorts).toEqual([]);
    await lab.gateway.removeContainer(made.id, { force: true });
  });
});

const emptySpec = {
  labels: {},
  dnsServers: [],
  dnsSearch: [],
  dnsOptions: [],
  extraHosts: [],
  exposedPorts: [],
  links: [],
};

describe("a container's state forbids", () => {
  it('to pause what does not run, to pause twice, to start what is paused, to remove what runs', async () => {
    const id = await lab.container();
    expect(await codeOf(lab.gateway.pauseContainer(id))).toBe('CONTAINER_STATE');
    expect(await codeOf(lab.gateway.unpauseContainer(id))).toBe('CONTAINER_STATE');
    await lab.gateway.startContainer(id);
    expect(await codeOf(lab.gateway.unpauseContainer(id))).toBe('CONTAINER_STATE');
    expect(await codeOf(lab.gateway.removeContainer(id, { force: false }))).toBe('CONTAINER_STATE');
    await lab.gateway.pauseContainer(id);
    expect(await codeOf(lab.gateway.pauseContainer(id))).toBe('CONTAINER_STATE');
    expect(await codeOf(lab.gateway.startContainer(id))).toBe('CONTAINER_STATE');
    expect(await codeOf(lab.gateway.removeContainer(id, { force: false }))).toBe('CONTAINER_STATE');
    await lab.gateway.removeContainer(id, { force: true });
  });

  it('nothing where it is so already: starting what runs, stopping what is stopped', async () => {
    await lab.gateway.startContainer(anchor);
    const stopped = await lab.container();
    await lab.gateway.stopContainer(stopped);
    await lab.gateway.removeContainer(stopped, { force: false });
  });

  it('every command on a container that is not there', async () => {
    const { gateway } = lab;
    const commands = [
      gateway.startContainer('nosuch'),
      gateway.stopContainer('nosuch', 0),
      gateway.restartContainer('nosuch', 0),
      gateway.pauseContainer('nosuch'),
      gateway.unpauseContainer('nosuch'),
      gateway.removeContainer('nosuch', { force: true }),
    ];
    const codes = await Promise.all(commands.map(codeOf));
    expect(new Set(codes)).toEqual(new Set(['CONTAINER_NOT_FOUND']));
    expect(await gateway.inspectContainer('nosuch')).toBeUndefined();
  });
});
