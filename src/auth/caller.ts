import type { Settings } from '../config/settings.js';
import { DomainError } from '../errors/domain.error.js';
import type { Sight } from '../sight/sight.js';
import type { Scope } from './scopes.js';

/** Who asks. */
export interface Caller {
  /** Of the key that was shown, never the key itself; of a token `<issuer>#<subject>`, which no id of a key is like. */
  readonly keyId: string;
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Where requests may come from, as CIDR blocks; none where from anywhere. */
  readonly clientRanges: readonly string[];
  /** What it may see. */
  readonly sight: Sight;
  /** Who vouches for the caller, and for whom; absent where a key was shown. */
  readonly issuer?: string;
  readonly subject?: string;
  /** Milliseconds since 1970; null where the key stays. */
  readonly expiresMs: number | null;
  /** Aborted when the key or token is no longer good: what is open for it is closed then. */
  readonly ended: AbortSignal;
  /** It was good when it was shown, and no longer is. */
  readonly isOver: boolean;
}

/** For telling a caller what it lacks. */
export function nameOfMeans({ issuer }: Caller): 'key' | 'token' {
  return issuer === undefined ? 'key' : 'token';
}

/** A body may take its time to come, and a mutation may hold many changes. Fails with `UNAUTHENTICATED`. */
export function requireGood(caller: Caller): void {
  if (caller.isOver) throw new DomainError('UNAUTHENTICATED', `The ${caller.issuer === undefined ? 'API key' : 'token'} is no longer valid.`);
}

/** Fails with `FORBIDDEN`, which names the scope; after the reason, where it is the input that asks for it. */
export function requireScope(caller: Caller, scope: Scope, why?: string): void {
  if (caller.scopes.has(scope)) return;
  const lack = `The ${nameOfMeans(caller)} lacks the scope ${scope}.`;
  throw new DomainError('FORBIDDEN', why === undefined ? lack : `${why} ${lack}`);
}

/** Fails with `FORBIDDEN`, after who would be in the network of the host. */
export function requireHostNetwork(caller: Caller, { allowHostNetwork }: Settings, who: string): void {
  requireScope(caller, 'containers:host-network', `${who} would be in the network of the host.`);
  if (allowHostNetwork) return;
  const detail = 'Host network mode is off. FAIRLEAD_ALLOW_HOST_NETWORK turns it on for the whole service.';
  throw new DomainError('FORBIDDEN', detail);
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Absent where neither key nor token was shown, which only public routes allow. */
    caller?: Caller;
  }
  interface FastifyContextConfig {
    /** The route answers without a key. */
    isPublic?: boolean;
  }
}
