import { Injectable } from '@nestjs/common';
import { OutboxRepository } from '../outbox/outbox.repository.js';
import { FAILURES, type Failure } from '../outgoing/request-outcome.js';

export const OUTCOMES = ['delivered', ...FAILURES] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** What this process has delivered, for the metrics. */
@Injectable()
export class DeliveryTally {
  private readonly counts = new Map<Outcome, number>(OUTCOMES.map((outcome) => [outcome, 0]));

  constructor(private readonly deliveries: OutboxRepository) {}

  count(failure: Failure | null): void {
    const outcome = failure ?? 'delivered';
    this.counts.set(outcome, (this.counts.get(outcome) ?? 0) + 1);
  }

  get attempts(): ReadonlyMap<Outcome, number> {
    return this.counts;
  }

  /** Of all processes on the database. */
  async pending(): Promise<number> {
    return this.deliveries.countPending();
  }
}
