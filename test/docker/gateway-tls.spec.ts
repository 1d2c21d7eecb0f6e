import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DockerodeGateway } from '../../src/docker/dockerode.gateway.js';
import type { EngineEndpoint } from '../../src/docker/transport/engine-endpoint.js';
import { Authority, FOR_LOOPBACK } from '../support/certificates.js';
import { startPrivateEngine, type PrivateEngine } from '../support/private-engine.js';
import { failureOf } from './engine-lab.js';

// A dockerd that wants certificates of clients, each time with another certificate of its own.
const authority = new Authority();
const stranger = new Authority();
const { folder } = authority;
let engine: PrivateEngine;

async function through<T>(
  tls: EngineEndpoint['tls'],
  ask: (gateway: DockerodeGateway) => Promise<T>,
  endpoint = engine.tcpEndpoint,
): Promise<T> {
  const gateway = new DockerodeGateway({ name: 'tls', endpoint, tls });
  try {
    return await ask(gateway);
  } finally {
    await gateway.close();
  }
}

beforeAll(async () => {
  authority.issue('server', { extension: FOR_LOOPBACK });
  const files = [`--tlscacert=${folder}/ca.crt`, `--tlscert=${folder}/server.crt`, `--tlskey=${folder}/server.key`];
  engine = await startPrivateEngine({ name: 'tls', overTcp: true, daemonArgs: ['--tlsverify', ...files] });
});
afterAll(async () => {
  await engine.stop();
  for (const one of [authority, stranger]) one.end();
});

const client = () => ({ ca: authority.ca, ...authority.issue('client') });

describe('an engine behind TLS', () => {
  it('is reached with its CA and our certificate', async () => {
    expect(await through(client(), (gateway) => gateway.connect())).toMatchObject({ apiVersion: '1.41' });
  });

  it.each<[string, () => EngineEndpoint['tls'], RegExp]>([
    ['its CA', () => authority.issue('client'), /its certificate is not signed by an authority that the system trusts; name its own in tls\.ca/],
    ['the right CA', () => ({ ...client(), ca: stranger.ca }), /its certificate is not signed by the authority in tls\.ca/],
    ['our certificate', () => ({ ca: authority.ca }), /it wants a certificate of ours, and there is none in tls\.cert/],
    ['a certificate of ours that holds still', () => ({ ...client(), ...authority.issue('old', { days: -1 }) }), /our certificate in tls\.cert has expired, on \w+/],
    ['a certificate of its authority', () => ({ ...client(), ...stranger.issue('client') }), /does not take our certificate in tls\.cert/],
    [
      'a certificate of ours that is for clients',
      () => ({ ...client(), ...authority.issue('odd', { extension: 'extendedKeyUsage=serverAuth' }) }),
      /must be for clients/,
    ],
    ['TLS', () => undefined, /speaks TLS only/],
  ])('is not reached without %s, nothing is done, and why is said', async (_, tls, words) => {
    for (const ask of [(gateway: DockerodeGateway) => gateway.connect(), (gateway: DockerodeGateway) => gateway.startContainer('a1')]) {
      const failure = await through(tls(), (gateway) => failureOf(ask(gateway)));
      expect(failure).toMatchObject({ code: 'ENGINE_UNREACHABLE', detail: expect.stringMatching(words) as string });
      expect(failure?.extras.outcome).toBeUndefined();
    }
  });

  it('is not reached under a name that its certificate is not for', async () => {
    const failure = await through(client(), (gateway) => failureOf(gateway.connect()), engine.tcpEndpoint.replace('127.0.0.1', 'localhost'));
    expect(failure).toMatchObject({ code: 'ENGINE_UNREACHABLE', detail: expect.stringMatching(/is for another name or address: .*localhost/) as string });
  });

  it('is not reached where its certificate has expired', async () => {
    authority.issue('server', { extension: FOR_LOOPBACK, days: -1 });
    await engine.restart({ signal: 'SIGKILL' });
    const failure = await through(client(), (gateway) => failureOf(gateway.connect()));
    expect(failure).toMatchObject({ code: 'ENGINE_UNREACHABLE', detail: expect.stringContaining('its certificate has expired') as string });
  });
});
