import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { doneOf, refusalOf, valueOf, type Face, type Input } from './face.js';
import { FACES } from './faces.js';
import { standing, startService, type Service } from './service.js';

let service: Service;
beforeAll(async () => {
  service = await startService(['local'], { pools: 'base=10.200.0.0/16,size=24' });
  await service.engine.docker('network', 'create', '--subnet', '10.31.0.0/24', 'front');
  await service.engine.docker('network', 'create', '--subnet', '10.34.0.0/29', 'tiny');
  await service.engine.docker('network', 'create', 'auto');
  await service.engine.docker('network', 'create', '--config-only', 'settings');
  await service.engine.docker('run', '--detach', '--name', 'holder', '--network', 'front', '--ip', '10.31.0.5', 'fl-busybox', 'sleep', '3600');
  await service.engine.docker('create', '--name', 'sleeping', 'fl-busybox', 'sleep', '3600');
  await eventually(async () => {
    expect((await service.app.http.get('/v1/containers/holder')).body.state).toBe('running');
    expect((await service.app.http.get('/v1/containers/sleeping')).status).toBe(200);
    expect((await service.app.http.get('/v1/networks/settings')).status).toBe(200);
  });
});
afterAll(() => service.stop());

const IMAGE = { image: 'fl-busybox', command: ['sleep', '3600'] };

