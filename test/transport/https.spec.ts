import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { loadSettings } from '../../src/config/load-settings.js';
import { readTlsTexts } from '../../src/config/transport-settings.js';
import { tellExposure } from '../../src/transport/exposure.js';
import { DummyModule } from '../shell/dummy.module.js';
import { Authority, FOR_LOOPBACK, type Pair } from '../support/certificates.js';
import { startServiceProcess } from '../support/service-process.js';
import { startApp, type StartedApp } from '../support/start-app.js';

let authority: Authority;
let client: Pair;
let file: (name: string) => string;
beforeAll(() => {
  authority = new Authority();
  authority.issue('server', { extension: FOR_LOOPBACK });
  authority.issue('other', { extension: FOR_LOOPBACK });
  client = authority.issue('client');
  file = (name) => join(authority.folder, name);
});
afterAll(() => authority.end());

describe('the service over TLS, with certificates of clients', () => {
  let service: StartedApp;
  beforeAll(async () => {
    const tls = { cert: file('server.crt'), key: file('server.key'), clientCa: file('ca.crt') };
    service = await startApp({ extra: [DummyModule], transport: { tls, allowedHosts: ['api.example.com'], corsOrigins: [], trustedProxies: [] } });
  });
  afterAll(() => service.close());

  function get(path: string, headers: Record<string, string> = {}, pair: Partial<Pair> = client) {
    return new Promise<{ status: number | undefined; headers: IncomingHttpHeaders; text: string }>((resolve, reject) => {
      // Called by a name that its certificate does not have: `Host` is what matters here.
      const options = { ...pair, ca: authority.ca, headers, agent: false, checkServerIdentity: () => undefined } as const;
      const asked = request(`${service.url}${path}`, options, (answer) => {
        void answer.toArray().then((chunks) => {
          resolve({ status: answer.statusCode, headers: answer.headers, text: String(Buffer.concat(chunks as Buffer[])) });
        });
      });
      asked.on('error', reject).end();
    });
  }
  const key = (): Record<string, string> => ({ authorization: `Bearer ${service.key}` });

  it('wants the key beside the certificate', async () => {
    expect((await get('/v1/things', key())).status).toBe(200);
    expect((await get('/v1/things')).status).toBe(401);
    await expect(get('/v1/things', key(), {})).rejects.toThrow(/alert|ECONNRESET|socket/i);
    await expect(get('/health/live', {}, {})).rejects.toThrow(/alert|ECONNRESET|socket/i);
  });

  it('tells browsers to come over HTTPS only, whatever a peer that is not trusted says', async () => {
    const { headers } = await get('/health/live', { host: 'api.example.com', 'x-forwarded-proto': 'http' });
    expect(headers['strict-transport-security']).toBe('max-age=31536000');
    expect(await get('/health/live', { host: 'evil.example' })).toMatchObject({ status: 421 });
  });

  it('speaks over the WebSocket as over HTTP, to its own pages that came over TLS', async () => {
    const url = `${service.url.replace('https', 'wss')}/graphql`;
    class TrustingSocket extends WebSocket {
      constructor(address: string, protocol: string) {
        super(address, protocol, { ...client, ca: authority.ca, origin: service.url });
      }
    }
    const socket = createClient({ url, webSocketImpl: TrustingSocket, connectionParams: { Authorization: `Bearer ${service.key}` }, retryAttempts: 0 });
    const counted: unknown[] = [];
    for await (const { data } of socket.iterate({ query: 'subscription { count(to: 2) }' })) counted.push(data);
    expect(counted).toEqual([{ count: 1 }, { count: 2 }]);
    await socket.dispose();
    const plainPage = new WebSocket(url, 'graphql-transport-ws', { ...client, ca: authority.ca, origin: service.url.replace('https', 'http') });
    const [, response] = (await once(plainPage, 'unexpected-response')) as [unknown, { statusCode: number }];
    expect(response.statusCode).toBe(403);
    plainPage.on('error', () => undefined).terminate();
  });

  it('says when its certificate is over', async () => {
    const { text } = await get('/metrics', key());
    const [, seconds] = /^fairlead_tls_certificate_expiry_timestamp_seconds (\S+)$/m.exec(text) ?? [];
    expect(Number(seconds)).toBeGreaterThan(Date.now() / 1000);
    expect(service.logged()).toContain('The TLS certificate expires on');
    expect(service.logged()).toContain('"subject":"CN=server"');
  });

  it('hangs up on who does not speak TLS, and goes on', async () => {
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const bytes = await socket.toArray().catch((error: unknown) => [(error as NodeJS.ErrnoException).code]);
    expect(String(bytes)).not.toContain('HTTP/1.1 200');
    expect((await get('/health/live')).status).toBe(200);
  });
});

