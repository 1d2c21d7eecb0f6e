import type { EventSubject, EventType } from '../events/event.js';
import type { RequestOutcome } from '../outgoing/request-outcome.js';

export const DELIVERY_STATES = ['pending', 'delivered', 'failed', 'cancelled'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** One try to deliver, and how it went. */
export type DeliveryAttempt = Omit<RequestOutcome, 'retryAfterMs'>;

/** One event on its way to one webhook. */
export interface Delivery {
  readonly id: string;
  readonly webhookId: string;
  /** What the receiver sees as `webhook-id`. */
  readonly eventId: string;
  readonly eventCursor: string;
  readonly eventType: EventType;
  readonly subject: EventSubject;
  readonly state: DeliveryState;
  /** Since it was last queued. */
  readonly attemptCount: number;
  readonly queuedAt: string;
  /** null where it waits for an earlier one about the same subject, is being sent, or is done. */
  readonly nextAttemptAt: string | null;
  readonly finishedAt: string | null;
}

export interface DeliveryWithAttempts extends Delivery {
  /** Oldest first, those before a redelivery included. */
  readonly attempts: readonly DeliveryAttempt[];
}

/** How many deliveries a range came to. */
export interface RedeliveredRange {
  readonly queued: number;
}
