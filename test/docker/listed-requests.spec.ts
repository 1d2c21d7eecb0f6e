import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownRunFolder, wipeServer } from '../../scripts/lab.js';
import { API_ENDPOINTS, UNVERSIONED, type ApiEndpoint } from '../../src/docker/allowed/api-endpoints.js';
import type { BodyShape } from '../../src/docker/allowed/body-shape.js';
import { DockerodeGateway } from '../../src/docker/dockerode.gateway.js';
import { EngineConnection, type EngineRequest } from '../../src/docker/transport/engine-connection.js';
import { eventually } from '../support/eventually.js';
import { unlistedIn, type RecordedRequest } from '../support/recording-socket.js';
import { putBehindProxy } from '../support/socket-proxy.js';
import { codeOf, failureOf } from './engine-lab.js';
import { FakeEngine, json, type Handler } from './fake-engine.js';
import { aContainerSpec } from './specs.js';

const asked = (method: string, url: string, body?: unknown): RecordedRequest => {
  return { method, url, body: body === undefined ? '' : JSON.stringify(body) };
};

/** A request that says all that may be said there. */
function fullest({ method, path, query, body }: ApiEndpoint): RecordedRequest {
  const target = path.replace('{id}', 'abc123').replace('{name}', 'a%2Fb%3Ac%20d');
  const parameters = query.length === 0 ? '' : `?${query.map((name) => `${name}=x`).join('&')}`;
  const said = body.is === 'nothing' ? undefined : everythingIn(body);
  return asked(method, `${UNVERSIONED.includes(path) ? '' : '/v1.41'}${target}${parameters}`, said);
}

function everythingIn(shape: BodyShape): unknown {
  switch (shape.is) {
    case 'list':
      return [everythingIn(shape.of), everythingIn(shape.of)];
    case 'map':
      return { 'a"b\\': everythingIn(shape.of), Privileged: everythingIn(shape.of) };
    case 'fields':
      return Object.fromEntries(Object.entries(shape.of).map(([name, of]) => [name, everythingIn(of)]));
    default:
      return 'te"x\\t {"Privileged":true}';
  }
}

/** The same with one field more, at each place where there are fields. */
function* withOneMore(value: unknown, shape: BodyShape): Generator {
  if (shape.is === 'list') for (const item of withOneMore((value as unknown[])[0], shape.of)) yield [item];
  if (shape.is === 'map') for (const item of withOneMore(everythingIn(shape.of), shape.of)) yield { key: item };
  if (shape.is !== 'fields') return;
  const fields = value as Record<string, unknown>;
  yield { ...fields, Privileged: true };
  for (const [name, of] of Object.entries(shape.of)) for (const item of withOneMore(fields[name], of)) yield { ...fields, [name]: item };
}

const LISTED: readonly RecordedRequest[] = [
  ...API_ENDPOINTS.map(fullest),
  asked('POST', '/v1.41/containers/create', {}),
  asked('GET', '/v1.54/networks'),
];

