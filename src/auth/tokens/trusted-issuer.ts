import { errors, jwtVerify, type JWTPayload } from 'jose';
import type { IssuerSettings } from '../../config/settings.js';
import { granted, type Grant } from './grants.js';
import type { IssuerKeys } from './issuer-keys.js';
import { TokenCaller } from './token-caller.js';

/** Of RFC 7519, and RFC 9068 for access tokens. Other kinds of token, as those that log somebody out, are signed by the same keys. */
const TYPES = ['jwt', 'at+jwt', 'application/jwt', 'application/at+jwt'];
/** OpenID Connect's bound; what cannot be seen, or kept in a database, names nobody. */
const SUBJECT = /^\P{C}{1,255}$/u;
/** The last moment that a date can tell. */
const END_OF_TIME_MS = 8_640_000_000_000_000;

/** An issuer whose tokens are taken. */
export class TrustedIssuer {
  constructor(
    private readonly settings: IssuerSettings,
    private readonly grants: readonly Grant[],
    readonly keys: IssuerKeys,
  ) {}

  /** Fails with errors of jose, and as its keys do. */
  async verify(token: string): Promise<TokenCaller> {
    const { issuer, audiences, algorithms, clockSkewSeconds } = this.settings;
    const { payload, protectedHeader } = await jwtVerify(token, this.keys.find, {
      ...{ issuer, audience: [...audiences], algorithms: [...algorithms], clockTolerance: clockSkewSeconds },
      requiredClaims: ['exp', 'sub'],
    });
    const { exp = 0, iat, sub } = payload;
    const { typ = 'JWT' } = protectedHeader;
    if (typeof typ !== 'string' || !TYPES.includes(typ.toLowerCase())) throw unfit('typ', payload);
    if (typeof sub !== 'string' || !SUBJECT.test(sub)) throw unfit('sub', payload);
    if (iat !== undefined && iat * 1_000 > Date.now() + clockSkewSeconds * 1_000) throw unfit('iat', payload);
    const expiresMs = Math.min(Math.floor(exp * 1_000), END_OF_TIME_MS);
    return new TokenCaller({
      ...{ issuer, subject: sub, ...granted(payload, this.grants) },
      ...{ expiresMs, endsMs: expiresMs + clockSkewSeconds * 1_000 },
    });
  }
}

function unfit(claim: string, payload: JWTPayload): Error {
  return new errors.JWTClaimValidationFailed(`"${claim}" does not fit`, payload, claim);
}
