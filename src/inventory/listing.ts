import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { EngineSnapshot } from './engine-snapshot.js';
import { page, parseSort, type Listing, type Page } from './page.js';
import { VisibleInventory } from './visible-inventory.js';

/** Which part of a list is wanted. */
export interface ListRequest {
  /** At most this many items; 50 where absent. */
  readonly limit?: number;
  readonly cursor?: string;
  /** `createdAt,-name`; by name where absent. */
  readonly sort?: string;
}

const DEFAULT_LIMIT = 50;

/** What a list of one kind of resource is drawn from and ordered by. */
export interface ListSource<T, F> {
  readonly kind: string;
  readonly sortable: readonly string[];
  /** Used where the caller gives no order. */
  readonly defaultSort: string;
  /** The resources of one engine that pass the filter. */
  select(snapshot: EngineSnapshot, filter: F): readonly T[];
}

/** Draws lists from the picture. */
@Injectable()
export class Lister {
  constructor(private readonly inventory: VisibleInventory) {}

  list<T extends object, F extends { engine?: string | null }>(
    source: ListSource<T, F>,
    filter: F,
    request: ListRequest,
  ): Listing<T> {
    const engine = filter.engine ?? undefined;
    // A network of a swarm is one, although several engines show it.
    const all = new Set(this.inventory.snapshots(engine).flatMap((snapshot) => source.select(snapshot, filter)));
    const found = this.page(source, [...all], filter, request);
    return { ...found, engines: this.inventory.freshness(engine) };
  }

  /** A list of what no single engine shows; `all` have passed the filter. */
  listAll<T extends object>(source: Omit<ListSource<T, object>, 'select'>, all: readonly T[], filter: object, request: ListRequest): Listing<T> {
    return { ...this.page(source, all, filter, request), engines: this.inventory.freshness() };
  }

  private page<T extends object>(
    source: Pick<ListSource<T, object>, 'kind' | 'sortable' | 'defaultSort'>,
    all: readonly T[],
    filter: object,
    { limit = DEFAULT_LIMIT, cursor, sort }: ListRequest,
  ): Page<T> {
    const given = Object.entries(filter as Record<string, unknown>).filter(([, value]) => value !== undefined && value !== null);
    const tag = createHash('sha256')
      .update(JSON.stringify([source.kind, given.sort(([a], [b]) => (a < b ? -1 : 1))]))
      .digest('base64url');
    return page(all, { sort: parseSort(sort ?? source.defaultSort, source.sortable), limit, cursor, tag });
  }
}

/** A test for names: exact, unless it holds a `*`, which stands for any text. */
export function nameTest(pattern: string): (name: string) => boolean {
  if (!pattern.includes('*')) return (name) => name === pattern;
  const parts = pattern.split('*');
  return (name) => {
    const first = parts[0] ?? '';
    const last = parts.at(-1) ?? '';
    if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
    let from = first.length;
    for (const part of parts.slice(1, -1)) {
      const at = name.indexOf(part, from);
      if (at === -1) return false;
      from = at + part.length;
    }
    return from <= name.length - last.length;
  };
}

/** A test for labels: `key` or `key=value`. All must hold. */
export function labelTest(wanted: readonly string[]): (labels: Readonly<Record<string, string>>) => boolean {
  const tests = wanted.map((text) => {
    const at = text.indexOf('=');
    return at === -1 ? { key: text, value: undefined } : { key: text.slice(0, at), value: text.slice(at + 1) };
  });
  return (labels) =>
    tests.every(({ key, value }) => Object.hasOwn(labels, key) && (value === undefined || labels[key] === value));
}
