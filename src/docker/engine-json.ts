/**
 * Reads values out of an engine's JSON. What is missing, null or of another type counts as absent: engines differ in
 * what they leave out, and an odd answer must not become a TypeError.
 */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function objectAt(parent: JsonObject, key: string): JsonObject {
  const value = parent[key];
  return isObject(value) ? value : {};
}

export function listAt(parent: JsonObject, key: string): readonly unknown[] {
  const value = parent[key];
  return Array.isArray(value) ? value : [];
}

export function objectsAt(parent: JsonObject, key: string): readonly JsonObject[] {
  return listAt(parent, key).filter(isObject);
}

export function textsAt(parent: JsonObject, key: string): readonly string[] {
  return listAt(parent, key).filter((item) => typeof item === 'string');
}

/** The empty string is how engines say "none". */
export function textAt(parent: JsonObject, key: string): string | null {
  const value = parent[key];
  return typeof value === 'string' && value !== '' ? value : null;
}

export function flagAt(parent: JsonObject, key: string, otherwise = false): boolean {
  const value = parent[key];
  return typeof value === 'boolean' ? value : otherwise;
}

export function numberAt(parent: JsonObject, key: string): number | null {
  const value = parent[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

export function textMapAt(parent: JsonObject, key: string): Readonly<Record<string, string>> {
  const entries = Object.entries(objectAt(parent, key)).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(entries);
}

/** A time as RFC 3339 in UTC with milliseconds, so that times compare as text; Go's zero time is none. */
export function timeAt(parent: JsonObject, key: string): string | null {
  const value = textAt(parent, key);
  if (value === null || value.startsWith('0001-01-01T00:00:00')) return null;
  const parsed = new Date(value);
  return Number.isNaN(parsed.getTime()) ? null : parsed.toISOString();
}

/** Stands for a creation time that the engine does not tell. */
export const LONG_AGO = new Date(0).toISOString();
