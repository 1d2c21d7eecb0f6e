import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/config/load-settings.js';
import { GatewayRegistry } from '../../src/docker/gateway-registry.js';
import { AddressGuard } from '../../src/outgoing/address-guard.js';
import { NameResolver } from '../../src/outgoing/name-resolver.js';
import { OutgoingTimings } from '../../src/outgoing/outgoing-timings.js';
import { RequestSender } from '../../src/outgoing/request-sender.js';
import { eventually } from '../support/eventually.js';

class Loopback extends NameResolver {
  override async resolve() {
    return [{ address: '127.0.0.1', family: 4 }];
  }
}

describe('a receiver behind TLS', () => {
  let folder: string;
  let server: Server;
  let named: TLSSocket['servername'];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fairlead-tls-'));
    const subject = ['-subj', '/CN=hooks.test', '-addext', 'subjectAltName=DNS:hooks.test'];
    const files = ['-keyout', join(folder, 'key'), '-out', join(folder, 'crt')];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, ...files], { stdio: 'pipe' });
    const pem = (file: string): string => readFileSync(join(folder, file), 'utf8');
    server = createServer({ key: pem('key'), cert: pem('crt') }, (_request, response) => void response.writeHead(204).end());
    server.on('tlsClientError', (_error, socket: TLSSocket) => (named = socket.servername));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  it('is asked for by its name at the address that was checked, and must prove the name', async () => {
    const settings = loadSettings({ FAIRLEAD_WEBHOOK_ALLOW: '127.0.0.1' });
    const sender = new RequestSender(new AddressGuard(settings, new GatewayRegistry([]), new Loopback(new OutgoingTimings())), new OutgoingTimings());
    const { port } = server.address() as AddressInfo;
    const outcome = await sender.send({ url: new URL(`https://hooks.test:${port}/`), headers: {}, body: '{}' }, []);
    expect(outcome).toMatchObject({ status: null, failure: 'connection', detail: expect.stringContaining('self-signed certificate') });
    await eventually(() => expect(named).toBe('hooks.test'));
    sender.onApplicationShutdown();
  });
});
