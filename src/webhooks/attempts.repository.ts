import { Injectable } from '@nestjs/common';
import type { Selectable } from 'kysely';
import { Database, type Writer } from '../database/database.js';
import type { Schema } from '../database/schema.js';
import { ClaimsRepository, type Claim } from './claims.repository.js';
import { GONE, retryDelayMs, type DeliveryOutcome } from './delivery-outcome.js';
import { DeliveryTimings } from './delivery-timings.js';
import type { DisabledReason, LastDelivery } from './webhook.js';

/** An attempt that was made, and how it went. */
export interface Attempt extends Claim {
  readonly outcome: DeliveryOutcome;
}

/** What an attempt means for its endpoint. */
export interface Verdict {
  readonly webhookId: string;
  readonly disable: DisabledReason;
}

type Row = Selectable<Schema['deliveries']>;

/** Notes what became of attempts. Noting one twice changes nothing. */
@Injectable()
export class AttemptsRepository {
  constructor(
    private readonly database: Database,
    private readonly claims: ClaimsRepository,
    private readonly timings: DeliveryTimings,
  ) {}

  /** Answers the endpoint's verdict, where it is to be disabled. */
  async note(transaction: Writer, attempt: Attempt): Promise<Verdict | undefined> {
    const progress = await this.lock(transaction, attempt.webhookId);
    const query = transaction.selectFrom('deliveries').selectAll().where('id', '=', attempt.deliveryId);
    const row = await query.executeTakeFirst();
    // Removed meanwhile, with its webhook or its event.
    if (progress === undefined || row === undefined) return undefined;
    await this.keep(transaction, attempt);
    // The claim was lost: how it stands now is another's to say.
    if (row.claim !== attempt.claim) return undefined;
    const now = await this.claims.now(transaction);
    const { failure, durationMs } = attempt.outcome;
    const failingSince = failure === null ? null : (progress.failing_since_ms ?? now - durationMs);
    const isGivenUp = await this.settle(transaction, row, attempt.outcome, now);
    await this.noteProgress(transaction, attempt, failingSince, now);
    if (attempt.outcome.status === GONE) return { webhookId: attempt.webhookId, disable: 'gone' };
    const hasFailedThroughout = failingSince !== null && failingSince <= now - this.timings.giveUpMs;
    return isGivenUp && hasFailedThroughout ? { webhookId: attempt.webhookId, disable: 'failing' } : undefined;
  }

  private async lock(transaction: Writer, webhookId: string) {
    const query = transaction.selectFrom('webhook_progress').selectAll().where('webhook_id', '=', webhookId);
    return query.modifyEnd(this.database.dialect.forUpdate).executeTakeFirst();
  }

  private async keep(transaction: Writer, { deliveryId, claim, outcome }: Attempt): Promise<void> {
    const { at, durationMs, status, failure, detail, responseHead } = outcome;
    await transaction
      .insertInto('delivery_attempts')
      .values({
        ...{ delivery_id: deliveryId, claim, at_ms: Date.parse(at), duration_ms: durationMs },
        ...{ status, failure, detail, response_head: responseHead },
      })
      .onConflict((conflict) => conflict.columns(['delivery_id', 'claim']).doNothing())
      .execute();
  }

  /** Answers whether the delivery is given up. */
  private async settle(transaction: Writer, row: Row, outcome: DeliveryOutcome, now: number): Promise<boolean> {
    const attempts = row.attempts + 1;
    const firstAttempt = row.first_attempt_ms ?? now - outcome.durationMs;
    const endsAt = firstAttempt + this.timings.giveUpMs;
    const isHopeless = outcome.status === GONE || outcome.failure === 'tooLarge';
    const isGivenUp = outcome.failure !== null && (now >= endsAt || isHopeless);
    const done = { claim: null, attempts, first_attempt_ms: firstAttempt };
    const set = transaction.updateTable('deliveries').where('id', '=', row.id);
    if (outcome.failure === null) {
      await set.set({ ...done, state: 'delivered', due_ms: null, finished_ms: now }).execute();
    } else if (row.state !== 'pending') {
      await set.set(done).execute();
    } else if (isGivenUp) {
      await set.set({ ...done, state: 'failed', due_ms: null, finished_ms: now }).execute();
    } else {
      const due = now + retryDelayMs(attempts, outcome.retryAfterMs, this.timings);
      await set.set({ ...done, due_ms: Math.min(due, endsAt) }).execute();
    }
    const letsOthersPass = outcome.failure === null || isGivenUp || attempts >= this.timings.orderedAttempts;
    if (letsOthersPass) await this.claims.bringBack(transaction, row.webhook_id, row.subject);
    return isGivenUp;
  }

  private async noteProgress(
    transaction: Writer,
    { webhookId, deliveryId, outcome }: Attempt,
    failingSince: number | null,
    now: number,
  ): Promise<void> {
    const { at, status, failure, retryAfterMs } = outcome;
    const last: LastDelivery = { deliveryId, at, status, failure };
    // A receiver that asks for time asks for it for all of its deliveries.
    const hold = retryAfterMs === null ? {} : { hold_until_ms: now + retryDelayMs(1, retryAfterMs, this.timings) };
    await transaction
      .updateTable('webhook_progress')
      .set({ failing_since_ms: failingSince, last_attempt: JSON.stringify(last), ...hold })
      .where('webhook_id', '=', webhookId)
      .execute();
  }
}
