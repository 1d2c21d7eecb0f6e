import { connect, type AddressInfo, type Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { TlsSettings } from '../../src/config/settings.js';
import { Authority, FOR_LOOPBACK } from './certificates.js';
import { endAfterFile } from './forgotten.js';

/** A socket behind TLS on loopback, which wants a certificate of its own CA, as `dockerd --tlsverify` does. */
export interface TlsFront {
  readonly endpoint: string;
  /** What a client is let in with. */
  readonly tls: Required<TlsSettings>;
  stop(): Promise<void>;
}

export async function openTlsFront(socketPath: string): Promise<TlsFront> {
  const authority = new Authority();
  const { ca } = authority;
  const own = authority.issue('server', { extension: FOR_LOOPBACK });
  const client = authority.issue('client');
  authority.end();
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
