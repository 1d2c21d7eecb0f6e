import { DomainError } from '../errors/domain.error.js';
import type { Scope } from './scopes.js';

/** Who asks. */
export interface Caller {
  /** Of the key that was shown; never the key itself. */
  readonly keyId: string;
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Where requests may come from, as CIDR blocks; none where from anywhere. */
  readonly clientRanges: readonly string[];
  /** Milliseconds since 1970; null where the key stays. */
  readonly expiresMs: number | null;
  /** Aborted when the key is no longer good: what is open for it is closed then. */
  readonly ended: AbortSignal;
}

/** For what asks for a scope by what the input says. Fails with `FORBIDDEN`, which names it. */
export function requireScope({ scopes }: Caller, scope: Scope, why: string): void {
  if (!scopes.has(scope)) throw new DomainError('FORBIDDEN', `${why} The key lacks the scope ${scope}.`);
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Absent where no key was shown, which only public routes allow. */
    caller?: Caller;
  }
  interface FastifyContextConfig {
    /** The route answers without a key. */
    isPublic?: boolean;
  }
}
