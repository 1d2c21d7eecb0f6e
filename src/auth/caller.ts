import type { Scope } from './scopes.js';

/** Who asks. */
export interface Caller {
  /** Of the key that was shown; never the key itself. */
  readonly keyId: string;
  readonly name: string;
  /** Of the token that was shown, where it was no key. */
  readonly subject?: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Where requests may come from, as CIDR blocks; none where from anywhere. */
  readonly clientRanges: readonly string[];
  /** Milliseconds since 1970; null where the key stays. */
  readonly expiresMs: number | null;
  /** Aborted when the key is no longer good: what is open for it is closed then. */
  readonly ended: AbortSignal;
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