/** What is wrong, the code that says so, and the field that it is said of. */
type Case = [what: string, input: Input, code: string, field?: string];
const REFUSED: Case[] = [
  ['no image', { image: undefined }, 'VALIDATION_FAILED'],
  ['an image that is not there', { image: 'nosuch:1' }, 'IMAGE_NOT_FOUND'],
  ['an image with a blank', { image: 'a b' }, 'VALIDATION_FAILED', 'image'],
  ['an unknown engine', { engine: 'nosuch' }, 'ENGINE_NOT_FOUND'],
  ['an unknown network', { networks: [{ network: 'nosuch' }] }, 'NETWORK_NOT_FOUND'],
  ['a second network that is unknown', { networks: [{ network: 'front' }, { network: 'nosuch' }] }, 'NETWORK_NOT_FOUND'],
  ['a network twice', { networks: [{ network: 'front' }, { network: 'front' }] }, 'VALIDATION_FAILED', 'networks[1].network'],
  ['the host network', { networks: [{ network: 'host' }] }, 'ATTACHMENT_IMPOSSIBLE'],
  ['the none network', { networks: [{ network: 'none' }] }, 'ATTACHMENT_IMPOSSIBLE'],
  ['a network that only holds settings', { networks: [{ network: 'settings' }] }, 'NETWORK_NOT_ATTACHABLE'],
  ['networks and a mode', { networks: [{ network: 'front' }], networkMode: 'none' }, 'VALIDATION_FAILED', 'networkMode'],
  ['a mode that names a network', { networkMode: 'front' }, 'VALIDATION_FAILED', 'networkMode'],
  ['a mode that names nobody', { networkMode: 'container:' }, 'VALIDATION_FAILED', 'networkMode'],
  ['the stack of an unknown container', { networkMode: 'container:nosuch' }, 'CONTAINER_NOT_FOUND'],
  ['the stack of a container that does not run', { networkMode: 'container:sleeping' }, 'CONTAINER_STATE'],
  ['ports of a foreign stack', { networkMode: 'container:holder', publishedPorts: [{ containerPort: 80 }] }, 'VALIDATION_FAILED', 'publishedPorts'],
  ['a host name of a foreign stack', { networkMode: 'container:holder', hostname: 'h' }, 'VALIDATION_FAILED', 'hostname'],
  ['DNS of a foreign stack', { networkMode: 'container:holder', dns: { servers: ['10.0.0.1'] } }, 'VALIDATION_FAILED', 'dns'],
  ['hosts of a foreign stack', { networkMode: 'container:holder', extraHosts: ['a:10.0.0.1'] }, 'VALIDATION_FAILED', 'extraHosts'],
  ['links beside networks', { networks: [{ network: 'front' }], links: ['holder:h'] }, 'VALIDATION_FAILED', 'links'],
  ['links in mode none', { networkMode: 'none', links: ['holder:h'] }, 'VALIDATION_FAILED', 'links'],
  ['a malformed link', { links: ['holder'] }, 'VALIDATION_FAILED', 'links'],
  ['a link to nobody', { links: ['nosuch:h'] }, 'CONTAINER_NOT_FOUND'],
  ['a link to a container off the default bridge', { links: ['holder:h'] }, 'CONTAINER_STATE'],
  ['a link to a container that does not run', { links: ['sleeping:h'] }, 'CONTAINER_STATE'],
  ['an address outside the subnet', { networks: [{ network: 'front', ipv4Address: '10.99.0.5' }] }, 'ADDRESS_OUTSIDE_SUBNET'],
  ['the address of another', { networks: [{ network: 'front', ipv4Address: '10.31.0.5' }] }, 'ADDRESS_IN_USE'],
  ["the gateway's address", { networks: [{ network: 'front', ipv4Address: '10.31.0.1' }] }, 'ADDRESS_IN_USE'],
  ['an address where the engine chose the subnet', { networks: [{ network: 'auto', ipv4Address: '10.200.1.9' }] }, 'SUBNET_REQUIRED'],
  ['an address on the default bridge', { networks: [{ network: 'bridge', ipv4Address: '172.17.0.9' }] }, 'ADDRESS_NOT_ASSIGNABLE'],
  ['an alias on the default bridge', { networks: [{ network: 'bridge', aliases: ['a'] }] }, 'VALIDATION_FAILED', 'aliases'],
  ['an IPv6 address without IPv6', { networks: [{ network: 'front', ipv6Address: 'fd00::5' }] }, 'SUBNET_REQUIRED'],
  ['an address that is none', { networks: [{ network: 'front', ipv4Address: 'foo' }] }, 'VALIDATION_FAILED', 'networks[0].ipv4Address'],
  ['a MAC address that is none', { networks: [{ network: 'front', macAddress: 'foo' }] }, 'VALIDATION_FAILED', 'networks[0].macAddress'],
  ['a gateway priority on this engine', { networks: [{ network: 'front', gatewayPriority: 5 }] }, 'UNSUPPORTED_BY_ENGINE'],
  ['a MAC address on the second network', { networks: [{ network: 'front' }, { network: 'auto', macAddress: '02:42:00:00:00:09' }] }, 'UNSUPPORTED_BY_ENGINE'],
  ['a name that is taken', { name: 'holder' }, 'CONTAINER_NAME_TAKEN'],
  ['a name of one character', { name: 'a' }, 'VALIDATION_FAILED', 'name'],
  ['a name with a slash', { name: 'a/b' }, 'VALIDATION_FAILED', 'name'],
  ['a port 0', { publishedPorts: [{ containerPort: 0 }] }, 'VALIDATION_FAILED', 'publishedPorts[0].containerPort'],
  ['a host port of 65536', { publishedPorts: [{ containerPort: 1, hostPort: 65536 }] }, 'VALIDATION_FAILED', 'publishedPorts[0].hostPort'],
  ['a host address that is none', { publishedPorts: [{ containerPort: 1, hostPort: 9, hostAddress: 'foo' }] }, 'VALIDATION_FAILED', 'publishedPorts[0].hostAddress'],
  ['one host port twice', { publishedPorts: [{ containerPort: 1, hostPort: 9 }, { containerPort: 2, hostPort: 9 }] }, 'VALIDATION_FAILED', 'publishedPorts[1].hostPort'],
  ['a port and a range of ports', { publishedPorts: [{ containerPort: 1, hostPort: 9, hostPortRange: '9-10' }] }, 'VALIDATION_FAILED', 'publishedPorts[0].hostPortRange'],
  ['a range that leads backwards', { publishedPorts: [{ containerPort: 1, hostPortRange: '10-9' }] }, 'VALIDATION_FAILED', 'publishedPorts[0].hostPortRange'],
  ['a range beyond the last port', { publishedPorts: [{ containerPort: 1, hostPortRange: '9-65536' }] }, 'VALIDATION_FAILED', 'publishedPorts[0].hostPortRange'],
  ['a range that is none', { publishedPorts: [{ containerPort: 1, hostPortRange: '9' }] }, 'VALIDATION_FAILED', 'publishedPorts[0].hostPortRange'],
  ['an exposed port that is none', { exposedPorts: ['80/foo'] }, 'VALIDATION_FAILED', 'exposedPorts'],
  ['an exposed port of 70000', { exposedPorts: ['70000/tcp'] }, 'VALIDATION_FAILED', 'exposedPorts'],
  ['a name server that is none', { dns: { servers: ['foo'] } }, 'VALIDATION_FAILED', 'dns.servers'],
  ['an extra host without address', { extraHosts: ['foo'] }, 'VALIDATION_FAILED', 'extraHosts'],
  ['an extra host with a wrong address', { extraHosts: ['foo:999.1.1.1'] }, 'VALIDATION_FAILED', 'extraHosts'],
  ['a host name with a blank', { hostname: 'a b' }, 'VALIDATION_FAILED', 'hostname'],
];

