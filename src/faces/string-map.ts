export type StringMap = Readonly<Record<string, string>>;

/** The list form of a map, sorted by key. */
export function toKeyValues(map: StringMap): readonly { readonly key: string; readonly value: string }[] {
  return Object.keys(map)
    .sort()
    .map((key) => ({ key, value: map[key] ?? '' }));
}

/** Names that mean something else on every object: as map keys they could only do harm. */
export const FORBIDDEN_KEYS: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/** A list of `{key, value}` whose keys are not what a map may have, kept so that validation can say what is wrong. */
export class UnusableMap {
  constructor(readonly problem: string) {}
}

/** Turns the list form into a map. */
export function fromKeyValues(pairs: readonly unknown[]): StringMap | UnusableMap {
  const map: Record<string, string> = {};
  for (const pair of pairs) {
    const { key, value } = (pair ?? {}) as { key?: unknown; value?: unknown };
    if (typeof key !== 'string' || typeof value !== 'string') {
      return new UnusableMap('must be a list of {key, value}, both text');
    }
    if (FORBIDDEN_KEYS.includes(key)) return new UnusableMap(`may not have the key "${key}"`);
    if (Object.hasOwn(map, key)) return new UnusableMap(`has the key "${key}" twice`);
    map[key] = value;
  }
  return map;
}

/** What is wrong with a value that should be a map of text; undefined when it is one. */
export function stringMapProblem(value: unknown): string | undefined {
  if (value instanceof UnusableMap) return value.problem;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return 'must be a map of text to text';
  for (const key of Object.keys(value)) {
    if (key === '') return 'may not have an empty key';
    if (FORBIDDEN_KEYS.includes(key)) return `may not have the key "${key}"`;
    if (typeof (value as Record<string, unknown>)[key] !== 'string') return `"${key}" must be text`;
  }
  return undefined;
}
