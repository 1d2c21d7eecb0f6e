import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { refusalOf, valueOf } from './face.js';
import { FACES } from './faces.js';
import { restFace } from './rest-face.js';
import { startSwarmLab, type SwarmLab } from './swarm-lab.js';

// Services that other people made with everything that a service can have, on a swarm of one engine.
let lab: SwarmLab;

beforeAll(async () => {
  lab = await startSwarmLab(['one']);
  const one = lab.engine('one');
  valueOf(await restFace(lab.app).formSwarm({ manager: { engine: 'one', advertiseAddress: lab.lan.addressOf(one) } }));
  writeFileSync(join(one.dir, 'word'), 'sesame');
  await one.docker('secret', 'create', 'word', join(one.dir, 'word'));
  await one.docker('config', 'create', 'settings', join(one.dir, 'word'));
  for (const name of ['over', 'more']) await one.docker('network', 'create', '--driver', 'overlay', '--attachable', name);
});
afterAll(() => lab.stop());

const EVERYTHING = [
  ...['--detach', '--no-resolve-image', '--replicas', '0', '--label', 'a=b', '--label', 'team=web', '--container-label', 'c=d'],
  ...['--env', 'E=1', '--hostname', 'h', '--user', '1000', '--workdir', '/tmp', '--group', '10', '--tty', '--read-only', '--init'],
  ...['--mount', 'type=volume,source=data,target=/data,volume-label=k=v', '--mount', 'type=tmpfs,target=/t,tmpfs-size=1048576'],
  ...['--secret', 'source=word,target=w,mode=0400', '--config', 'source=settings,target=/etc/settings', '--sysctl', 'net.core.somaxconn=99'],
  ...['--ulimit', 'nofile=100:200', '--dns', '10.9.9.9', '--host', 'db:10.9.9.8', '--stop-signal', 'SIGINT'],
  ...['--limit-memory', '64m', '--limit-pids', '9', '--reserve-cpu', '0.1', '--log-driver', 'none', '--stop-grace-period', '3s'],
  ...['--health-cmd', 'true', '--health-interval', '7s', '--restart-condition', 'on-failure', '--restart-delay', '3000h'],
  // No double holds it.
  ...['--restart-max-attempts', '18446744073709551615'],
  ...['--update-parallelism', '2', '--update-delay', '3s', '--update-failure-action', 'rollback', '--update-max-failure-ratio', '0.15'],
  ...['--update-order', 'start-first', '--rollback-parallelism', '3', '--rollback-monitor', '9s', '--rollback-order', 'start-first'],
  ...['--constraint', 'node.role==manager', '--placement-pref', 'spread=node.labels.zone', '--replicas-max-per-node', '4'],
  ...['--network', 'name=over,alias=www,driver-opt=com.example.rate=3', '--publish', 'published=8080,target=80'],
  ...['--publish', 'published=8081,target=81,mode=host', '--publish', 'target=82,protocol=udp'],
];
const IMAGE = `fl-busybox:latest@sha256:${'a'.repeat(64)}`;

/** The engine's API itself: what its command-line client cannot say, and every digit of what it answers. */
async function ask(method: string, path: string, body?: string): Promise<string> {
  const { socketPath } = lab.engine('one');
  const response = await new Promise<Parameters<typeof text>[0] & { statusCode?: number }>((resolve, reject) => {
    const asked = request({ socketPath, method, path: `/v1.41${path}`, headers: { 'Content-Type': 'application/json' } }, resolve);
    asked.on('error', reject).end(body);
  });
  const answer = await text(response);
  expect(response.statusCode, answer).toBeLessThan(300);
  return answer;
}

interface Spec {
  readonly [field: string]: unknown;
  readonly TaskTemplate: { readonly [field: string]: unknown; readonly ContainerSpec: object; readonly Networks: readonly (object | undefined)[] };
  readonly EndpointSpec: { readonly Ports: readonly (object | undefined)[] };
}

