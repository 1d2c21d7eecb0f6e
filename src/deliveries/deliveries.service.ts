import { Injectable } from '@nestjs/common';
import { Database, type Writer } from '../database/database.js';
import { DomainError } from '../errors/domain.error.js';
import { EventLogRepository } from '../event-log/event-log.repository.js';
import { parseCursor } from '../event-log/cursor.js';
import { inPortions, once } from '../inventory/attempt.js';
import type { Outcome, WriteOptions } from '../inventory/outcome.js';
import type { Listing } from '../inventory/page.js';
import { VisibleInventory } from '../inventory/visible-inventory.js';
import type { Delivery, DeliveryAttempt, DeliveryState, DeliveryWithAttempts, RedeliveredRange } from '../outbox/delivery.js';
import { DeliverySignal } from '../outbox/delivery-signal.js';
import { MissedEvents } from '../outbox/missed-events.js';
import { OutboxRepository } from '../outbox/outbox.repository.js';
import { currentSight } from '../sight/current-sight.js';
import { requireMaker, webhookNotFound } from '../webhooks/webhook.rules.js';
import { WebhooksRepository, type StoredWebhook } from '../webhooks/webhooks.repository.js';
import type { RedeliverRangeInput } from './delivery.inputs.js';

export interface DeliveriesRequest {
  readonly limit?: number;
  readonly cursor?: string;
  readonly state?: DeliveryState | null;
}

/** How far a range has been queued. */
interface RangeProgress {
  readonly after: number;
  readonly upTo: number;
  readonly queued: number;
}

const DEFAULT_LIMIT = 50;

/** What was sent to webhooks, how it went, and sending it again. */
@Injectable()
export class DeliveriesService {
  constructor(
    private readonly database: Database,
    private readonly webhooks: WebhooksRepository,
    private readonly deliveries: OutboxRepository,
    private readonly log: EventLogRepository,
    private readonly missed: MissedEvents,
    private readonly signal: DeliverySignal,
    private readonly inventory: VisibleInventory,
  ) {}

  /** Those that are kept, newest event first. */
  async list(webhookId: string, { limit = DEFAULT_LIMIT, cursor, state }: DeliveriesRequest): Promise<Listing<Delivery>> {
    await this.webhook(webhookId);
    const place = cursor === undefined ? undefined : parseCursor(cursor);
    if (cursor !== undefined && place === undefined) throw new DomainError('INVALID_CURSOR', 'No such list gave this cursor.');
    const request = { before: place?.position, state: state ?? undefined, limit };
    const { items, hasMore, hasBefore, total } = await this.deliveries.page(webhookId, request, this.log);
    return {
      ...{ items, total, hasPreviousPage: hasBefore },
      nextCursor: hasMore ? (items.at(-1)?.eventCursor ?? null) : null,
      cursorOf: ({ eventCursor }) => eventCursor,
      engines: this.inventory.freshness(),
    };
  }

  /** Fails with `WEBHOOK_NOT_FOUND` or `DELIVERY_NOT_FOUND`. */
  async get(webhookId: string, id: string): Promise<DeliveryWithAttempts> {
    const delivery = await this.find(webhookId, id);
    return { ...delivery, attempts: await this.attempts(id) };
  }

  async attempts(id: string): Promise<readonly DeliveryAttempt[]> {
    return this.deliveries.attempts(id);
  }

  /** Sends it as if for the first time; one that is pending is tried now. */
  async redeliver(webhookId: string, id: string, { dryRun }: WriteOptions): Promise<Outcome<Delivery>> {
    return once(async (keep) => {
      const delivery = await this.find(webhookId, id);
      if (dryRun) {
        requireReceiving(await this.webhook(webhookId));
        return { resource: delivery, changed: false, warnings: [] };
      }
      const outcome = await this.database.write(async (transaction) => {
        const queued = { resource: await this.queueAgain(transaction, webhookId, id), changed: true, warnings: [] };
        await keep(transaction, queued);
        return queued;
      });
      this.signal.raise();
      return outcome;
    });
  }

  /** Sends the events of a range that the webhook wants and may be told, whether they were delivered or not. */
  async redeliverRange(
    webhookId: string,
    input: RedeliverRangeInput,
    { dryRun }: WriteOptions,
  ): Promise<Outcome<RedeliveredRange>> {
    const { queued } = await inPortions<RangeProgress>(async (keep, done) => {
      const webhook = await this.webhook(webhookId);
      requireReceiving(webhook);
      const view = { filter: webhook.filter, sight: webhook.maker.sight };
      const range = done ?? { ...(await this.range(input)), queued: 0 };
      if (dryRun) return { ...range, queued: await this.missed.count(view, range) };
      const isBegun = done !== undefined;
      const reached = await this.missed.queue(view, { ...range, isBegun }, range, async (transaction, events, before) => {
        requireReceiving(await this.webhooks.lock(transaction, webhookId));
        const queued = before.queued + (await this.deliveries.queueAgain(transaction, webhookId, events));
        const next = { ...before, after: events.at(-1)?.position ?? before.after, queued };
        await keep(transaction, next);
        return next;
      });
      this.signal.raise();
      return reached;
    });
    return { resource: { queued }, changed: !dryRun && queued > 0, warnings: [] };
  }

  private async range(input: RedeliverRangeInput): Promise<{ after: number; upTo: number }> {
    const after = await this.missed.positionOf(input.after);
    const upTo = input.upTo === undefined ? await this.missed.last() : await this.missed.positionOf(input.upTo);
    if (upTo >= after) return { after, upTo };
    const errors = { field: 'upTo', message: 'comes before `after`' };
    throw DomainError.invalid('The range ends before it begins.', errors);
  }

  private async queueAgain(transaction: Writer, webhookId: string, id: string): Promise<Delivery> {
    // Or its event, which nothing keeps before it is pending, could take it along.
    await this.log.hold(transaction);
    requireReceiving(await this.webhooks.lock(transaction, webhookId));
    const current = await this.deliveries.findIn(transaction, webhookId, id, this.log);
    if (current === undefined) throw deliveryNotFound(id);
    if (current.state === 'pending') await this.deliveries.hasten(transaction, id);
    else await this.deliveries.requeue(transaction, [id]);
    return (await this.deliveries.findIn(transaction, webhookId, id, this.log)) ?? current;
  }

  private async find(webhookId: string, id: string): Promise<Delivery> {
    await this.webhook(webhookId);
    const delivery = await this.deliveries.find(webhookId, id, this.log);
    if (delivery === undefined) throw deliveryNotFound(id);
    return delivery;
  }

  /** Whoever sees less than it is told has none such. */
  private async webhook(id: string): Promise<StoredWebhook> {
    const found = (await this.database.read((db) => this.webhooks.endpoints(db, [id]))).get(id);
    if (found === undefined || !currentSight().covers(found.maker.sight)) throw webhookNotFound(id);
    return found;
  }
}

function deliveryNotFound(id: string): DomainError {
  return new DomainError('DELIVERY_NOT_FOUND', `The webhook has no delivery "${id}"; those of dropped events are dropped too.`);
}

function requireReceiving(webhook: StoredWebhook | undefined): void {
  if (webhook !== undefined) requireMaker(webhook.maker);
  if (webhook?.enabled) return;
  throw new DomainError('WEBHOOK_DISABLED', 'The webhook is disabled: nothing is queued for it. Enable it first.');
}
