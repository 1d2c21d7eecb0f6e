import type { Server, ServerOptions } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import type { TlsTexts } from '../config/transport-settings.js';

const HANDSHAKE_TIMEOUT_MS = 10_000;

/** What a server over TLS begins with. */
export function tlsServerOptions(texts: TlsTexts): ServerOptions {
  const asksClients = texts.clientCa !== null;
  return {
    ...secureContext(texts),
    requestCert: asksClients,
    rejectUnauthorized: asksClients,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  };
}

/**
 * For connections from here on; those that are open go on as they are. Sessions from before cannot be resumed, which would not
 * verify a client again: Node gives each context ticket keys of its own.
 */
export function renewTls(server: Server, texts: TlsTexts): void {
  server.setSecureContext(secureContext(texts));
}

function secureContext({ cert, key, clientCa }: TlsTexts): SecureContextOptions {
  // Said although it is Node's default, which its options can lower.
  return { cert, key, minVersion: 'TLSv1.2', ...(clientCa === null ? {} : { ca: clientCa }) };
}
