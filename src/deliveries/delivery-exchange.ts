import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { LoggedEvent } from '../event-log/event-filter.js';
import { EventLogRepository } from '../event-log/event-log.repository.js';
import { shownEvent } from '../event-log/event-view.js';
import type { FairleadEvent } from '../events/event.js';
import { WebhooksRepository, type Endpoint } from '../webhooks/webhooks.repository.js';
import { AttemptsRepository, type Attempt, type Verdict } from './attempts.repository.js';
import { ClaimsRepository, type Claim } from './claims.repository.js';

/** A claim with all that is needed to use it. */
export interface Parcel {
  readonly claim: Claim;
  readonly endpoint: Endpoint;
  /** As the endpoint may be shown it now. */
  readonly event: FairleadEvent;
}

export interface Exchanged {
  readonly parcels: readonly Parcel[];
  readonly verdicts: readonly Verdict[];
  readonly isMore: boolean;
}

/** What a worker has done for what it is to do next, in one transaction: many attempts cost one write to the disk. */
@Injectable()
export class DeliveryExchange {
  constructor(
    private readonly database: Database,
    private readonly claims: ClaimsRepository,
    private readonly attempts: AttemptsRepository,
    private readonly webhooks: WebhooksRepository,
    private readonly log: EventLogRepository,
  ) {}

  async whenOpen(): Promise<void> {
    await this.database.whenOpen();
  }

  async isAnythingDue(): Promise<boolean> {
    return this.database.read(async (db) => (await this.claims.due(db)).length > 0);
  }

  /** Endpoints whose secrets this process cannot open. */
  async countOfOtherKeys(keyId: string): Promise<number> {
    return this.webhooks.countOfOtherKeys(keyId);
  }

  async exchange(finished: readonly Attempt[], capacity: number, keyId: string): Promise<Exchanged> {
    return this.database.write(async (transaction) => {
      const verdicts: Verdict[] = [];
      // In one order, so that processes which note for the same endpoints wait for each other rather than both.
      const byWebhook = Map.groupBy(finished, ({ webhookId }) => webhookId);
      for (const webhookId of [...byWebhook.keys()].sort()) {
        const verdict = await this.attempts.note(transaction, webhookId, byWebhook.get(webhookId) ?? []);
        if (verdict !== undefined) verdicts.push(verdict);
      }
      const claims: Claim[] = [];
      let isMore = false;
      const due = capacity > 0 ? await this.claims.due(transaction) : [];
      // Those of another key are left to processes that have it.
      const own = due.filter((endpoint) => endpoint.keyId === keyId).map(({ id }) => id);
      for (const webhookId of fairly(own)) {
        if (claims.length >= capacity) break;
        const taken = await this.claims.claim(transaction, webhookId, capacity - claims.length);
        claims.push(...taken.claims);
        isMore ||= taken.isMore;
      }
      const endpoints = await this.webhooks.endpoints(transaction, [...new Set(claims.map(({ webhookId }) => webhookId))]);
      const events = await this.log.at(transaction, [...new Set(claims.map(({ position }) => position))]);
      return { parcels: parcelsOf(claims, endpoints, events), verdicts, isMore };
    });
  }
}

/** Beginning anywhere: where there is not enough capacity for all, none is always the last. */
function fairly(ids: readonly string[]): readonly string[] {
  const start = Math.floor(Math.random() * ids.length);
  return [...ids.slice(start), ...ids.slice(0, start)];
}

function parcelsOf(
  claims: readonly Claim[],
  endpoints: ReadonlyMap<string, Endpoint>,
  events: readonly LoggedEvent[],
): Parcel[] {
  const eventAt = new Map(events.map((logged) => [logged.position, logged]));
  return claims.flatMap((claim) => {
    const [endpoint, logged] = [endpoints.get(claim.webhookId), eventAt.get(claim.position)];
    return endpoint === undefined || logged === undefined ? [] : [{ claim, endpoint, event: shownEvent(logged, endpoint.maker.sight) }];
  });
}