/** The whole of what a service is to be; whole numbers as text, so that none of their digits is lost. */
async function specOf(service: string): Promise<Spec> {
  const { Spec: spec } = JSON.parse((await ask('GET', `/services/${service}`)).replace(/("\w+":)(\d+)(?=[,}])/g, '$1"$2"')) as { Spec: Spec };
  return spec;
}

/** Gives a port the name that stacks give theirs, and the service a mark of having been forced to update. */
async function nameAPort(service: string): Promise<void> {
  const found = await ask('GET', `/services/${service}`);
  const [, version] = /"Version":\{"Index":(\d+)\}/.exec(found) ?? [];
  const [, spec = ''] = /"Spec":(\{.*\}),"(?:PreviousSpec|Endpoint)"/.exec(found) ?? [];
  const named = spec.replace('{"Protocol":"tcp","TargetPort":80', '{"Name":"site","Protocol":"tcp","TargetPort":80').replace('"ForceUpdate":0', '"ForceUpdate":3');
  await ask('POST', `/services/${service}/update?version=${version}`, named);
}

describe.each(FACES)('a service that somebody else made, updated through %s', (name, faceOf) => {
  const service = `kept-${name.toLowerCase()}`;

  beforeAll(async () => {
    await lab.engine('one').docker('service', 'create', '--name', service, ...EVERYTHING, IMAGE, 'sleep', '1000');
    // The swarm notes what it gave a new service, and with that passes a version.
    await eventually(() => nameAPort(service));
  });
  afterAll(async () => {
    valueOf(await faceOf(lab.app).removeService(service));
  });

  it('is different in what was asked for, and to the letter as it was in everything else', async () => {
    const face = faceOf(lab.app);
    const [over, more] = await Promise.all(['over', 'more'].map(async (ref) => valueOf(await face.getNetwork(ref)).id));
    let before = await specOf(service);
    expect(before).toMatchObject({ TaskTemplate: { ForceUpdate: '3', Networks: [{ Target: over, DriverOpts: { 'com.example.rate': '3' } }] } });
    expect(JSON.stringify(before)).toContain('"18446744073709551615"');
    const inTemplate = (changes: object): Spec => ({ ...before, TaskTemplate: { ...before.TaskTemplate, ...changes } });
    const inContainer = (changes: object): Spec => inTemplate({ ContainerSpec: { ...before.TaskTemplate.ContainerSpec, ...changes } });
    const [site, host, chosen] = before.EndpointSpec.Ports;
    const [onOver] = before.TaskTemplate.Networks;
    const steps: [object, () => Spec][] = [
      [{ labels: { only: 'this' } }, () => ({ ...before, Labels: { only: 'this' } })],
      [{ labels: null }, () => ({ ...before, Labels: {} })],
      [{ replicas: 0 }, () => before],
      [{ image: 'fl-busybox' }, () => before],
      [{ command: ['sleep', '2000'] }, () => inContainer({ Args: ['sleep', '2000'] })],
      [{ networks: [{ network: 'over', aliases: ['www'] }, { network: 'more' }] }, () => inTemplate({ Networks: [onOver, { Target: more }] })],
      [{ networks: [{ network: 'over', aliases: ['site'] }] }, () => inTemplate({ Networks: [{ ...onOver, Aliases: ['site'] }] })],
      [
        { publishedPorts: [{ targetPort: 80, publishedPort: 8080 }, { targetPort: 82, protocol: 'udp' }] },
        () => ({ ...before, EndpointSpec: { ...before.EndpointSpec, Ports: [site, chosen] } }),
      ],
      [
        { publishedPorts: [{ targetPort: 80, publishedPort: 9090 }, { targetPort: 81, publishedPort: 8081, publishMode: 'host' }] },
        () => ({ ...before, EndpointSpec: { ...before.EndpointSpec, Ports: [{ ...site, PublishedPort: '9090' }, host] } }),
      ],
      [{ publishedPorts: null }, () => ({ ...before, EndpointSpec: { Mode: 'vip' } }) as never],
      [{ endpointMode: 'dnsrr' }, () => ({ ...before, EndpointSpec: { ...before.EndpointSpec, Mode: 'dnsrr' } })],
    ];
    for (const [input, expected] of steps) {
      valueOf(await face.updateService(service, input as never));
      const after = await specOf(service);
      expect(after, JSON.stringify(input)).toEqual(expected());
      before = after;
    }
    expect(valueOf(await face.getService(service))).toMatchObject({ image: 'fl-busybox:latest', imageDigest: IMAGE.split('@')[1] });
  });

  it('runs nothing else where its tasks have what no service made here has', async () => {
    const face = faceOf(lab.app);
    const [privileged, ...images] = [`host-${name.toLowerCase()}`, { image: 'other' }, { command: ['sh'] }];
    for (const access of [['--network', 'host'], ['--mount', 'type=bind,source=/,target=/host'], ['--cap-add', 'NET_ADMIN'], ['--mount', 'type=volume,target=/v,volume-opt=device=/,volume-opt=type=none,volume-opt=o=bind']]) {
      await lab.engine('one').docker('service', 'create', '--detach', '--no-resolve-image', '--replicas', '0', '--name', privileged, ...access, 'fl-busybox', 'sleep', '1000');
      await eventually(async () => expect((await face.getService(privileged)).ok).toBe(true));
      for (const input of images) {
        for (const dryRun of [true, false]) {
          expect(refusalOf(await face.updateService(privileged, input as never, { dryRun }))).toMatchObject({ code: 'FORBIDDEN', status: 403 });
        }
      }
      valueOf(await face.updateService(privileged, { command: ['sleep', '1000'], labels: { still: 'mine' } }));
      valueOf(await face.removeService(privileged));
    }
  });

  it.each(['host', 'bridge'])('is told and changed, also where its tasks are on the network %s of each node, which is in no list', async (network) => {
    const face = faceOf(lab.app);
    const local = `local-${name.toLowerCase()}`;
    await lab.engine('one').docker('service', 'create', '--detach', '--no-resolve-image', '--replicas', '0', '--name', local, '--network', network, 'fl-busybox', 'sleep', '1000');
    await eventually(async () => expect((await face.getService(local)).ok).toBe(true));
    const names = async (answer: ReturnType<typeof face.getService>): Promise<string[]> => valueOf(await answer).networks.map(({ networkName }) => networkName);
    expect(await names(face.getService(local))).toEqual([network]);
    for (const dryRun of [true, false]) expect(await names(face.updateService(local, { labels: { dryRun: `${dryRun}` } }, { dryRun }))).toEqual([network]);
    expect(refusalOf(await face.updateService(local, { networks: [{ network }] })).code).toBe('NETWORK_NOT_ATTACHABLE');
    expect(await names(face.updateService(local, { networks: [{ network: 'over' }] }))).toEqual(['over']);
    valueOf(await face.removeService(local));
  });

  it('is changed also while others are at it, which only a condition makes a refusal', async () => {
    const face = faceOf(lab.app);
    const { etag = '' } = (await face.getService(service)) as { etag?: string };
    const turns = [1, 2, 3, 4, 5, 6, 7, 8].map(String);
    const theirs = (async () => {
      for (const turn of turns) await lab.engine('one').docker('service', 'update', '--detach', '--env-add', `TURN=${turn}`, service).catch(String);
    })();
    for (const turn of turns) valueOf(await face.updateService(service, { labels: { turn } }));
    await theirs;
    expect(valueOf(await face.getService(service)).labels).toEqual({ turn: '8' });
    expect(refusalOf(await face.updateService(service, { labels: null }, { ifMatch: etag })).code).toBe('PRECONDITION_FAILED');
  });
});
