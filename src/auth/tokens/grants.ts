import type { JWTPayload } from 'jose';
import type { GrantSettings } from '../../config/settings.js';
import { Sight } from '../../sight/sight.js';
import type { Scope } from '../scopes.js';

/** What a claim of a token allows its bearer. */
export interface Grant extends Pick<GrantSettings, 'claim' | 'value'> {
  readonly scopes: readonly Scope[];
  readonly sight: Sight;
}

/** What a token allows. */
export interface Granted {
  readonly scopes: ReadonlySet<Scope>;
  readonly sight: Sight;
}

/** Texts of words between spaces, as RFC 6749 and RFC 8693 have them. Any other text is one value: who may choose it could add words. */
const LISTS_OF_WORDS = ['scope', 'scp'];

/**
 * What any of its claims allows, on what all of those claims show: another claim never widens what one has narrowed. No scope is
 * no mistake: whoever it is is known, and may do nothing; so it is where the claims show nothing together.
 */
export function granted(claims: JWTPayload, grants: readonly Grant[]): Granted {
  const met = grants.filter(({ claim, value }) => valuesOf(claims, claim).includes(value));
  const sight = met.reduce<Sight | undefined>((seen, grant) => seen?.within(grant.sight), Sight.EVERYTHING);
  if (sight === undefined) return { scopes: new Set(), sight: Sight.EVERYTHING };
  return { scopes: new Set(met.flatMap(({ scopes }) => scopes)), sight };
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
