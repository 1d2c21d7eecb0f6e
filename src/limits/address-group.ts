import { isIPv4, isIPv6 } from 'node:net';
import { Address6 } from 'ip-address';

const MAPPED = '::ffff:';

/** Whom an address is taken for: of IPv6 everybody is given a /64 at least, and has as many addresses as they like. */
export function addressGroup(address: string): string {
  const plain = address.split('%', 1)[0] ?? '';
  if (plain.startsWith(MAPPED) && isIPv4(plain.slice(MAPPED.length))) return plain.slice(MAPPED.length);
  return isIPv6(plain) ? `${new Address6(`${plain}/64`).startAddress().correctForm()}/64` : plain;
}
