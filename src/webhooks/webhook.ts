import type { EventFilter } from '../event-log/event-filter.js';
import type { EventSubject, EventType } from '../events/event.js';

/** `requested`: by a caller. `gone`: the receiver answered 410. `failing`: nothing was delivered for days. */
export const DISABLED_REASONS = ['requested', 'gone', 'failing'] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

export const DELIVERY_STATES = ['pending', 'delivered', 'failed', 'cancelled'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

export const FAILURES = [
  'clientError',
  'serverError',
  'redirect',
  'timeout',
  'connection',
  'refusedAddress',
  'tooLarge',
] as const;
export type Failure = (typeof FAILURES)[number];

/** One try to deliver, and how it went. */
export interface DeliveryAttempt {
  readonly at: string;
  readonly durationMs: number;
  /** Of the answer; null where none came. */
  readonly status: number | null;
  /** null where it succeeded. */
  readonly failure: Failure | null;
  /** What went wrong, in words, where no answer came. */
  readonly detail: string | null;
  /** The beginning of the answer's body; null where none came. */
  readonly responseHead: string | null;
}

export interface LastDelivery extends Pick<DeliveryAttempt, 'at' | 'status' | 'failure'> {
  readonly deliveryId: string;
}

/** An event filter in which every list is present. */
export type WebhookFilter = Required<EventFilter>;

/** An endpoint that events are delivered to. */
export interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly description: string | null;
  readonly enabled: boolean;
  /** null while it is enabled. */
  readonly disabledReason: DisabledReason | null;
  readonly filter: WebhookFilter;
  /** Names of its custom headers. */
  readonly headers: readonly string[];
  readonly createdAt: string;
  /** The last attempt; null before the first. */
  readonly lastDelivery: LastDelivery | null;
  /** Whether the last attempt failed. */
  readonly failing: boolean;
}

/** With what is shown only once. */
export interface WebhookWithSecret extends Webhook {
  /** null for a dry run. */
  readonly secret: string | null;
}

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

/** How a try of an endpoint went. */
export interface WebhookTest extends DeliveryAttempt {
  /** What the receiver saw as `webhook-id`. */
  readonly eventId: string;
  readonly delivered: boolean;
}

/** How many deliveries a range came to. */
export interface RedeliveredRange {
  readonly queued: number;
}
