import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { DomainError } from '../errors/domain.error.js';
import { addressGroup } from './address-group.js';
import { MinuteCounts, type Budget } from './minute-counts.js';
import { Pace } from './pace.js';

/** What is dear comes with rests for others: the time of a unit beyond the one that each request costs. All of a minute's must fit into one. */
const UNIT_MS = 0.5;
const MINUTE_MS = 60_000;
const LONGEST_WAIT_SECONDS = 10;
const MOST_KEYS = 100_000;
const MOST_ADDRESSES = 50_000;
const MOST_ACQUAINTANCES = 10_000;

/** How often somebody may ask: with a key so often, and without a valid one much less often from one address. */
@Injectable()
export class RateLimits {
  readonly keys: MinuteCounts | null;
  readonly addresses: MinuteCounts | null;
  readonly pace: Pace | null;
  /** Keys that were good, each with where it came from. */
  private readonly acquaintances = new Set<string>();

  constructor({ rateLimits: { perKey, perAddress } }: Settings) {
    this.keys = perKey === null ? null : new MinuteCounts(perKey, MOST_KEYS);
    this.pace = perKey === null ? null : new Pace(Math.min(UNIT_MS, MINUTE_MS / perKey), MOST_KEYS, LONGEST_WAIT_SECONDS * 1_000);
    this.addresses = perAddress === null ? null : new MinuteCounts(perAddress, MOST_ADDRESSES);
  }

  /**
   * To be asked before a key is looked at, so that nothing can be learnt by trying. Fails with `RATE_LIMITED`. Whoever has come from there with
   * a good key goes on with it: a neighbour behind the same address must not be able to shut them out.
   */
  admit(address: string, shown: string | undefined): void {
    const budget = this.addresses?.look(addressGroup(address));
    if (budget === undefined || budget.remaining > 0) return;
    if (shown !== undefined && this.acquaintances.has(acquaintance(address, shown))) return;
    throw rateLimited('Too many requests without a valid API key have come from this address', budget);
  }

  /** Somebody came without a valid key. */
  noteStranger(address: string): void {
    this.addresses?.spend(addressGroup(address), 1);
  }

  /** What was shown, from there, is a good key no more, or never was. */
  forget(address: string, shown: string | undefined): void {
    if (shown !== undefined && this.acquaintances.size > 0) this.acquaintances.delete(acquaintance(address, shown));
  }

  /** What was shown, from there, is a good key. */
  noteGood(address: string, shown: string | undefined): void {
    if (this.addresses === null || shown === undefined) return;
    const known = acquaintance(address, shown);
    if (this.acquaintances.has(known)) return;
    if (this.acquaintances.size >= MOST_ACQUAINTANCES) this.acquaintances.delete(this.acquaintances.values().next().value ?? '');
    this.acquaintances.add(known);
  }

  /** What a request or operation with the key costs, from the one that every one does; undefined where keys have no limit. */
  spend(keyId: string, units: number): Budget | undefined {
    return this.keys?.spend(keyId, units);
  }

  /**
   * What one that was let in turns out to cost beyond that: it may take more than is left, and the next finds nothing. Fails with `RATE_LIMITED`
   * where others have left nothing meanwhile.
   */
  spendMore(keyId: string, units: number): void {
    this.requireLeft(keyId);
    this.keys?.spend(keyId, units);
  }

  isSpent(keyId: string): boolean {
    return this.keys?.look(keyId).isSpent === true;
  }

  /** Fails with `RATE_LIMITED` where nothing is left. */
  requireLeft(keyId: string): void {
    const budget = this.keys?.look(keyId);
    if (budget?.isSpent === true) throw keySpent(budget);
  }
}

/** Of a request or operation with a key: for what it costs beyond the one that every one does it waits until others of the key have had their time. */
export class Turn {
  private had = 0;

  constructor(
    private readonly rates: RateLimits,
    private readonly keyId: string,
  ) {}

  /** For what was spent already. Fails with `RATE_LIMITED` where it would be too long. */
  async wait(units: number): Promise<void> {
    if (units === 0) return;
    const { had } = this;
    this.had += units;
    if ((await this.rates.pace?.take(this.keyId, units, had)) !== false) return;
    throw rateLimited('Too much has been asked for at once with this API key', { resetSeconds: LONGEST_WAIT_SECONDS });
  }

  /** It turns out to cost so much more. Fails with `RATE_LIMITED`. */
  async spend(units: number): Promise<void> {
    if (units === 0) return;
    this.rates.spendMore(this.keyId, units);
    await this.wait(units);
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Absent where no key was shown. */
    turn?: Turn;
  }
}

export function keySpent(budget: Budget): DomainError {
  return rateLimited(`This API key may be used for ${budget.limit} requests a minute, and was`, budget);
}

function rateLimited(reason: string, { resetSeconds }: Pick<Budget, 'resetSeconds'>): DomainError {
  return new DomainError('RATE_LIMITED', `${reason}. Try again in ${resetSeconds} s.`, { retryAfterSeconds: resetSeconds });
}

/** The digest alone is kept: it is good for nothing but to know the key again. */
function acquaintance(address: string, shown: string): string {
  return hash('sha256', `${addressGroup(address)} ${shown.replace(/^bearer +/i, '').trim()}`, 'base64');
}
