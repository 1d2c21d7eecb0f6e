import type { Scope } from './scopes.js';

/** Who asks. */
export interface Caller {
  /** Of the key that was shown; never the key itself. */
  readonly keyId: string;
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
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