const CONTAINER = { Image: 'x', HostConfig: { NetworkMode: 'bridge' } };
const UNLISTED: readonly RecordedRequest[] = [
  ...(['/containers/a/exec', '/exec/a/start', '/containers/a/attach', '/containers/a/update', '/containers/a/rename?name=b'] as const).map((path) =>
    asked('POST', `/v1.41${path}`),
  ),
  ...(['/containers/a/archive?path=/', '/containers/a/export', '/containers/a/logs', '/images/a/get', '/images/json', '/secrets', '/configs', '/volumes'] as const).map(
    (path) => asked('GET', `/v1.41${path}`),
  ),
  ...(['/build', '/images/load', '/commit', '/plugins/pull', '/volumes/create', '/networks/prune', '/swarm/update', '/auth', '/session'] as const).map((path) =>
    asked('POST', `/v1.41${path}`),
  ),
  ...[asked('PUT', '/v1.41/containers/a/archive?path=/'), asked('DELETE', '/v1.41/images/a'), asked('HEAD', '/v1.41/containers/a/archive?path=/')],
  // A name that would be cleaned into another path, and versions that take other things.
  ...[asked('GET', '/v1.41/networks/../containers/a/export'), asked('GET', '/v1.41/networks/..%2Fcontainers%2Fa'), asked('GET', '/v1.41//networks')],
  ...[asked('GET', '/v1.41/images/a%2f%2E%2e%2fb/json'), asked('GET', '/v1.41/networks/'), asked('GET', '/containers/json'), asked('GET', '/v1.41/version')],
  ...[asked('POST', '/v1.23/containers/a/start'), asked('GET', '/v1.40/networks'), asked('GET', '/v1.55/networks'), asked('GET', '/v4.0.0/libpod/info')],
  ...[asked('GET', '/v1.41/containers/json?all=true&size=true'), asked('POST', '/v1.41/images/create?fromSrc=http://a'), asked('DELETE', '/v1.41/containers/a?link=1')],
  ...[asked('POST', '/v1.41/containers/a/start', { HostConfig: { Privileged: true } }), asked('GET', '/v1.41/networks', { a: 1 })],
  ...['Privileged', 'privileged', 'Binds', 'Mounts', 'CapAdd', 'Devices', 'DeviceRequests', 'PidMode', 'IpcMode', 'UsernsMode', 'SecurityOpt', 'VolumesFrom', 'Runtime'].map(
    (name) => asked('POST', '/v1.41/containers/create', { ...CONTAINER, HostConfig: { ...CONTAINER.HostConfig, [name]: ['x'] } }),
  ),
  ...['hostconfig', 'Hostconfig', 'Volumes', 'User', 'Entrypoint', 'Env'].map((name) => asked('POST', '/v1.41/containers/create', { ...CONTAINER, [name]: { Privileged: true } })),
  ...['Mounts', 'Privileges', 'CapabilityAdd', 'Secrets', 'Configs', 'Sysctls'].map((name) =>
    asked('POST', '/v1.41/services/create', { TaskTemplate: { ContainerSpec: { Image: 'x', [name]: [] } } }),
  ),
  ...API_ENDPOINTS.flatMap((endpoint) =>
    [...withOneMore(everythingIn(endpoint.body), endpoint.body)].map((body) => ({ ...fullest(endpoint), body: JSON.stringify(body) })),
  ),
];

/** Written so that another reader of JSON might take it for something else. */
const ODD_BODIES = [
  '{"Image":"x",}',
  '{"Image":"x"}{"HostConfig":{"Privileged":true}}',
  '{"\\u0048ostConfig":{"Privileged":true}}',
  '{"HostConfig":{"NetworkMode":"x"},"HostConfig":{"Privileged":true}}',
  ' {"HostConfig":{"Privileged":true}}',
  '[{"HostConfig":{"Privileged":true}}]',
  '{"Image":"x","HostConfig":null,"hostConfig":{"Privileged":true}}',
];

it('every request on the list is known for such, and no other one', () => {
  expect(LISTED.map(unlistedIn)).toEqual(LISTED.map(() => undefined));
  expect(UNLISTED.filter((one) => unlistedIn(one) === undefined)).toEqual([]);
});

describe('a request that is not on the list', () => {
  it.each<Pick<EngineRequest, 'method' | 'path' | 'query' | 'body'>>([
    { method: 'POST', path: '/v1.41/containers/a/exec', body: { Cmd: ['sh'] } },
    { method: 'POST', path: '/v1.41/containers/create', body: { HostConfig: { Privileged: true } } },
    { method: 'GET', path: '/v1.41/containers/json', query: { size: 'true' } },
  ])('is a fault of the service, and no engine sees it: $method $path', async (request_) => {
    const engine = await FakeEngine.start({ '*': json({}) });
    const connection = new EngineConnection('fake', engine);
    const sent = { ...request_, operation: 'container.create', timeoutMs: 1_000 } as const;
    for (const ask of [connection.read(sent), connection.command(sent), connection.open(sent)]) {
      expect(await failureOf(ask)).toMatchObject({ code: 'INTERNAL', detail: expect.stringContaining(request_.path) as string });
    }
    expect(engine).toMatchObject({ requests: [], connections: 0 });
    connection.close();
    await engine.stop();
  });
});

