import type { JWTPayload } from 'jose';
import type { GrantSettings } from '../../config/settings.js';
import { SCOPES, type Scope } from '../scopes.js';

/** What a claim of a token allows its bearer. */
export interface Grant extends GrantSettings {
  readonly scopes: readonly Scope[];
}

/** Texts of words between spaces, as RFC 6749 and RFC 8693 have them. Any other text is one value: who may choose it could add words. */
const LISTS_OF_WORDS = ['scope', 'scp'];

/** All that its claims allow, together. None is no mistake: whoever it is is known, and may do nothing. */
export function grantedScopes(claims: JWTPayload, grants: readonly Grant[]): ReadonlySet<Scope> {
  const met = grants.filter(({ claim, value }) => valuesOf(claims, claim).includes(value));
  return new Set(met.flatMap(({ scopes }) => scopes));
}

export function isScope(text: string): text is Scope {
  return (SCOPES as readonly string[]).includes(text);
}

function valuesOf(claims: JWTPayload, claim: readonly string[]): readonly unknown[] {
  const found = claim.reduce<unknown>((within, name) => {
    if (typeof within !== 'object' || within === null || !Object.hasOwn(within, name)) return undefined;
    return (within as Readonly<Record<string, unknown>>)[name];
  }, claims);
  if (Array.isArray(found)) return found;
  const [name = '', ...deeper] = claim;
  const isWords = deeper.length === 0 && LISTS_OF_WORDS.includes(name);
  return isWords && typeof found === 'string' ? found.split(' ') : [found];
}