describe.each(FACES)('a container that cannot be made through %s', (faceName, faceOf) => {
  let face: Face;
  let before: Awaited<ReturnType<typeof standing>>;
  const named = (name: string): string => `${faceName.toLowerCase()}-${name}`;
  beforeAll(() => {
    face = faceOf(service.app);
  });
  beforeEach(async () => {
    before = await standing(service.engine);
  });
  afterEach(async () => {
    expect(await standing(service.engine)).toEqual(before);
  });

  it.each(REFUSED)('is refused for %s', async (...[, input, code, field]: Case) => {
    const refusal = refusalOf(await face.createContainer({ ...IMAGE, name: named('wrong'), ...input }));
    expect(refusal, refusal.detail).toMatchObject({ code, status: expect.toSatisfy((status: number) => status >= 400 && status < 502) });
    expect(refusal.detail.length).toBeGreaterThan(10);
    const fields = ((refusal.extras.errors ?? []) as { field: string }[]).map((error) => error.field);
    if (field !== undefined) expect(fields.join()).toContain(field);
    expect(valueOf(await face.listContainers({ name: named('wrong') })).total).toBe(0);
  });

  it('names the holder of a name that is taken', async () => {
    const refusal = refusalOf(await face.createContainer({ ...IMAGE, name: 'holder' }));
    expect(refusal).toMatchObject({ status: 409, extras: { holder: { kind: 'container', name: 'holder', engine: 'local' } } });
  });

  it('names the engine version that a feature needs', async () => {
    const refusal = refusalOf(await face.createContainer({ ...IMAGE, networks: [{ network: 'front', gatewayPriority: 5 }] }));
    expect(refusal).toMatchObject({ status: 501, extras: { requiredApiVersion: '1.48', engineApiVersion: '1.41' } });
  });

  it('does not stay where its start fails: the command is not in the image', async () => {
    const refusal = refusalOf(await face.createContainer({ image: 'fl-busybox', command: ['/no/such'], name: named('nocmd') }));
    expect(refusal.status).toBeLessThan(600);
    expect(refusal.code).not.toBe('INTERNAL');
    expect(refusal.extras.engineMessage).toContain('/no/such');
  });

  it('does not stay where its second network is full', async () => {
    const holders: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      holders.push(await service.engine.docker('run', '--detach', '--network', 'tiny', 'fl-busybox', 'sleep', '3600'));
    }
    await eventually(async () => expect(valueOf(await face.listContainers({ network: 'tiny', state: 'running' })).total).toBe(5));
    const taken = await standing(service.engine);
    const input = { ...IMAGE, name: named('nospace'), networks: [{ network: 'front' }, { network: 'tiny' }] };
    expect(refusalOf(await face.createContainer(input))).toMatchObject({ code: 'ADDRESS_POOL_EXHAUSTED', status: 409 });
    expect(await standing(service.engine)).toEqual(taken);
    await service.engine.docker('rm', '--force', ...holders);
  });

  it('does not take the attachments of others along when it is taken back', async () => {
    const input = { ...IMAGE, name: named('back'), command: ['/no/such'], networks: [{ network: 'front' }] };
    refusalOf(await face.createContainer(input));
    expect(valueOf(await face.getContainer('holder'))).toMatchObject({ state: 'running', attachments: [{ active: true, ipv4Address: '10.31.0.5' }] });
  });

  it('is told on a dry run as well, and what would be is not made', async () => {
    expect(refusalOf(await face.createContainer({ ...IMAGE, name: 'holder' }, { dryRun: true })).code).toBe('CONTAINER_NAME_TAKEN');
    expect(refusalOf(await face.createContainer({ image: 'nosuch:1' }, { dryRun: true })).code).toBe('IMAGE_NOT_FOUND');
    const would = doneOf(await face.createContainer({ ...IMAGE, name: named('would'), networks: [{ network: 'front' }], labels: { a: 'b' } }, { dryRun: true }));
    if (would.http !== undefined) expect(would.http.status).toBe(200);
    else expect(would.changed).toBe(false);
    expect(would.value).toMatchObject({ name: named('would'), state: 'created', networkMode: 'front', labels: { a: 'b' } });
  });
});

describe.each(FACES)('several callers at once through %s', (faceName, faceOf) => {
  it('get one container of a name, and the others are told that it is taken', async () => {
    const face = faceOf(service.app);
    const name = `${faceName.toLowerCase()}-race`;
    const answers = await Promise.all(Array.from({ length: 5 }, () => face.createContainer({ ...IMAGE, name })));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    const codes = answers.filter((answer) => !answer.ok).map((answer) => refusalOf(answer).code);
    expect(codes).toEqual(Array.from({ length: 4 }, () => 'CONTAINER_NAME_TAKEN'));
    expect((await standing(service.engine)).containers.filter((each) => each === name)).toHaveLength(1);
  });

  it('get the same static address once', async () => {
    const face = faceOf(service.app);
    const networks = [{ network: 'front', ipv4Address: faceName === 'REST' ? '10.31.0.60' : '10.31.0.61' }];
    const answers = await Promise.all(
      [1, 2, 3].map((index) => face.createContainer({ ...IMAGE, name: `${faceName.toLowerCase()}-address-${index}`, networks })),
    );
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    for (const answer of answers.filter(({ ok }) => !ok)) expect(refusalOf(answer).code).toBe('ADDRESS_IN_USE');
    const left = (await standing(service.engine)).containers.filter((each) => each.startsWith(`${faceName.toLowerCase()}-address-`));
    expect(left).toHaveLength(1);
  });
});