describe('the socket proxy, with the configuration that is shipped,', () => {
  let engine: FakeEngine;
  let gateway: DockerodeGateway;
  const front = { dir: join(ownRunFolder(), 'proxy-alone'), socketPath: '', servedAt: '' };

  beforeAll(async () => {
    // As engines do it: what is sent is read before it is answered.
    const made: Handler = (request_, answer) => void request_.resume().on('end', () => json({ Id: 'made' })(request_, answer));
    engine = await FakeEngine.start({ '*': made, '/_ping': (_, response) => void response.end('OK') });
    front.socketPath = engine.endpoint.replace('unix://', '');
    await mkdir(front.dir, { recursive: true });
    await putBehindProxy(front);
    gateway = new DockerodeGateway({ name: 'fake', endpoint: `unix://${front.servedAt}` });
  });
  afterAll(async () => {
    await gateway.close();
    await engine.stop();
    wipeServer(front.dir);
  });

  it('passes on every request on the list', async () => {
    engine.requests.length = 0;
    for (const one of LISTED) expect({ ...one, status: await statusOf(one) }).toEqual({ ...one, status: 200 });
    expect(engine.requests).toEqual(LISTED.map(({ method, url }) => `${method} ${url}`));
  });

  it('passes on no other one', async () => {
    engine.requests.length = 0;
    for (const one of UNLISTED) expect({ ...one, status: await statusOf(one) }).toEqual({ ...one, status: 403 });
    for (const body of ODD_BODIES) expect({ body, status: await statusOf({ ...asked('POST', '/v1.41/containers/create'), body }) }).toEqual({ body, status: 403 });
    expect(await statusOf(asked('GET', '/v1.41/networks'), { connection: 'upgrade', upgrade: 'tcp' })).toBe(403);
    expect(engine.requests).toEqual([]);
  });

  it('takes settings of a container as large as the service takes them, and says no to more than it can look at', async () => {
    const labels = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`label-${index}`, 'v'.repeat(80)]));
    expect((await gateway.createContainer(aContainerSpec({ labels: labels(10_000) }))).id).toBe('made');
    const passedOn = engine.requests.length;
    // It answers before all has been sent, and closes: whoever still sends may not hear it.
    await eventually(async () => {
      expect(await failureOf(gateway.createContainer(aContainerSpec({ labels: labels(24_000) })))).toMatchObject({
        ...{ code: 'ENGINE_ERROR', extras: { engineMessage: 'the socket proxy does not pass this request on' } },
      });
    });
    expect(engine.requests.length).toBe(passedOn);
  });

  it('tells what a command came to where the engine goes away, and what cannot have come to anything', async () => {
    engine.answers['/containers/a/start'] = (_, response) => void response.destroy();
    expect(await failureOf(gateway.startContainer('a'))).toMatchObject({ code: 'ENGINE_UNREACHABLE', extras: { outcome: 'unknown' } });
    engine.answers['/networks'] = (_, response) => void response.destroy();
    const read = await failureOf(gateway.listNetworkIds());
    expect(read).toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    expect(read?.extras.outcome).toBeUndefined();
    await engine.stop();
    expect(await codeOf(gateway.ping())).toBe('ENGINE_UNREACHABLE');
    const command = await failureOf(gateway.startContainer('b'));
    expect(command).toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    expect(command?.extras.outcome).toBeUndefined();
  });

  function statusOf({ method, url, body }: RecordedRequest, headers: Record<string, string> = {}): Promise<number> {
    const length = body === '' ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    return new Promise((resolve, reject) => {
      const options = { socketPath: front.servedAt, method, path: url, agent: false, headers: { ...length, ...headers } } as const;
      const sent = request(options, (answer) => {
        answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
});

describe('npm run engine-endpoints', () => {
  const run = (...args: string[]) => promisify(execFile)(process.execPath, ['dist/engine-endpoints.js', ...args]);

  it('prints every endpoint, what it is needed for, and which part can be left out', async () => {
    const lines = (await run()).stdout.trim().split('\n');
    expect(lines).toHaveLength(API_ENDPOINTS.length);
    expect(lines.find((line) => line.includes('/containers/create'))).toMatch(/^POST +\/containers\/create \(name\) +always +creating a container$/);
    expect(JSON.parse((await run('--format=json')).stdout)).toHaveLength(API_ENDPOINTS.length);
  });

  it('prints the configuration of the proxy, for less than everything too', async () => {
    expect((await run('--format=haproxy')).stdout).toBe(readFileSync('docs/examples/socket-proxy/haproxy.cfg', 'utf8'));
    const { stdout } = await run('--format=haproxy', '--without=swarm,pull');
    expect(stdout).toContain('/containers/create');
    expect(stdout).not.toMatch(/services|swarm\b.*\$'|images\/create/);
  });

  it.each([['--format=xml'], ['--without=networks'], ['--nosuch'], ['more']])('says how it is used when it is told %s', async (argument) => {
    await expect(run(argument)).rejects.toMatchObject({ code: 64, stderr: expect.stringContaining('--format=text|json|haproxy') as string });
  });
});
