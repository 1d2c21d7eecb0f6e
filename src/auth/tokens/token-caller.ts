import type { Sight } from '../../sight/sight.js';
import type { Caller } from '../caller.js';
import type { Scope } from '../scopes.js';

/** The longest that timers can wait. A stream that is open for longer is cut then, and can be opened anew. */
const LONGEST_TIMER_MS = 2_147_483_647;

export interface TokenFacts {
  readonly issuer: string;
  readonly subject: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly sight: Sight;
  /** As the token says. */
  readonly expiresMs: number;
  /** When it is refused from, the issuer's clock allowed for. */
  readonly endsMs: number;
}

/** Who comes with a token: the same, whichever of its tokens a subject comes with. */
export class TokenCaller implements Caller {
  /** No address of an issuer has a `#`, and no id of a key has a `:`. */
  readonly keyId: string;
  readonly name: string;
  readonly issuer: string;
  readonly subject: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly sight: Sight;
  readonly clientRanges: readonly string[] = [];
  readonly expiresMs: number;
  private readonly endsMs: number;
  private signal: AbortSignal | undefined;

  constructor({ issuer, subject, scopes, sight, expiresMs, endsMs }: TokenFacts) {
    this.keyId = `${issuer}#${subject}`;
    this.name = this.keyId;
    this.issuer = issuer;
    this.subject = subject;
    this.scopes = scopes;
    this.sight = sight;
    this.expiresMs = expiresMs;
    this.endsMs = endsMs;
  }

  get isOver(): boolean {
    return this.endsMs <= Date.now();
  }

  /** Its timer is set where something is kept open only: most callers ask once, and are gone. */
  get ended(): AbortSignal {
    return (this.signal ??= AbortSignal.timeout(Math.min(Math.max(0, this.endsMs - Date.now()), LONGEST_TIMER_MS)));
  }
}
