import type { Attachment } from '../resources/attachment.js';
import type { Container } from '../resources/container.js';
import type { Network } from '../resources/network.js';

export const EVENT_TYPES = [
  'network.created',
  'network.updated',
  'network.removed',
  'attachment.created',
  'attachment.activated',
  'attachment.deactivated',
  'attachment.updated',
  'attachment.removed',
  'container.created',
  'container.started',
  'container.exited',
  'container.paused',
  'container.unpaused',
  'container.restarted',
  'container.renamed',
  'container.updated',
  'container.removed',
  'container.health-changed',
  'container.oom-killed',
  'engine.connected',
  'engine.disconnected',
  'engine.resynced',
  'engine.gap',
  'engine.added',
  'engine.removed',
  'webhook.disabled',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** `engine`: the engine reported it. `resync`: found by comparing states. */
export const EVENT_ORIGINS = ['engine', 'resync'] as const;
export type EventOrigin = (typeof EVENT_ORIGINS)[number];

export const SUBJECT_KINDS = ['engine', 'network', 'container', 'attachment', 'webhook'] as const;
export type SubjectKind = (typeof SUBJECT_KINDS)[number];

export interface EventSubject {
  readonly kind: SubjectKind;
  readonly id: string;
  readonly name: string;
}

/** Frames what could not be seen step by step. */
export interface EventGap {
  readonly gapId: string;
  /** Why the steps were not seen; null on `engine.resynced`. */
  readonly reason: string | null;
  /** The engine's time of the last step that was seen (RFC 3339); null where there was none. */
  readonly from: string | null;
}

/** The command of this service that led to a change. */
export interface EventCause {
  /** Of the request that asked for it, as `X-Request-Id` told. */
  readonly requestId: string;
  /** Name of the key that it was asked with; null where that is not known. */
  readonly keyName: string | null;
}

export type Labels = Readonly<Record<string, string>>;

/** What the state in an event tells of besides what the event is about: who does not see that is shown the state without it. */
export interface OtherEnds {
  /** Of a container: the networks of its attachments, by id. Of a network: the one that its settings come from, by name. */
  readonly networks: readonly { readonly ref: string; readonly labels: Labels }[];
  /** Attached to a network, or the one whose network a container shares: so many on an engine bear these labels, null where not known. */
  readonly containers: readonly { readonly engine: string; readonly labels: Labels | null; readonly count: number }[];
}

/**
 * The labels that an event is found and seen by, as they were known when it was told: those of its network or container,
 * of both for an attachment; null where it is about none, or where they were never known. Behind a symbol, since they are
 * no part of what is shown.
 */
export const SEEN_BY = Symbol('labels that an event is found and seen by');
export interface SeenBy {
  readonly network: Labels | null;
  readonly container: Labels | null;
  /** null for an attachment, which is seen where both its ends are. */
  readonly others: OtherEnds | null;
}

/** One observed change, before the event log has given it its place. */
export interface ObservedChange {
  /** Absent where it is about an engine or the service's own. */
  readonly [SEEN_BY]?: SeenBy;
  readonly type: EventType;
  /** null where it is about the service's own. */
  readonly engine: string | null;
  /** The engine's time (RFC 3339, nanoseconds where known). */
  readonly time: string;
  readonly origin: EventOrigin;
  readonly subject: EventSubject;
  readonly network: Network | null;
  readonly container: Container | null;
  readonly attachment: Attachment | null;
  /** False where the state is as it last stood, because nothing was left to inspect. */
  readonly stateExact: boolean;
  /** The fields that changed, as they were before; null where nothing stood before. */
  readonly previous: Readonly<Record<string, unknown>> | null;
  readonly gap: EventGap | null;
  readonly engineEvent: {
    readonly type: string;
    readonly action: string;
    readonly attributes: Readonly<Record<string, string>>;
  } | null;
  /** null where no command of this service is known to have led to it. */
  readonly cause: EventCause | null;
}

/** An observed change in its place in the log. */
export interface FairleadEvent extends ObservedChange {
  /** Opaque, ordered. */
  readonly cursor: string;
  /** Unique; the id under which it is delivered. */
  readonly id: string;
  readonly recordedAt: string;
}
