import { createHash } from 'node:crypto';
import { DomainError } from '../errors/domain.error.js';
import { noteBefore } from './command-notes.js';

const known = new WeakMap<object, string>();

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== 'syncedAt');
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, canonical(item)]),
  );
}

/** The strong entity tag of a resource as it is shown; how fresh the picture is does not count. */
export function resourceTag(resource: object): string {
  const tag = known.get(resource);
  if (tag !== undefined) return tag;
  const digest = createHash('sha256').update(JSON.stringify(canonical(resource))).digest('base64url');
  const made = `"${digest.slice(0, 27)}"`;
  known.set(resource, made);
  return made;
}

/** The resource bears the tag of `state`, where what else it shows is no part of what writers compare. */
export function bearTagOf<T extends object>(resource: T, state: object): T {
  known.set(resource, resourceTag(state));
  return resource;
}

/** The tags of those parts of an answer that have one already, by their names; for `bearTags` once it was kept as text. */
export function tagsOf(answer: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(answer).flatMap(([name, part]: [string, unknown]): [string, string][] => {
      const tag = typeof part === 'object' && part !== null ? known.get(part) : undefined;
      return tag === undefined ? [] : [[name, tag]];
    }),
  );
}

/** The parts of an answer bear these tags, whatever would follow from what they show. */
export function bearTags(answer: object, tags: Readonly<Record<string, string>>): void {
  for (const [name, part] of Object.entries(answer) as [string, unknown][]) {
    const tag = tags[name];
    if (tag !== undefined && typeof part === 'object' && part !== null) known.set(part, tag);
  }
}

/**
 * What a command begins from, which is noted as the state before it. Fails with `PRECONDITION_FAILED` unless the resource
 * exists and bears (one of) the entity tags of an `If-Match`.
 */
export function requireMatch(ifMatch: string | undefined, resource: object | undefined): void {
  noteBefore(resource);
  if (ifMatch === undefined) return;
  // Even `*` means one that exists (RFC 9110, 13.1.1).
  if (resource === undefined) throw new DomainError('PRECONDITION_FAILED', 'There is none yet that could match.');
  if (ifMatch.trim() === '*') return;
  const currentETag = resourceTag(resource);
  const wanted = ifMatch.split(',').map((tag) => tag.trim());
  // A weak tag never matches here (RFC 9110, 13.1.1).
  if (wanted.includes(currentETag)) return;
  throw new DomainError('PRECONDITION_FAILED', 'It has changed since you read it. Read it again before you write.', {
    currentETag,
  });
}
