import { isObject } from '../engine-json.js';

/**
 * What a body may hold. Names are as they are written here: an engine reads them in any case, and takes `privileged` for
 * `Privileged`, so whatever is written otherwise is not on the list.
 */
export type BodyShape =
  | { readonly is: 'nothing' }
  | { readonly is: 'one value' }
  | { readonly is: 'list'; readonly of: BodyShape }
  /** Names that callers choose, such as those of labels. */
  | { readonly is: 'map'; readonly of: BodyShape }
  | { readonly is: 'fields'; readonly of: Readonly<Record<string, BodyShape>> }
  | { readonly is: 'anything' };

export const NOTHING: BodyShape = { is: 'nothing' };
export const ONE_VALUE: BodyShape = { is: 'one value' };
export const ANYTHING: BodyShape = { is: 'anything' };

export const listOf = (of: BodyShape): BodyShape => ({ is: 'list', of });
export const mapOf = (of: BodyShape): BodyShape => ({ is: 'map', of });
export const fields = (of: Readonly<Record<string, BodyShape>>): BodyShape => ({ is: 'fields', of });
/** Fields that hold one value each. */
export const values = (...names: readonly string[]): Readonly<Record<string, BodyShape>> =>
  Object.fromEntries(names.map((name) => [name, ONE_VALUE]));

/** The first part of a body that its shape does not allow; undefined where there is none. */
export function firstForeign(body: unknown, shape: BodyShape, at = 'the body'): string | undefined {
  // What JSON leaves out is not sent.
  if (body === undefined || shape.is === 'anything') return undefined;
  switch (shape.is) {
    case 'nothing':
      return isObject(body) && Object.values(body).every((value) => value === undefined) ? undefined : at;
    case 'one value':
      return typeof body === 'object' && body !== null ? at : undefined;
    case 'list':
      if (!Array.isArray(body)) return at;
      return firstOf(body.map((item: unknown, index) => firstForeign(item, shape.of, `${at}[${index}]`)));
    case 'map':
      if (!isObject(body)) return at;
      return firstOf(Object.entries(body).map(([key, value]) => firstForeign(value, shape.of, `${at}.${key}`)));
    case 'fields':
      if (!isObject(body)) return at;
      return firstOf(Object.entries(body).map(([key, value]) => foreignField(key, value, shape.of, at)));
  }
}

function foreignField(key: string, value: unknown, known: Readonly<Record<string, BodyShape>>, at: string): string | undefined {
  const shape = Object.hasOwn(known, key) ? known[key] : undefined;
  if (shape !== undefined) return firstForeign(value, shape, `${at}.${key}`);
  return value === undefined ? undefined : `${at}.${key}`;
}

function firstOf(found: readonly (string | undefined)[]): string | undefined {
  return found.find((part) => part !== undefined);
}
