import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import ssh2, { type ParsedKey } from 'ssh2';
import { parseHostKey } from './host-keys.js';
import type { SshSettings, TlsSettings } from './settings.js';

/** What is wrong with a field of what an engine is reached with; never repeats a secret. */
export interface CredentialFault {
  readonly field: string;
  readonly problem: string;
}

/** Undefined where a connection could be tried with them. */
export function tlsFault({ ca, cert, key }: TlsSettings): CredentialFault | undefined {
  if ((cert === undefined) !== (key === undefined)) {
    return { field: cert === undefined ? 'cert' : 'key', problem: 'is missing: certificate and key go together' };
  }
  for (const [field, pem] of [['ca', ca], ['cert', cert], ['key', key]] as const) {
    if (pem !== undefined && !pem.includes('-----BEGIN ')) return { field, problem: 'is not PEM' };
  }
  if (ca !== undefined && !isCertificate(ca)) return { field: 'ca', problem: 'is not a certificate that can be read' };
  if (cert !== undefined && !isCertificate(cert)) return { field: 'cert', problem: 'is not a certificate that can be read' };
  if (!isUsable({ key })) return { field: 'key', problem: 'is not a private key that can be read without a passphrase' };
  return isUsable({ cert, key }) ? undefined : { field: 'key', problem: 'is not the key of the certificate' };
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined && isUsable({ ca: pem });
  } catch {
    // As below.
    return false;
  }
}

function isUsable(tls: TlsSettings): boolean {
  try {
    createSecureContext(tls);
    return true;
  } catch {
    // OpenSSL's words name its own functions; which text it is about has been found out by trying them in turn.
    return false;
  }
}

export function sshFault({ hostKeys, privateKey, passphrase, password }: SshSettings): CredentialFault | undefined {
  const wrong = hostKeys.findIndex((text) => parseHostKey(text) === undefined);
  if (wrong >= 0) return { field: `hostKeys[${wrong}]`, problem: 'is not a public key as "ssh-ed25519 AAAA…"' };
  if (hostKeys.length === 0) return { field: 'hostKeys', problem: 'is empty: no host is trusted unseen' };
  if (privateKey === undefined) {
    if (passphrase !== undefined) return { field: 'passphrase', problem: 'has no private key that it opens' };
    return password === undefined ? { field: 'privateKey', problem: 'or password is required' } : undefined;
  }
  const parsed: ParsedKey | readonly ParsedKey[] | Error = ssh2.utils.parseKey(privateKey, passphrase);
  if (parsed instanceof Error) {
    const isLocked = /passphrase|decrypt|integrity|bad/i.test(parsed.message) && passphrase === undefined;
    if (isLocked) return { field: 'passphrase', problem: 'is required: the private key is encrypted, or cannot be read' };
    return { field: 'privateKey', problem: 'is not a private key that can be read, with its passphrase where it has one' };
  }
  const [key] = [parsed].flat();
  return key?.isPrivateKey() ? undefined : { field: 'privateKey', problem: 'is a public key' };
}
