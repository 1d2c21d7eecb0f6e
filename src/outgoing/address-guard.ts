import { isIP, BlockList } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { LookupAddress } from 'node:dns';
import { Injectable } from '@nestjs/common';
import { Address6 } from 'ip-address';
import { hostAndPort } from '../config/endpoint.js';
import { Settings } from '../config/settings.js';
import { GatewayRegistry } from '../docker/gateway-registry.js';
import { NameResolver } from './name-resolver.js';

/** Where a request may be sent: the addresses that were looked at, and no others. */
export interface Checked {
  readonly addresses: readonly LookupAddress[];
}

export interface RefusedAddress {
  /** A sentence for people. */
  readonly refused: string;
}

/** What is on the machine itself or on its link, or is no single host: nothing that another party should make us call. */
const NEVER_BY_DEFAULT: readonly (readonly [block: string, what: string])[] = [
  ['0.0.0.0/8', 'unspecified'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved'],
  ['::/128', 'unspecified'],
  ['::1/128', 'loopback'],
  ['fe80::/10', 'link-local'],
  ['fec0::/10', 'site-local'],
  ['ff00::/8', 'multicast'],
  // Metadata services of clouds that are not on link-local addresses: Alibaba, Oracle, Azure, AWS, Google.
  ['100.100.100.200/32', 'a metadata service'],
  ['192.0.0.192/32', 'a metadata service'],
  ['168.63.129.16/32', 'a metadata service'],
  // AWS has several there, such as that of the pods' identities beside that of the instance.
  ['fd00:ec2::/32', 'a metadata service'],
  ['fd20:ce::254/128', 'a metadata service'],
  // An IPv4 address is in them, at a place that the address itself does not tell (RFC 8215), or disguised (RFC 4380).
  ['64:ff9b:1::/48', 'translated'],
  ['2001::/32', 'tunnelled'],
];

const NAT64 = new Address6('64:ff9b::/96');
const COMPATIBLE = new Address6('::/96');
const TRANSLATED = new Address6('::ffff:0:0:0/96');
const SIX_TO_FOUR = new Address6('2002::/16');

/** Decides where webhooks may be delivered to, by FAIRLEAD_WEBHOOK_ALLOW. */
@Injectable()
export class AddressGuard {
  private readonly byDefault: boolean;
  private readonly blocks: BlockList;
  private readonly hosts: readonly string[];
  private readonly never = NEVER_BY_DEFAULT.map(([block, what]) => ({ block: listOf([block]), what }));

  constructor(
    { webhookAllow }: Settings,
    private readonly gateways: GatewayRegistry,
    private readonly names: NameResolver,
  ) {
    this.byDefault = webhookAllow.byDefault;
    this.blocks = listOf(webhookAllow.blocks);
    this.hosts = webhookAllow.hosts;
  }

  /** Looks a URL's host up once and answers the addresses to use, or why not. Rejects where the name is not known. */
  async check(url: URL): Promise<Checked | RefusedAddress> {
    const host = hostOf(url);
    const family = isIP(host);
    const addresses = family === 0 ? await this.names.resolve(host) : [{ address: host, family }];
    for (const { address } of addresses) {
      const refused = this.refusal(host, address);
      if (refused !== undefined) return { refused };
    }
    if (addresses.length === 0) return { refused: `${host} has no address.` };
    const engine = await this.engineAt(addresses, portOf(url));
    if (engine) return { refused: `${host}:${portOf(url)} is an engine, which webhooks are never delivered to.` };
    return { addresses };
  }

  private refusal(host: string, address: string): string | undefined {
    const shown = host === address ? address : `${host} is ${address}, which`;
    // All that it may turn out to be must be allowed: the address, and the one that is embedded in it.
    for (const each of [address, ...embeddedIn(address)]) {
      if (isIn(this.blocks, each)) continue;
      const kind = this.never.find(({ block }) => isIn(block, each))?.what;
      if (kind !== undefined) return `${shown} is ${kind}; FAIRLEAD_WEBHOOK_ALLOW does not list it.`;
      if (!this.byDefault && !this.isAllowedHost(host)) return `${shown} is not in FAIRLEAD_WEBHOOK_ALLOW.`;
    }
    return undefined;
  }

  private isAllowedHost(host: string): boolean {
    const name = host.replace(/\.$/, '');
    return this.hosts.some((allowed) => (allowed.startsWith('*.') ? name.endsWith(allowed.slice(1)) : name === allowed));
  }

  private async engineAt(addresses: readonly LookupAddress[], port: number): Promise<boolean> {
    const targets = addresses.flatMap(({ address }) => [address, ...embeddedIn(address)]);
    for (const { reach } of this.gateways.all()) {
      const engine = hostAndPort(reach.endpoint, reach.tls);
      if (engine?.port !== port) continue;
      const known = isIP(engine.host) === 0 ? await this.addressesOf(engine.host) : [engine.host];
      const list = listOf(known.flatMap((address) => [address, ...embeddedIn(address)]));
      if (targets.some((target) => isIn(list, target))) return true;
      // An engine of this machine may listen on all of its addresses.
      const isLocal = known.some((address) => this.isOwn(address));
      if (isLocal && targets.some((target) => this.isOwn(target))) return true;
    }
    return false;
  }

  /** An engine whose name cannot be looked up now cannot be reached by anybody. */
  private async addressesOf(name: string): Promise<string[]> {
    const found = await this.names.resolve(name).catch(() => []);
    return found.map(({ address }) => address);
  }

  private isOwn(address: string): boolean {
    const kind = this.never.find(({ block }) => isIn(block, address))?.what;
    if (kind === 'loopback' || kind === 'unspecified') return true;
    const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    return isIn(listOf(own.map((each) => each.address.replace(/%.*$/, ''))), address);
  }
}

/** The host of a URL without the brackets of an IPv6 address. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

export function portOf({ port, protocol }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

function listOf(blocks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const block of blocks) {
    const [address = '', length] = block.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (length === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(length), family);
  }
  return list;
}

/** A list of IPv4 blocks holds their mapped forms (`::ffff:a.b.c.d`) too: node:net sees to that. */
function isIn(list: BlockList, address: string): boolean {
  const plain = address.replace(/%.*$/, '');
  return list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
}

/** ISATAP's identifiers of interfaces (RFC 5214), before the IPv4 address. */
const ISATAP = ['0,0,94,254', '2,0,94,254'];

/**
 * The IPv4 address that an IPv6 one leads to by translation (RFC 6052, RFC 2765), 6to4 (RFC 3056), ISATAP or as a
 * compatible one.
 */
function embeddedIn(address: string): string[] {
  if (isIP(address) !== 6) return [];
  const six = new Address6(address.replace(/%.*$/, ''));
  const bytes = six.toUnsignedByteArray();
  // `::` and `::1` have the form of compatible addresses and are none.
  const isCompatible = six.isInSubnet(COMPATIBLE) && bytes[12] !== 0;
  const isLast = isCompatible || six.isInSubnet(NAT64) || six.isInSubnet(TRANSLATED) || ISATAP.includes(bytes.slice(8, 12).join());
  return [
    ...(isLast ? [bytes.slice(12).join('.')] : []),
    ...(six.isInSubnet(SIX_TO_FOUR) ? [bytes.slice(2, 6).join('.')] : []),
  ];
}
