import { BlockList, isIPv6 } from 'node:net';
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Sight } from '../sight/sight.js';
import type { Caller } from './caller.js';
import type { Scope } from './scopes.js';

/** A stored key, as far as letting somebody in needs it. */
export interface KnownKey {
  readonly id: string;
  readonly name: string;
  /** Of the key, and of the one that it replaced where that is good for a while longer. */
  readonly digests: readonly { readonly digest: string; readonly untilMs: number | null }[];
  readonly scopes: readonly Scope[];
  /** CIDR blocks; none where it may be used from anywhere. */
  readonly clientRanges: readonly string[];
  readonly sight: Sight;
  readonly expiresMs: number | null;
}

/** A key or the one that it replaced: what is open for either ends with it alone. */
interface Held {
  readonly key: KnownKey;
  readonly untilMs: number | null;
  readonly caller: Caller;
  readonly ending: AbortController;
  readonly ranges: BlockList;
}

export type Shown =
  | { readonly is: 'good'; readonly caller: Caller }
  /** No such key, or one whose time is over. */
  | { readonly is: 'wrong' }
  | { readonly is: 'elsewhere' }
  /** The keys have not been read yet. */
  | { readonly is: 'unknown' };

/** The stored keys in memory: reads go on by them while the database is away. */
@Injectable()
export class Keyring {
  private held = new Map<string, Held>();
  private isFilled = false;
  private readonly used = new Map<string, number>();

  /** Takes these for all that there are; who came with another is told that it is over. */
  fill(keys: readonly KnownKey[]): void {
    const before = this.held;
    this.held = new Map(
      keys.flatMap((key) => key.digests.map(({ digest, untilMs }) => [digest, hold(key, untilMs, before.get(digest))] as const)),
    );
    this.isFilled = true;
    for (const [digest, { ending }] of before) if (this.held.get(digest)?.ending !== ending) ending.abort();
    this.endExpired();
  }

  /** Tells those whose time is over: to be called now and then, whether or not the keys can be read. */
  endExpired(): void {
    const now = Date.now();
    for (const held of this.held.values()) if (hasEnded(held, now)) held.ending.abort();
  }

  /** Looked up by its digest, of which the time to find it tells nothing: a digest cannot be worked towards. */
  find(key: string, address: string): Shown {
    if (!this.isFilled) return { is: 'unknown' };
    const found = this.held.get(digestOf(key));
    const now = Date.now();
    if (found === undefined || hasEnded(found, now)) return { is: 'wrong' };
    const { caller, key: { id, clientRanges }, ranges } = found;
    if (clientRanges.length > 0 && !ranges.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')) return { is: 'elsewhere' };
    this.used.set(id, now);
    return { is: 'good', caller };
  }

  /** When keys were used since the last call, by id. */
  takeUses(): ReadonlyMap<string, number> {
    const uses = new Map(this.used);
    this.used.clear();
    return uses;
  }
}

export function digestOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}

/** What is open goes on over a change only where it is allowed as much as before. */
function hold(key: KnownKey, untilMs: number | null, before: Held | undefined): Held {
  if (before !== undefined && sameRights(before.key, key)) return { ...before, key, untilMs };
  const ending = new AbortController();
  const { id, name, scopes, clientRanges, sight, expiresMs } = key;
  const caller = {
    ...{ keyId: id, name, scopes: new Set(scopes), clientRanges, sight, expiresMs, ended: ending.signal },
    get isOver(): boolean {
      return ending.signal.aborted || isOver(expiresMs, Date.now());
    },
  };
  return { key, untilMs, caller, ending, ranges: listOf(clientRanges) };
}

const hasEnded = ({ key, untilMs }: Held, now: number): boolean => isOver(untilMs, now) || isOver(key.expiresMs, now);
const isOver = (untilMs: number | null, now: number): boolean => untilMs !== null && untilMs <= now;

function sameRights(a: KnownKey, b: KnownKey): boolean {
  const rights = ({ id, name, scopes, clientRanges, sight, expiresMs }: KnownKey): string =>
    JSON.stringify([id, name, scopes, clientRanges, sight.key, expiresMs]);
  return rights(a) === rights(b);
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/');
    list.addSubnet(address, Number(prefix), isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  return list;
}