describe('settings of the transport', () => {
  it('take files, names, origins and proxies', () => {
    const env = {
      FAIRLEAD_TLS_CERT: '/c', FAIRLEAD_TLS_KEY: '/k', FAIRLEAD_TLS_CLIENT_CA: '/ca', FAIRLEAD_ALLOWED_HOSTS: 'API.example.com, *.lab ',
      FAIRLEAD_CORS_ORIGINS: 'https://console.example.com,http://localhost:3000', FAIRLEAD_TRUSTED_PROXIES: '10.0.0.0/8,::1',
    };
    expect(loadSettings(env).transport).toEqual({
      tls: { cert: '/c', key: '/k', clientCa: '/ca' },
      allowedHosts: ['api.example.com', '*.lab'],
      corsOrigins: ['https://console.example.com', 'http://localhost:3000'],
      trustedProxies: ['10.0.0.0/8', '::1'],
    });
  });

  it.each([
    ['FAIRLEAD_TLS_CERT', '/c', 'is of no use without FAIRLEAD_TLS_KEY'],
    ['FAIRLEAD_TLS_KEY', '/k', 'is of no use without FAIRLEAD_TLS_CERT'],
    ['FAIRLEAD_TLS_CLIENT_CA', '/ca', 'is of no use without FAIRLEAD_TLS_CERT and FAIRLEAD_TLS_KEY'],
    ['FAIRLEAD_ALLOWED_HOSTS', 'https://api.example.com', 'neither a host name'],
    ['FAIRLEAD_ALLOWED_HOSTS', 'api.example.com:443', 'neither a host name'],
    ['FAIRLEAD_ALLOWED_HOSTS', '*', 'neither a host name'],
    ['FAIRLEAD_CORS_ORIGINS', '*', 'is not an origin'],
    ['FAIRLEAD_CORS_ORIGINS', 'null', 'is not an origin'],
    ['FAIRLEAD_CORS_ORIGINS', 'https://console.example.com/', 'is not an origin'],
    ['FAIRLEAD_CORS_ORIGINS', 'console.example.com', 'is not an origin'],
    ['FAIRLEAD_TRUSTED_PROXIES', 'proxy.example.com', 'neither an address'],
    ['FAIRLEAD_TRUSTED_PROXIES', '10.0.0.0/33', 'neither an address'],
    ['FAIRLEAD_TRUSTED_PROXIES', '0.0.0.0/0', 'is everybody'],
    ['FAIRLEAD_TRUSTED_PROXIES', '10.0.0.1,::/0', 'is everybody'],
  ])('refuse %s=%s with one line that names it', (variable, value, problem) => {
    expect(() => loadSettings({ [variable]: value })).toThrow(new RegExp(`^${variable}: [^\\n]*${problem}[^\\n]*$`));
  });

  it.each([
    ['none.crt', 'server.key', 'FAIRLEAD_TLS_CERT', 'cannot read'],
    ['server.crt', 'none.key', 'FAIRLEAD_TLS_KEY', 'cannot read'],
    ['server.ext', 'server.key', 'FAIRLEAD_TLS_CERT', 'is not a PEM file'],
    ['server.key', 'server.key', 'FAIRLEAD_TLS_CERT', 'is not a certificate'],
    ['server.crt', 'server.crt', 'FAIRLEAD_TLS_KEY', 'is not a private key'],
    ['server.crt', 'other.key', 'FAIRLEAD_TLS_KEY', 'is not the key of the certificate'],
  ])('refuse the certificate %s with the key %s', async (cert, key, variable, problem) => {
    const reading = readTlsTexts({ cert: file(cert), key: file(key), clientCa: null });
    await expect(reading).rejects.toThrow(new RegExp(`^${variable}: [^\\n]*${problem}[^\\n]*$`));
  });

  it('refuse an authority that is none', async () => {
    const files = { cert: file('server.crt'), key: file('server.key'), clientCa: file('server.key') };
    await expect(readTlsTexts(files)).rejects.toThrow(/^FAIRLEAD_TLS_CLIENT_CA: .* is not a certificate/);
  });
});

describe('where it listens', () => {
  const told = (address: string, isEncrypted: boolean): string => {
    let text = '';
    const terminal = { write: (part: string) => (text += part) };
    const family = address.includes(':') ? 'IPv6' : 'IPv4';
    tellExposure({ address, port: 4700, family } satisfies AddressInfo, isEncrypted, terminal as never);
    return text;
  };

  it.each(['0.0.0.0', '192.0.2.7', '::', '2001:db8::1'])('is warned of at %s without TLS only', (address) => {
    expect(told(address, false)).toContain('WITHOUT TLS');
    expect(told(address, true)).toBe('');
  });

  it.each(['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'])('is not warned of at %s', (address) => {
    expect(told(address, false)).toBe('');
  });
});

describe('the start of the service', () => {
  it('tells loudly that it is open to the network without TLS, and serves all the same', async () => {
    const service = await startServiceProcess({ engines: [], env: { FAIRLEAD_HOST: '0.0.0.0' } });
    expect(service.output()).toMatch(/^WARNING: Fairlead listens on 0\.0\.0\.0:\d+ WITHOUT TLS\.$/m);
    expect(service.output()).toMatch(/"level":"warn".*Fairlead listens on 0\.0\.0\.0:\d+ WITHOUT TLS/);
    expect((await service.get('/health/live')).status).toBe(200);
    expect(await service.stop()).toBe(0);
  });

  it('ends with one line where a certificate cannot be served with', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fairlead-tls-'));
    writeFileSync(join(folder, 'tls.crt'), 'nothing');
    const env = { FAIRLEAD_TLS_CERT: join(folder, 'tls.crt'), FAIRLEAD_TLS_KEY: file('server.key') };
    const line = `FAIRLEAD_TLS_CERT: ${join(folder, 'tls.crt')} is not a PEM file\n`;
    await expect(startServiceProcess({ engines: [], env })).rejects.toThrow(`its log ends with:\n${line}`);
    rmSync(folder, { recursive: true });
  });
});
