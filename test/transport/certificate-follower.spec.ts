import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { Logger } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Settings } from '../../src/config/settings.js';
import { readTlsTexts } from '../../src/config/transport-settings.js';
import { CertificateFollower } from '../../src/transport/certificate-follower.js';
import { tlsServerOptions } from '../../src/transport/tls-options.js';
import { TransportTimings } from '../../src/transport/transport-timings.js';
import { aDatabaseSettings } from '../database/database-settings.js';
import { Authority, FOR_LOOPBACK, type Pair } from '../support/certificates.js';
import { eventually } from '../support/eventually.js';

/** Node looks at the certificate of a client once the handshake is done, and hangs up. */
const REFUSED = /^$|^ERR_SSL_|^ECONNRESET$|^EPIPE$/;
const TIMINGS = Object.assign(new TransportTimings(), { certificateMs: 5 });

describe('the certificate that HTTPS is served with', () => {
  let authority: Authority;
  let otherAuthority: Authority;
  let pairs: Record<'first' | 'second', Pair>;
  let clients: Record<'ours' | 'others', Pair>;
  let server: Server;
  let follower: CertificateFollower;
  let folder: string;
  let files: { cert: string; key: string; clientCa: string | null };
  const logged: string[] = [];
  let number = 0;

  beforeAll(() => {
    authority = new Authority();
    otherAuthority = new Authority();
    const issue = (name: string): Pair => authority.issue(name, { extension: FOR_LOOPBACK });
    pairs = { first: issue('first'), second: issue('second') };
    clients = { ours: authority.issue('ours'), others: otherAuthority.issue('others') };
    const note = (message: unknown): void => void logged.push(String(message));
    Logger.overrideLogger({ log: note, warn: note, error: note });
  });
  afterAll(() => {
    Logger.overrideLogger(true);
    authority.end();
    otherAuthority.end();
  });
  beforeEach(() => {
    number += 1;
    folder = join(authority.folder, `files${number}`);
    mkdirSync(folder);
    files = { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key'), clientCa: null };
    logged.length = 0;
  });
  afterEach(async () => {
    follower.beforeApplicationShutdown();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  /** As tools for certificates do it: beside, then over the old one. */
  function put(file: string, text: string): void {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  }

  function putPair({ cert, key }: Pair): void {
    put(files.cert, cert);
    put(files.key, key);
  }

  async function serve(): Promise<void> {
    server = createServer(tlsServerOptions(await readTlsTexts(files)), (_request, response) => response.end('answer'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const settings = new Settings({
      ...aDatabaseSettings({ kind: 'sqlite', file: ':memory:' }),
      transport: { tls: files, allowedHosts: [], corsOrigins: [], trustedProxies: [] },
    });
    const host = { httpAdapter: { getHttpServer: () => server } } as unknown as HttpAdapterHost;
    follower = new CertificateFollower(settings, host, TIMINGS);
    await follower.onApplicationBootstrap();
  }

  const port = (): number => (server.address() as AddressInfo).port;

  function open(options: ConnectionOptions = {}, keep?: (session: Buffer) => void): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: port(), ca: authority.ca, ...options }, () => resolve(socket));
      socket.once('error', reject);
      if (keep !== undefined) socket.on('session', keep);
    });
  }

  /** The name in the certificate that a new connection is shown. */
  async function shown(): Promise<string> {
    const socket = await open();
    const { CN } = socket.getPeerCertificate().subject;
    socket.destroy();
    return String(CN);
  }

  /** The answer, `` where the server hung up without one, or the code that TLS failed with. */
  async function ask(options: ConnectionOptions): Promise<string> {
    try {
      const socket = await open(options);
      socket.end('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
      return String(Buffer.concat((await socket.toArray()) as Buffer[])).split('\r\n', 1)[0] ?? '';
    } catch (error) {
      return String((error as NodeJS.ErrnoException).code);
    }
  }

  const untilShown = (name: string): Promise<void> => eventually(async () => expect(await shown()).toBe(name));

  it('is taken up when it changes, and leaves open connections as they are', async () => {
    putPair(pairs.first);
    await serve();
    expect(await shown()).toBe('first');
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: authority.ca });
    const over = (): Promise<{ text: string; port: number | undefined }> =>
      new Promise((resolve, reject) => {
        request({ host: '127.0.0.1', port: port(), agent }, (answer: IncomingMessage) => {
          const { localPort } = answer.socket;
          void answer.toArray().then((chunks) => resolve({ text: String(Buffer.concat(chunks as Buffer[])), port: localPort }));
        }).on('error', reject).end();
      });
    const before = await over();
    putPair(pairs.second);
    await untilShown('second');
    expect(await over()).toEqual({ text: 'answer', port: before.port });
    agent.destroy();
    expect(logged.filter((line) => line === 'TLS certificate in use')).toHaveLength(2);
  });

  it("is taken up from Kubernetes' volumes, which replace a link above the files", async () => {
    const version = (name: string, { cert, key }: Pair): void => {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'tls.crt'), cert);
      writeFileSync(join(folder, name, 'tls.key'), key);
      symlinkSync(name, join(folder, '..data_tmp'));
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    version('..2026_1', pairs.first);
    for (const name of ['tls.crt', 'tls.key']) symlinkSync(join('..data', name), join(folder, name));
    await serve();
    expect(await shown()).toBe('first');
    version('..2026_2', pairs.second);
    await untilShown('second');
  });

  it('stays as it was while the key is another one, is half-written or gone, and says so once', async () => {
    putPair(pairs.first);
    await serve();
    const stays = async (problem: string): Promise<void> => {
      await eventually(() => expect(logged.filter((line) => line.includes(problem))).toHaveLength(1));
      expect(await shown()).toBe('first');
    };
    put(files.cert, pairs.second.cert);
    await stays(`FAIRLEAD_TLS_KEY: ${files.key} is not the key of the certificate; the TLS certificate that was read before stays in use`);
    put(files.cert, pairs.second.cert.slice(0, 300));
    await stays(`FAIRLEAD_TLS_CERT: ${files.cert} is not a certificate that can be read`);
    renameSync(files.key, `${files.key}.away`);
    await stays(`FAIRLEAD_TLS_KEY: cannot read ${files.key} (ENOENT)`);
    putPair(pairs.second);
    await untilShown('second');
    expect(logged.join('\n')).not.toContain('PRIVATE KEY');
  });

  it('is warned of before it expires, and after', async () => {
    putPair(authority.issue('short', { extension: FOR_LOOPBACK, days: 2 }));
    await serve();
    expect(logged).toContainEqual(expect.stringMatching(/^The TLS certificate expires on \d{4}-/));
    expect(follower.expiresMs).toBeGreaterThan(Date.now());
    const warnings = (): number => logged.filter((line) => line.includes('certificate expires')).length;
    put(files.key, pairs.first.key);
    await eventually(() => expect(logged.some((line) => line.includes('is not the key'))).toBe(true));
    // It was looked at again since, and is told once a day.
    expect(warnings()).toBe(1);
    putPair(authority.issue('over', { extension: FOR_LOOPBACK, days: -1 }));
    await eventually(() => expect(logged).toContainEqual(expect.stringMatching(/^The TLS certificate has expired on \d{4}-/)));
    expect(follower.expiresMs).toBeLessThan(Date.now());
  });

  it('is not warned of while there is time', async () => {
    putPair(authority.issue('long', { extension: FOR_LOOPBACK, days: 60 }));
    await serve();
    expect(logged).toEqual(['TLS certificate in use']);
  });

  it('speaks TLS 1.2 and 1.3, and nothing older', async () => {
    putPair(pairs.first);
    await serve();
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      expect(await ask({ minVersion: version, maxVersion: version })).toBe('HTTP/1.1 200 OK');
    }
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    expect(await ask(old)).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
  });

  describe('with certificates of clients', () => {
    beforeEach(async () => {
      files = { ...files, clientCa: join(folder, 'ca.crt') };
      putPair(pairs.first);
      put(join(folder, 'ca.crt'), authority.ca);
      await serve();
    });

    it.each(['TLSv1.2', 'TLSv1.3'] as const)('lets in who has one of the authority, and nobody else, over %s', async (maxVersion) => {
      expect(await ask({ ...clients.ours, maxVersion })).toBe('HTTP/1.1 200 OK');
      expect(await ask({ maxVersion })).toMatch(REFUSED);
      expect(await ask({ ...clients.others, maxVersion })).toMatch(REFUSED);
      const expired = authority.issue('expired', { days: -1 });
      expect(await ask({ ...expired, maxVersion })).toMatch(REFUSED);
      // Of the authority, but made for servers.
      const server = authority.issue('no-client', { extension: 'extendedKeyUsage=serverAuth' });
      expect(await ask({ ...server, maxVersion })).toMatch(REFUSED);
    });

    it.each(['TLSv1.2', 'TLSv1.3'] as const)('takes up another authority, also against sessions of the one before, over %s', async (maxVersion) => {
      const { promise: session, resolve: keep } = Promise.withResolvers<Buffer>();
      const first = await open({ ...clients.ours, maxVersion }, keep);
      const kept = await session;
      const resumed = await open({ ...clients.ours, maxVersion, session: kept });
      expect(resumed.isSessionReused()).toBe(true);
      resumed.destroy();
      put(join(folder, 'ca.crt'), otherAuthority.ca);
      await eventually(async () => expect(await ask({ ...clients.others, maxVersion })).toBe('HTTP/1.1 200 OK'));
      expect(await ask({ ...clients.ours, maxVersion, session: kept })).toMatch(REFUSED);
      first.destroy();
    });
  });
});
