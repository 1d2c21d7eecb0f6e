import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DockerodeGateway } from '../../src/docker/dockerode.gateway.js';
import type { EngineEndpoint } from '../../src/docker/engine-endpoint.js';
import { failureOf } from './engine-lab.js';

// A stand-in that speaks TLS and wants a certificate, as `dockerd --tlsverify` does.
const folder = mkdtempSync(join(tmpdir(), 'gateway-tls-'));
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
let server: Server;
let endpoint: string;

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
}

function issue(name: string, extension: string): void {
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
  writeFileSync(join(folder, `${name}.ext`), extension);
  const signing = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', `${name}.ext`];
  openssl('x509', '-req', '-in', `${name}.csr`, ...signing, '-out', `${name}.crt`);
}

const pem = (name: string): string => readFileSync(join(folder, name), 'utf8');

async function through<T>(tls: EngineEndpoint['tls'], ask: (gateway: DockerodeGateway) => Promise<T>): Promise<T> {
  const gateway = new DockerodeGateway({ name: 'tls', endpoint, tls, timeouts: { readMs: 3_000 } });
  try {
    return await ask(gateway);
  } finally {
    await gateway.close();
  }
}

describe.skipIf(!hasOpenssl)('an engine behind TLS (its certificates are made by openssl)', () => {
  beforeAll(async () => {
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '2', '-subj', '/CN=ca');
    issue('server', 'subjectAltName=IP:127.0.0.1');
    issue('client', 'extendedKeyUsage=clientAuth');
    const settings = { key: pem('server.key'), cert: pem('server.crt'), ca: pem('ca.crt'), requestCert: true };
    server = createServer({ ...settings, rejectUnauthorized: true }, (request, response) => {
      const isVersion = request.url === '/version';
      response.end(JSON.stringify(isVersion ? { Version: '20.10.24', ApiVersion: '1.41', MinAPIVersion: '1.12' } : {}));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    endpoint = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });

  it('is reached with its CA and our certificate', async () => {
    const tls = { ca: pem('ca.crt'), cert: pem('client.crt'), key: pem('client.key') };
    expect(await through(tls, (gateway) => gateway.connect())).toMatchObject({ version: '20.10.24' });
  });

  it.each([
    ['without its CA', () => ({ cert: pem('client.crt'), key: pem('client.key') })],
    ['without our certificate', () => ({ ca: pem('ca.crt') })],
    ['without TLS', () => undefined],
  ])('is not reached %s, and nothing is done', async (_, tls) => {
    const failure = await through(tls(), (gateway) => failureOf(gateway.startContainer('a1')));
    expect(failure?.code).toBe('ENGINE_UNREACHABLE');
    expect(failure?.extras.outcome).toBeUndefined();
  });
});
