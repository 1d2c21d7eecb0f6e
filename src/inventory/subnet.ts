import { isIPv4, isIPv6 } from 'node:net';
import { Address4, Address6 } from 'ip-address';
import { DomainError } from '../errors/domain.error.js';

export type AddressFamily = 4 | 6;

export interface Address {
  readonly family: AddressFamily;
  readonly value: bigint;
}

/** undefined for what is not an address by itself (a prefix length, a zone or a leading zero included). */
export function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) return { family: 4, value: new Address4(text).bigInt() };
  if (isIPv6(text) && !text.includes('%')) return { family: 6, value: new Address6(text).bigInt() };
  return undefined;
}

export function formatAddress({ family, value }: Address): string {
  return family === 4 ? Address4.fromBigInt(value).address : Address6.fromBigInt(value).correctForm();
}

/** The one spelling under which equal addresses compare equal; other text is left as it is. */
export function canonicalAddress(text: string): string {
  const address = parseAddress(text);
  return address === undefined ? text : formatAddress(address);
}

/** The same for what a caller gave; fails with `VALIDATION_FAILED` on `field` where it is no address. */
export function requireAddress(text: string, field: string): string {
  if (parseAddress(text) !== undefined) return canonicalAddress(text);
  throw DomainError.invalid(`"${text}" is not an address.`, { field, message: 'must be an address' });
}

const BITS = { 4: 32, 6: 128 } as const;

/** A block of addresses in CIDR notation. */
export class Subnet {
  private constructor(
    readonly family: AddressFamily,
    readonly prefixLength: number,
    /** The address as written, host bits included. */
    private readonly written: bigint,
  ) {}

  static parse(text: string): Subnet | undefined {
    const [address, prefix, ...rest] = text.split('/');
    const parsed = parseAddress(address ?? '');
    if (parsed === undefined || prefix === undefined || rest.length > 0 || !/^\d{1,3}$/.test(prefix)) return undefined;
    const prefixLength = Number(prefix);
    if (prefixLength > BITS[parsed.family]) return undefined;
    return new Subnet(parsed.family, prefixLength, parsed.value);
  }

  get size(): bigint {
    return 1n << BigInt(BITS[this.family] - this.prefixLength);
  }

  /** The network address. */
  get first(): bigint {
    return this.written - (this.written % this.size);
  }

  /** The broadcast address, where the family has one. */
  get last(): bigint {
    return this.first + this.size - 1n;
  }

  /** Bits are set behind the prefix: `10.0.0.5/24` names an address, not a block. */
  get hasHostBits(): boolean {
    return this.written !== this.first;
  }

  /** The block without host bits, in its one spelling. */
  get text(): string {
    return `${formatAddress({ family: this.family, value: this.first })}/${this.prefixLength}`;
  }

  contains(address: Address): boolean {
    return address.family === this.family && address.value >= this.first && address.value <= this.last;
  }

  covers(other: Subnet): boolean {
    return other.family === this.family && other.first >= this.first && other.last <= this.last;
  }

  overlaps(other: Subnet): boolean {
    return other.family === this.family && other.first <= this.last && this.first <= other.last;
  }

  /** The n-th address of the block; 0 is the network address. */
  address(n: bigint): Address {
    return { family: this.family, value: this.first + n };
  }
}
