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

interface Held {
  readonly key: KnownKey;
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
  private readonly held = new Map<string, Held>();
  private byDigest = new Map<string, { readonly held: Held; readonly untilMs: number | null }>();
  private isFilled = false;
  private readonly used = new Map<string, number>();

  /** Takes these for all that there are; who came with another is told that it is over. */
  fill(keys: readonly KnownKey[]): void {
    const ids = new Set(keys.map(({ id }) => id));
    for (const id of this.held.keys()) if (!ids.has(id)) this.end(id);
    for (const key of keys) this.hold(key);
    this.byDigest = new Map(
      [...this.held.values()].flatMap((held) => held.key.digests.map(({ digest, untilMs }) => [digest, { held, untilMs }] as const)),
    );
    this.isFilled = true;
    this.endExpired();
  }

  /** Looked up by its digest, of which the time to find it tells nothing: a digest cannot be worked towards. */
  find(key: string, address: string): Shown {
    if (!this.isFilled) return { is: 'unknown' };
    const found = this.byDigest.get(digestOf(key));
    const now = Date.now();
    if (found === undefined || isOver(found.untilMs, now) || isOver(found.held.key.expiresMs, now)) return { is: 'wrong' };
    const { caller, key: { id, clientRanges }, ranges } = found.held;
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

  private hold(key: KnownKey): void {
    const before = this.held.get(key.id);
    // What is open goes on over a change only where it is allowed as much as before.
    if (before !== undefined && sameRights(before.key, key)) {
      this.held.set(key.id, { ...before, key });
      return;
    }
    if (before !== undefined) this.end(key.id);
    const ending = new AbortController();
    const { id, name, scopes, clientRanges, sight, expiresMs } = key;
    const caller = { keyId: id, name, scopes: new Set(scopes), clientRanges, sight, expiresMs, ended: ending.signal };
    this.held.set(id, { key, caller, ending, ranges: listOf(clientRanges) });
  }

  private end(id: string): void {
    this.held.get(id)?.ending.abort();
    this.held.delete(id);
  }

  private endExpired(): void {
    const now = Date.now();
    for (const { key, ending } of this.held.values()) if (isOver(key.expiresMs, now)) ending.abort();
  }
}

export function digestOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}

const isOver = (untilMs: number | null, now: number): boolean => untilMs !== null && untilMs <= now;

function sameRights(a: KnownKey, b: KnownKey): boolean {
  const rights = ({ name, scopes, clientRanges, sight, expiresMs }: KnownKey): string =>
    JSON.stringify([name, scopes, clientRanges, sight.key, expiresMs]);
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
