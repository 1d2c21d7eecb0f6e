import { createHash } from 'node:crypto';
import { DomainError } from '../errors/domain.error.js';
import type { EngineFreshness } from '../resources/engine.js';

export interface SortKey {
  readonly field: string;
  readonly descending: boolean;
}

export interface PageRequest {
  /** Ends with the id, which is unique: see `parseSort`. */
  readonly sort: readonly SortKey[];
  readonly limit: number;
  readonly cursor?: string;
  /** Names the filter that the items passed: a cursor is good for the list that gave it only. */
  readonly tag?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins; null on the last one. */
  readonly nextCursor: string | null;
  /** Items on all pages. */
  readonly total: number;
  readonly hasPreviousPage: boolean;
  /** The cursor after which the items following this one begin. */
  cursorOf(item: T): string;
}

/** A page and how fresh it is: what a service answers to a list request. */
export interface Listing<T> extends Page<T> {
  readonly engines: readonly EngineFreshness[];
}

type Comparable = string | number | boolean | null;

const LONGEST_CURSOR = 4096;

/** Reads `createdAt,-name`; the default is by name. The id comes last, so that the order is total. */
export function parseSort(text: string | undefined, fields: readonly string[]): readonly SortKey[] {
  const parts =
    text === undefined || text.trim() === '' ? ['name'] : text.split(',').map((part) => part.trim());
  const keys: SortKey[] = [];
  for (const part of parts) {
    const descending = part.startsWith('-');
    const field = descending ? part.slice(1) : part;
    if (!fields.includes(field) || keys.some((key) => key.field === field)) {
      const message = `takes each of ${fields.join(', ')} once, with "-" before it for descending order`;
      throw DomainError.invalid(`Cannot sort by "${part}".`, { field: 'sort', message });
    }
    keys.push({ field, descending });
  }
  return keys.some(({ field }) => field === 'id') ? keys : [...keys, { field: 'id', descending: false }];
}

/**
 * One page of a list, found by the values of the last item seen rather than by counting: what is added or removed
 * meanwhile neither repeats nor hides an item that stays.
 */
export function page<T extends object>(all: readonly T[], request: PageRequest): Page<T> {
  const { sort, limit, cursor, tag = '' } = request;
  const valuesOf = (item: T): Comparable[] => sort.map(({ field }) => valueOf(item, field));
  const compare = (a: readonly Comparable[], b: readonly Comparable[]): number => compareValues(a, b, sort);
  const context = `${sort.map(({ field, descending }) => (descending ? `-${field}` : field)).join(',')}|${tag}`;
  const ordered = all
    .map((item) => ({ item, values: valuesOf(item) }))
    .sort((a, b) => compare(a.values, b.values));
  const start =
    cursor === undefined ? 0 : firstAfter(ordered, readCursor(cursor, context, sort.length), compare);
  const items = ordered.slice(start, start + limit).map(({ item }) => item);
  const last = items.at(-1);
  const cursorOf = (item: T): string => writeCursor(valuesOf(item), context);
  return {
    items,
    nextCursor: last !== undefined && start + limit < ordered.length ? cursorOf(last) : null,
    total: all.length,
    hasPreviousPage: start > 0,
    cursorOf,
  };
}

function valueOf(item: object, field: string): Comparable {
  const value: unknown = (item as Record<string, unknown>)[field];
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

function firstAfter(
  ordered: readonly { readonly values: readonly Comparable[] }[],
  seen: readonly Comparable[],
  compare: (a: readonly Comparable[], b: readonly Comparable[]) => number,
): number {
  const index = ordered.findIndex(({ values }) => compare(values, seen) > 0);
  return index === -1 ? ordered.length : index;
}

function compareValues(a: readonly Comparable[], b: readonly Comparable[], sort: readonly SortKey[]): number {
  for (const [index, { descending }] of sort.entries()) {
    const [left, right] = [a[index] ?? null, b[index] ?? null];
    if (left === right) continue;
    // Nothing known comes last, whichever the direction.
    if (left === null) return 1;
    if (right === null) return -1;
    return left < right !== descending ? -1 : 1;
  }
  return 0;
}

function checksum(values: string, context: string): string {
  return createHash('sha256').update(`fairlead-cursor|${context}|${values}`).digest('base64url').slice(0, 12);
}

function writeCursor(values: readonly Comparable[], context: string): string {
  const text = JSON.stringify(values);
  return Buffer.from(JSON.stringify([checksum(text, context), ...values])).toString('base64url');
}

/** The checksum is no secret: it tells a mangled cursor, and one of another list, from a good one. */
function readCursor(cursor: string, context: string, length: number): readonly Comparable[] {
  const parts = parseCursor(cursor);
  if (parts !== undefined) {
    const [sum, ...values] = parts;
    const isSound = values.length === length && sum === checksum(JSON.stringify(values), context);
    if (isSound && writeCursor(values, context) === cursor) return values;
  }
  throw new DomainError(
    'INVALID_CURSOR',
    'The cursor is mangled, or was given for another order or filter. Begin again without a cursor.',
  );
}

function parseCursor(cursor: string): Comparable[] | undefined {
  if (cursor.length > LONGEST_CURSOR || !/^[A-Za-z0-9_-]+$/.test(cursor)) return undefined;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(parsed) ? (parsed as Comparable[]) : undefined;
  } catch {
    return undefined;
  }
}
