import type { AddressInfo } from 'node:net';
import { BlockList } from 'node:net';
import type { Writable } from 'node:stream';
import { Logger } from '@nestjs/common';

const logger = new Logger('Transport');

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Tells, in the log and on the terminal, that whoever is on the way can read keys and change requests, where that is so. */
export function tellExposure({ address, port, family }: AddressInfo, isEncrypted: boolean, terminal: Writable): void {
  if (isEncrypted || LOOPBACK.check(address, family === 'IPv6' ? 'ipv6' : 'ipv4')) return;
  const fact = `Fairlead listens on ${family === 'IPv6' ? `[${address}]` : address}:${port} WITHOUT TLS`;
  const advice = 'set FAIRLEAD_TLS_CERT and FAIRLEAD_TLS_KEY, or let nothing but a proxy with TLS, or this machine, reach the port';
  logger.warn(`${fact}: API keys can be read, and requests changed, by whoever is on the way; ${advice}`);
  terminal.write(
    `\nWARNING: ${fact}.\n` +
      '  API keys can be read, and requests changed, by whoever is on the way.\n' +
      '  Set FAIRLEAD_TLS_CERT and FAIRLEAD_TLS_KEY, or let nothing but a proxy with TLS, or this machine, reach the port.\n\n',
  );
}
