import { Injectable } from '@nestjs/common';
import type { Selectable } from 'kysely';
import { Database, type Writer } from '../database/database.js';
import type { Schema } from '../database/schema.js';
import type { RequestOutcome } from '../outgoing/request-outcome.js';
import type { DisabledReason, LastDelivery } from '../webhooks/webhook.js';
import { ClaimsRepository, type Claim } from './claims.repository.js';
import { DeliveryTimings } from './delivery-timings.js';
import { retryDelayMs } from './retry-delay.js';

const GONE = 410;

/** An attempt that was made, and how it went. */
export interface Attempt extends Claim {
  readonly outcome: RequestOutcome;
}

/** What attempts mean for their endpoint. */
export interface Verdict {
  readonly webhookId: string;
  readonly disable: DisabledReason;
}

type Row = Selectable<Schema['deliveries']>;

/** An attempt that still has its claim, with its delivery as it stands. */
interface Noted extends Attempt {
  readonly row: Row;
}

/** Notes what became of attempts. Noting one twice changes nothing. */
@Injectable()
export class AttemptsRepository {
  constructor(
    private readonly database: Database,
    private readonly claims: ClaimsRepository,
    private readonly timings: DeliveryTimings,
  ) {}

  /** Those on one endpoint, in the order in which they ended. Answers its verdict, where it is to be disabled. */
  async note(transaction: Writer, webhookId: string, attempts: readonly Attempt[]): Promise<Verdict | undefined> {
    const progress = await this.lock(transaction, webhookId);
    const ids = attempts.map(({ deliveryId }) => deliveryId);
    const rows = await transaction.selectFrom('deliveries').selectAll().where('id', 'in', ids).execute();
    const rowOf = new Map(rows.map((row) => [row.id, row]));
    // The others were removed meanwhile, with the webhook or their events.
    const kept = attempts.filter(({ deliveryId }) => rowOf.has(deliveryId));
    if (progress === undefined || kept.length === 0) return undefined;
    await this.keep(transaction, kept);
    // Where the claim was lost, how the delivery stands now is another's to say.
    const noted = kept.flatMap((attempt): Noted[] => {
      const row = rowOf.get(attempt.deliveryId);
      return row?.claim === attempt.claim ? [{ ...attempt, row }] : [];
    });
    const last = noted.at(-1);
    if (last === undefined) return undefined;
    const now = await this.claims.now(transaction);
    const failingSince = noted.reduce<number | null>(
      (since, { outcome }) => (outcome.failure === null ? null : (since ?? now - outcome.durationMs)),
      progress.failing_since_ms,
    );
    const isOneGivenUp = await this.settle(transaction, webhookId, noted, now);
    await this.noteProgress(transaction, noted, last, { failingSince, now });
    if (noted.some(({ outcome }) => outcome.status === GONE)) return { webhookId, disable: 'gone' };
    const hasFailedThroughout = failingSince !== null && failingSince <= now - this.timings.giveUpMs;
    return isOneGivenUp && hasFailedThroughout ? { webhookId, disable: 'failing' } : undefined;
  }

  private async lock(transaction: Writer, webhookId: string) {
    const query = transaction.selectFrom('webhook_progress').selectAll().where('webhook_id', '=', webhookId);
    return query.modifyEnd(this.database.dialect.forUpdate).executeTakeFirst();
  }

  private async keep(transaction: Writer, attempts: readonly Attempt[]): Promise<void> {
    const rows = attempts.map(({ deliveryId, claim, outcome }) => {
      const { at, durationMs, status, failure, detail, responseHead } = outcome;
      return {
        ...{ delivery_id: deliveryId, claim, at_ms: Date.parse(at), duration_ms: durationMs },
        ...{ status, failure, detail, response_head: responseHead },
      };
    });
    await transaction
      .insertInto('delivery_attempts')
      .values(rows)
      .onConflict((conflict) => conflict.columns(['delivery_id', 'claim']).doNothing())
      .execute();
  }

  /** Answers whether one of the deliveries is given up. */
  private async settle(transaction: Writer, webhookId: string, noted: readonly Noted[], now: number): Promise<boolean> {
    const taken = noted.filter(({ outcome }) => outcome.failure === null);
    await this.settleTaken(transaction, taken.map(({ deliveryId }) => deliveryId), now);
    const passed = new Set(taken.map(({ row }) => row.subject));
    let isOneGivenUp = false;
    for (const { row, outcome } of noted.filter((attempt) => attempt.outcome.failure !== null)) {
      const isGivenUp = await this.settleFailed(transaction, row, outcome, now);
      isOneGivenUp ||= isGivenUp;
      if (isGivenUp || row.attempts + 1 >= this.timings.orderedAttempts) passed.add(row.subject);
    }
    await this.claims.bringBack(transaction, webhookId, [...passed]);
    return isOneGivenUp;
  }

  private async settleTaken(transaction: Writer, ids: readonly string[], now: number): Promise<void> {
    if (ids.length === 0) return;
    await transaction
      .updateTable('deliveries')
      .set((builder) => ({
        ...{ state: 'delivered', due_ms: null, claim: null, finished_ms: now },
        attempts: builder('attempts', '+', 1),
        first_attempt_ms: builder.fn.coalesce('first_attempt_ms', builder.val(now)),
      }))
      .where('id', 'in', ids)
      .execute();
  }

  /** Answers whether it is given up. */
  private async settleFailed(transaction: Writer, row: Row, outcome: RequestOutcome, now: number): Promise<boolean> {
    const attempts = row.attempts + 1;
    const firstAttempt = row.first_attempt_ms ?? now - outcome.durationMs;
    const endsAt = firstAttempt + this.timings.giveUpMs;
    const isHopeless = outcome.status === GONE || outcome.failure === 'tooLarge';
    const isGivenUp = row.state === 'pending' && (isHopeless || now >= endsAt);
    const due = Math.min(endsAt, now + retryDelayMs(attempts, outcome.retryAfterMs, this.timings));
    await transaction
      .updateTable('deliveries')
      .set({
        ...{ claim: null, attempts, first_attempt_ms: firstAttempt },
        ...(isGivenUp ? { state: 'failed', due_ms: null, finished_ms: now } : {}),
        ...(row.state === 'pending' && !isGivenUp ? { due_ms: due } : {}),
      })
      .where('id', '=', row.id)
      .execute();
    return isGivenUp;
  }

  private async noteProgress(
    transaction: Writer,
    noted: readonly Noted[],
    { webhookId, deliveryId, outcome: { at, status, failure } }: Noted,
    { failingSince, now }: { failingSince: number | null; now: number },
  ): Promise<void> {
    const last: LastDelivery = { deliveryId, at, status, failure };
    // A receiver that asks for time asks for it for all of its deliveries.
    const asked = noted.flatMap(({ outcome: { retryAfterMs } }) => (retryAfterMs === null ? [] : [retryAfterMs]));
    const hold = asked.length === 0 ? {} : { hold_until_ms: now + retryDelayMs(1, Math.max(...asked), this.timings) };
    await transaction
      .updateTable('webhook_progress')
      .set({ failing_since_ms: failingSince, last_attempt: JSON.stringify(last), ...hold })
      .where('webhook_id', '=', webhookId)
      .execute();
  }
}
