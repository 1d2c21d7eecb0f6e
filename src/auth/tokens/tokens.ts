import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { decodeJwt } from 'jose';
import { Settings, SettingsError, type GrantSettings, type IssuerSettings } from '../../config/settings.js';
import { SelectorError } from '../../sight/selector.js';
import { Sight } from '../../sight/sight.js';
import type { Caller } from '../caller.js';
import { digestOf } from '../keyring.js';
import { isScope, SCOPES } from '../scopes.js';
import type { Grant } from './grants.js';
import { IssuerKeys } from './issuer-keys.js';
import { IssuerTimings } from './issuer-timings.js';
import type { TokenCaller } from './token-caller.js';
import { notValid, tokenFault } from './token-fault.js';
import { TrustedIssuer } from './trusted-issuer.js';

/** Of a JWT that is signed, or that says it needs no signature. */
const FORM = /^[\w-]+\.[\w-]+\.[\w-]*$/;
/** As much as a header can hold; messages of a WebSocket can hold more. */
const LONGEST = 16_384;
/** Some callers come with a new token each time, and each of them is good for an hour. */
const MOST_KNOWN = 10_000;

interface Known {
  readonly caller: TokenCaller;
  readonly issuer: TrustedIssuer;
  /** Of the keys that it was checked with. */
  readonly generation: number;
}

/** Knows who a token of a trusted issuer belongs to. */
@Injectable()
export class Tokens implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  private issuers: ReadonlyMap<string, TrustedIssuer> = new Map();
  /** Those that were checked, by their digest: a signature is checked once. */
  private readonly known = new Map<string, Known>();

  constructor(
    private readonly settings: Settings,
    private readonly timings: IssuerTimings,
  ) {}

  /** Fails with a `SettingsError` where a scope is granted that there is not. */
  onModuleInit(): void {
    this.issuers = new Map(this.settings.oidcIssuers.map((issuer, index) => [issuer.issuer, trust(issuer, index, this.timings)]));
  }

  onApplicationBootstrap(): void {
    for (const { keys } of this.issuers.values()) keys.follow();
  }

  onApplicationShutdown(): void {
    for (const { keys } of this.issuers.values()) keys.unfollow();
  }

  /** Whether this has the form of what an issuer gives out, and there is one. */
  canBe(shown: string): boolean {
    return this.issuers.size > 0 && shown.length <= LONGEST && FORM.test(shown);
  }

  /** Fails with `UNAUTHENTICATED`, and with `ISSUER_UNAVAILABLE` where its issuer would have to be asked and does not answer. */
  async verify(token: string): Promise<Caller> {
    const digest = digestOf(token);
    const known = this.known.get(digest);
    if (known !== undefined) {
      if (!known.caller.isOver && known.issuer.keys.isCurrent(known.generation)) return known.caller;
      this.known.delete(digest);
    }
    try {
      return await this.check(token, digest);
    } catch (error) {
      throw tokenFault(error);
    }
  }

  private async check(token: string, digest: string): Promise<Caller> {
    const issuer = this.issuers.get(decodeJwt(token).iss ?? '');
    if (issuer === undefined) throw notValid('The token is of an issuer that is not trusted here (iss).');
    const { generation } = issuer.keys;
    const caller = await issuer.verify(token);
    // Asked for at the same time, it was checked twice; whoever comes first is the one.
    const other = this.known.get(digest);
    if (other !== undefined && issuer.keys.isCurrent(other.generation)) return other.caller;
    this.known.set(digest, { caller, issuer, generation });
    this.forgetOldest();
    return caller;
  }

  private forgetOldest(): void {
    const [oldest] = this.known.keys();
    if (this.known.size > MOST_KNOWN && oldest !== undefined) this.known.delete(oldest);
  }
}

function trust(settings: IssuerSettings, index: number, timings: IssuerTimings): TrustedIssuer {
  const grants = settings.grants.map((grant, at) => requireGrant(grant, `issuer ${index + 1}, grant ${at + 1}`));
  return new TrustedIssuer(settings, grants, new IssuerKeys(settings, timings));
}

/** Fails with a `SettingsError`. */
function requireSight({ engines, selector }: GrantSettings, where: string): Sight {
  try {
    return Sight.of(engines, selector);
  } catch (error) {
    if (error instanceof SelectorError) throw new SettingsError('FAIRLEAD_OIDC_ISSUERS', `${where}: "selector" ${error.message}`);
    throw error;
  }
}

/** Fails with a `SettingsError`. */
function requireGrant(grant: GrantSettings, where: string): Grant {
  const unknown = grant.scopes.find((scope) => !isScope(scope));
  if (unknown === undefined) return { ...grant, scopes: grant.scopes.filter(isScope), sight: requireSight(grant, where) };
  throw new SettingsError('FAIRLEAD_OIDC_ISSUERS', `${where}: "${unknown}" is not a scope; there are ${SCOPES.join(', ')}`);
}
