import { Injectable } from '@nestjs/common';
import { DomainError } from '../errors/domain.error.js';
import { ApiKeys } from './api-keys.js';
import type { Caller } from './caller.js';
import { Tokens } from './tokens/tokens.js';

const BEARER = /^Bearer +(?<shown>[\x21-\x7e]+) *$/i;

/** Who comes, whatever they show and whichever way they come. */
@Injectable()
export class Doorkeeper {
  constructor(
    private readonly keys: ApiKeys,
    private readonly tokens: Tokens,
  ) {}

  /** Who sends this `Authorization`, from this address. Fails as keys and tokens do. */
  async admit(authorization: string | undefined, address: string): Promise<Caller> {
    if (authorization === undefined) {
      throw new DomainError('UNAUTHENTICATED', 'Send an API key or a token, as the header Authorization: Bearer <key or token>.');
    }
    const shown = BEARER.exec(authorization)?.groups?.shown;
    if (shown === undefined) throw new DomainError('UNAUTHENTICATED', 'The header must be Authorization: Bearer <key or token>.');
    // The administrator's key may be any text, and stored keys have no dots.
    if (this.tokens.canBe(shown) && !this.keys.isAdministrators(shown)) return this.tokens.verify(shown);
    return this.keys.authenticate(shown, address);
  }
}
