import { Logger } from '@nestjs/common';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { isSecure } from '../../config/oidc-settings.js';
import type { IssuerSettings } from '../../config/settings.js';
import { DomainError } from '../../errors/domain.error.js';
import { readDocument } from './issuer-document.js';
import type { IssuerTimings } from './issuer-timings.js';

const logger = new Logger('IssuerKeys');

type Answer = Readonly<Record<string, unknown>>;

/**
 * The keys of one issuer, as it was last heard to have them. It is asked at the start, every ten minutes, and for a key that is not
 * known; whatever is claimed by tokens, and whether it answers or not, no more often than the timings say.
 */
export class IssuerKeys {
  /** Another one means that keys have come or gone: what was believed by those before has to be looked at again. */
  generation = 0;
  private keys: JWTVerifyGetKey | undefined;
  private text = '';
  private heardMs = Number.NEGATIVE_INFINITY;
  private askedMs = Number.NEGATIVE_INFINITY;
  private asking: Promise<void> | undefined;
  /** Why it was not heard when it was last asked. */
  private problem: string | undefined;
  private refreshing: NodeJS.Timeout | undefined;

  constructor(
    private readonly settings: IssuerSettings,
    private readonly timings: IssuerTimings,
  ) {}

  /** The service starts whether the issuer answers or not. */
  follow(): void {
    void this.ask();
    this.refreshing = setInterval(() => void this.ask(), this.timings.refreshMs).unref();
  }

  unfollow(): void {
    clearInterval(this.refreshing);
  }

  /** The key that a token's header names. Fails with `ISSUER_UNAVAILABLE` where it cannot be known whether the issuer has it. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    if (this.trusted === undefined) await this.ask();
    const before = this.trusted;
    if (before === undefined) throw this.unavailable();
    try {
      return await before(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    await this.ask();
    if (this.problem !== undefined) throw this.unavailable();
    return (this.trusted ?? before)(header, token);
  };

  /** Whether what was checked with the keys of then would be found the same now. */
  isCurrent(generation: number): boolean {
    return generation === this.generation && this.trusted !== undefined;
  }

  private get trusted(): JWTVerifyGetKey | undefined {
    return performance.now() - this.heardMs < this.timings.trustMs ? this.keys : undefined;
  }

  /** Returns when it was asked, by this call or another, or need not be asked yet. */
  private async ask(): Promise<void> {
    const pauseMs = this.problem === undefined ? this.timings.cooldownMs : this.timings.retryMs;
    if (this.asking === undefined && performance.now() - this.askedMs < pauseMs) return;
    this.asking ??= this.hear().finally(() => {
      this.asking = undefined;
    });
    await this.asking;
  }

  private async hear(): Promise<void> {
    const { issuer } = this.settings;
    const { timeoutMs } = this.timings;
    const deadline = AbortSignal.timeout(timeoutMs);
    this.askedMs = performance.now();
    try {
      this.take((await this.download(deadline)) as JSONWebKeySet);
      if (this.problem !== undefined) logger.log(`The issuer ${issuer} is heard again.`);
      this.problem = undefined;
    } catch (error) {
      const problem = deadline.aborted ? `there was no answer within ${timeoutMs} ms` : wordsOf(error);
      if (problem !== this.problem) logger.warn(`The keys of the issuer ${issuer} cannot be read: ${problem}`);
      this.problem = problem;
    }
  }

  private take(set: JSONWebKeySet): void {
    const keys = createLocalJWKSet(set);
    const text = JSON.stringify(set);
    this.heardMs = performance.now();
    if (text === this.text) return;
    [this.keys, this.text] = [keys, text];
    this.generation += 1;
    logger.log(`The issuer ${this.settings.issuer} has keys: ${set.keys.length}.`);
  }

  /** OpenID Connect Discovery 1.0, anew each time: the keys may have moved. */
  private async download(signal: AbortSignal): Promise<unknown> {
    const { issuer, ca } = this.settings;
    const options = { ca, signal };
    const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const told = ((await readDocument(new URL(address), options)) ?? {}) as Answer;
    // Else one issuer could speak for another.
    if (told.issuer !== issuer) throw new Error(`${address} speaks for another issuer: ${String(told.issuer).slice(0, 200)}`);
    const place = URL.parse(String(told.jwks_uri));
    // What is not on this machine sends us nowhere on it without TLS.
    if (place === null || !isSecure(place) || (place.protocol === 'http:' && !issuer.startsWith('http:'))) throw new Error(`${address} names no jwks_uri that begins with https://`);
    return readDocument(place, options);
  }

  private unavailable(): DomainError {
    return new DomainError('ISSUER_UNAVAILABLE', `The keys of the issuer ${this.settings.issuer} cannot be read now. Try again in a few seconds.`);
  }
}

/** Several failures, one for each address of a name, have no words together. */
function wordsOf(error: unknown): string {
  const { message, code = 'unknown' } = error as NodeJS.ErrnoException;
  return message === '' ? code : message;
}
