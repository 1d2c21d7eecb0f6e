import { isIP } from 'node:net';
import { hostname } from 'node:os';

/** A host with or without a port, as `Host` and the targets of requests have it. */
const AUTHORITY = /^(?:\[(?<ipv6>[0-9a-f:.]+)(?:%[\w.~-]+)?\]|(?<name>[a-z0-9._-]+))(?::\d{0,5})?$/;

/**
 * The names that the service goes by. A page that makes its own name lead here (DNS rebinding) is told by that name: browsers
 * always send it. An address is nobody's to lead anywhere.
 */
export class OwnNames {
  private readonly names: ReadonlySet<string>;
  private readonly suffixes: readonly string[];

  /** `allowed` are host names, and `*.suffix` for all below one. */
  constructor(listeningHost: string, allowed: readonly string[]) {
    this.names = new Set(['localhost', hostname().toLowerCase(), listeningHost.toLowerCase(), ...allowed]);
    this.suffixes = allowed.filter((entry) => entry.startsWith('*.')).map((entry) => entry.slice(1));
  }

  include(authority: string): boolean {
    const { ipv6, name } = AUTHORITY.exec(authority.toLowerCase())?.groups ?? {};
    if (ipv6 !== undefined) return isIP(ipv6) === 6;
    const host = name?.replace(/\.$/, '') ?? '';
    return isIP(host) === 4 || this.names.has(host) || this.suffixes.some((suffix) => host.endsWith(suffix));
  }
}
