import type { EventFilter } from '../event-log/event-filter.js';
import type { DeliveryAttempt } from '../outbox/delivery.js';

/**
 * `requested`: by a caller. `gone`: the receiver answered 410. `failing`: nothing was delivered for days. `keyEnded`: the
 * key that made it was revoked, or its time is over.
 */
export const DISABLED_REASONS = ['requested', 'gone', 'failing', 'keyEnded'] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

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
  /** Name of the key that it was made with, at that time: it is told what that one sees. */
  readonly createdBy: string;
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

/** How a try of an endpoint went. */
export interface WebhookTest extends DeliveryAttempt {
  /** What the receiver saw as `webhook-id`. */
  readonly eventId: string;
  readonly delivered: boolean;
}
