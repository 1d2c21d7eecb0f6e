import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import type { TlsSettings } from '../../src/config/settings.js';
import { endAfterFile } from './forgotten.js';

/** A socket behind TLS on loopback, which wants a certificate of its own CA, as `dockerd --tlsverify` does. */
export interface TlsFront {
  readonly endpoint: string;
  /** What a client is let in with. */
  readonly tls: Required<TlsSettings>;
  stop(): Promise<void>;
}

export async function openTlsFront(socketPath: string): Promise<TlsFront> {
  const { server: own, client, ca } = makeCertificates();
  const sockets = new Set<Socket>();
  const server = createServer({ ...own, ca, requestCert: true, rejectUnauthorized: true }, (inner) => {
    const outer = connect(socketPath);
    for (const socket of [inner, outer]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
    }
    inner.once('close', () => outer.destroy());
    outer.once('close', () => inner.destroy());
    inner.pipe(outer).pipe(inner);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = async (): Promise<void> => {
    isEnded();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  const isEnded = endAfterFile(stop);
  return { endpoint: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`, tls: { ca, ...client }, stop };
}

interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** A CA, and one certificate each for the server and for its client. */
function makeCertificates(): { ca: string; server: Pair; client: Pair } {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-tls-'));
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const pem = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const issue = (name: string, extension: string): Pair => {
    writeFileSync(join(folder, `${name}.ext`), extension);
    openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    const signing = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', `${name}.ext`];
    openssl('x509', '-req', '-in', `${name}.csr`, ...signing, '-out', `${name}.crt`);
    return { cert: pem(`${name}.crt`), key: pem(`${name}.key`) };
  };
  try {
    openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '2', '-subj', '/CN=ca');
    const server = issue('server', 'subjectAltName=IP:127.0.0.1');
    return { ca: pem('ca.crt'), server, client: issue('client', 'extendedKeyUsage=clientAuth') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
