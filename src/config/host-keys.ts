import { createHash, createHmac } from 'node:crypto';

/** A public key of a host, as sshd sends it. */
export interface HostKey {
  readonly type: string;
  readonly blob: Buffer;
}

const TYPES = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'ssh-rsa'];

/** A key as `ssh-ed25519 AAAA…`, a comment after it or not; undefined where it is none. */
export function parseHostKey(text: string): HostKey | undefined {
  const [type = '', base64 = ''] = text.trim().split(/\s+/);
  if (!TYPES.includes(type) || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  const blob = Buffer.from(base64, 'base64');
  // The key itself begins with its type, so that one cannot be taken for another.
  const isOfType = blob.length > 4 + type.length && blob.readUInt32BE(0) === type.length && blob.toString('latin1', 4, 4 + type.length) === type;
  return isOfType ? { type, blob } : undefined;
}

/** As `ssh-keygen -l` shows it. */
export function fingerprintOf({ type, blob }: HostKey): string {
  return `${type} SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/**
 * The keys that a file as ~/.ssh/known_hosts holds for a host, as `<type> <base64>`. Patterns and hashed names are
 * understood; certificate authorities are passed over, and a revoked key is no key of anybody's.
 */
export function hostKeysIn(knownHosts: string, host: string, port: number): string[] {
  const name = port === 22 ? host : `[${host}]:${port}`;
  const keys = new Set<string>();
  const revoked = new Set<string>();
  for (const line of knownHosts.split('\n')) {
    const fields = line.trim().split(/\s+/);
    const marker = fields[0]?.startsWith('@') ? fields.shift() : undefined;
    const [names = '', type = '', base64 = ''] = fields;
    if (names.startsWith('#') || parseHostKey(`${type} ${base64}`) === undefined || !isNamed(names, name)) continue;
    if (marker === '@revoked') revoked.add(`${type} ${base64}`);
    else if (marker === undefined) keys.add(`${type} ${base64}`);
  }
  return [...keys].filter((key) => !revoked.has(key));
}

function isNamed(names: string, name: string): boolean {
  const [, salt, hash] = /^\|1\|([^|]+)\|(.+)$/.exec(names) ?? [];
  if (salt !== undefined) return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
  const patterns = names.toLowerCase().split(',');
  if (patterns.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1), name))) return false;
  return patterns.some((pattern) => matches(pattern, name));
}

function matches(pattern: string, name: string): boolean {
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(name);
}
