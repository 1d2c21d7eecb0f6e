import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { DomainError } from '../errors/domain.error.js';
import type { MinuteCounts } from './minute-counts.js';
import { RateCountsRepository } from './rate-counts.repository.js';
import { RateLimits } from './rate-limits.js';

/** How far behind the others' counts may be. */
const EXCHANGE_MS = 1_000;
/** Of its limit somebody must have used so much to be told of: most never have, and cost no write. */
const NOTABLE = 0.05;
const MOST_TOLD = 1_000;

/** Lets the processes on one database add up what they count. While it is away each counts for itself. */
@Injectable()
export class RateExchange implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(RateExchange.name);
  private readonly process = randomUUID();
  private readonly stopping = new AbortController();
  private exchanging: Promise<void> = Promise.resolve();
  /** What was told last; the same again need not be. */
  private told = '';

  constructor(
    private readonly limits: RateLimits,
    private readonly repository: RateCountsRepository,
  ) {}

  onApplicationBootstrap(): void {
    const { keys, addresses } = this.limits;
    const counted = [...(keys ? [['key', keys] as const] : []), ...(addresses ? [['address', addresses] as const] : [])];
    if (counted.length > 0) this.exchanging = this.goOn(counted);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.exchanging;
  }

  private async goOn(counted: Counted): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await delay(EXCHANGE_MS, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        await this.exchange(counted);
      } catch (error) {
        // The database has told of its own failures.
        if (!(error instanceof DomainError)) this.logger.error(error);
      }
    }
  }

  private async exchange(counted: Counted): Promise<void> {
    const minute = Math.max(...counted.map(([, counts]) => counts.minute));
    const notable = counted.flatMap(([kind, counts]) => [...counts.notable(NOTABLE)].map(([who, count]) => [`${kind} ${who}`, count] as const));
    const told = JSON.stringify([minute, notable]);
    if (notable.length > 0 && told !== this.told) {
      await this.repository.tell(this.process, minute, new Map(notable.slice(0, MOST_TOLD)));
      this.told = told;
    }
    const heard = await this.repository.ofOthers(this.process, minute);
    for (const [kind, counts] of counted) counts.hear(minute, ofKind(kind, heard));
  }
}

type Counted = readonly (readonly [kind: string, counts: MinuteCounts])[];

function ofKind(kind: string, heard: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const prefix = `${kind} `;
  return new Map([...heard].filter(([subject]) => subject.startsWith(prefix)).map(([subject, count]) => [subject.slice(prefix.length), count]));
}
