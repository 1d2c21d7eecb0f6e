import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { Database, type Writer } from '../database/database.js';
import type { Keep } from '../inventory/attempt.js';
import { DRY_RUN_ID, type Outcome, type WriteOptions } from '../inventory/outcome.js';
import { bearTagOf, requireMatch } from '../inventory/resource-tag.js';
import { DeliverySignal } from '../outbox/delivery-signal.js';
import { OutboxRepository } from '../outbox/outbox.repository.js';
import { currentSight } from '../sight/current-sight.js';
import { EndpointAddresses } from './endpoint-addresses.js';
import { EndpointVault } from './endpoint-vault.js';
import { nothingMissed, WebhookEnabling, type Gathered } from './webhook-enabling.js';
import type { CreateWebhookInput, UpdateWebhookInput } from './webhook.inputs.js';
import type { Webhook, WebhookWithSecret } from './webhook.js';
import { directsEvents, makerOf, requireDirector, requireFilter, requireHeaders, requireHeadersAnew, requireMaker, requireReader, webhookNotFound } from './webhook.rules.js';
import { WebhooksRepository, type StoredWebhook } from './webhooks.repository.js';

/** What a change makes of a webhook, and what was gathered of what it missed. */
interface Change {
  readonly next: StoredWebhook;
  readonly gathered: Gathered | undefined;
}

/** How a command is to be carried out; it keeps its outcome in the transaction of its change. */
interface KeptWrite<T> extends WriteOptions {
  readonly keep: Keep<Outcome<T>>;
}

/** Makes, changes and removes webhooks. */
@Injectable()
export class WebhookCommands {
  constructor(
    private readonly database: Database,
    private readonly webhooks: WebhooksRepository,
    private readonly deliveries: OutboxRepository,
    private readonly vault: EndpointVault,
    private readonly addresses: EndpointAddresses,
    private readonly enabling: WebhookEnabling,
    private readonly signal: DeliverySignal,
  ) {}

  async create(
    input: CreateWebhookInput,
    caller: Caller,
    { dryRun, keep }: KeptWrite<WebhookWithSecret>,
  ): Promise<Outcome<WebhookWithSecret>> {
    requireReader(caller);
    const warnings = await this.addresses.require(input.url);
    const headers = requireHeaders(input.headers ?? {});
    const enabled = input.enabled ?? true;
    const wanted = {
      ...{ url: input.url, description: input.description || null, enabled, filter: requireFilter(input.filter) },
      disabledReason: enabled ? null : ('requested' as const),
      headerNames: Object.keys(headers).sort(),
    };
    if (dryRun) {
      const { headerNames, ...shown } = wanted;
      const observed = { createdAt: new Date().toISOString(), createdBy: caller.name, lastDelivery: null, failing: false, secret: null };
      return { resource: { id: DRY_RUN_ID, ...shown, headers: headerNames, ...observed }, changed: false, warnings };
    }
    const id = randomUUID();
    const { secret, stored } = await this.vault.makeSecret(id);
    const sealed = { headers: await this.vault.sealHeaders(id, headers), keyId: await this.vault.keyId(), maker: makerOf(caller) };
    return this.database.write(async (transaction) => {
      await this.webhooks.create(transaction, { id, ...wanted, ...sealed }, stored);
      const resource = withSecret(await this.require(transaction, id), secret);
      return kept(transaction, keep, { resource, changed: true, warnings });
    });
  }

  /** Its maker stays: it is told what that one sees, whoever changes it. */
  async update(
    id: string,
    input: UpdateWebhookInput,
    caller: Caller,
    { dryRun, ifMatch, keep }: KeptWrite<Webhook>,
  ): Promise<Outcome<Webhook>> {
    const current = await this.webhooks.find(id, currentSight());
    if (current === undefined) throw webhookNotFound(id);
    requireMatch(ifMatch, current);
    const warnings = input.url === undefined ? [] : await this.addresses.require(input.url);
    const { keyId, maker } = await this.stored(id);
    if (directsEvents(input)) requireDirector(caller, maker);
    requireHeadersAnew(current, input);
    if (input.enabled) requireMaker(maker);
    const after = await this.enabling.beginning(current, input);
    if (dryRun) return { resource: wouldBe(current, input), changed: false, warnings };
    if (input.headers) await this.vault.requireOwn(keyId);
    const headers = input.headers ? await this.vault.sealHeaders(id, requireHeaders(input.headers)) : null;
    const change = (gathered?: Gathered): Promise<Outcome<Webhook>> =>
      this.database.write(async (transaction) => {
        if (gathered !== undefined) await this.enabling.hold(transaction);
        const stored = await this.webhooks.lock(transaction, id);
        if (stored === undefined) throw webhookNotFound(id);
        requireMatch(ifMatch, await this.require(transaction, id));
        const next = merge(stored, input, headers);
        if (next.enabled) requireMaker(stored.maker);
        await this.changeQueue(transaction, stored, { next, gathered });
        await this.webhooks.update(transaction, next);
        const resource = await this.require(transaction, id);
        return kept(transaction, keep, { resource, changed: true, warnings });
      });
    const filter = input.filter === undefined ? current.filter : requireFilter(input.filter);
    const view = { filter, sight: maker.sight };
    const outcome = after === undefined ? await change() : await this.enabling.gather({ id, view }, after, change);
    this.signal.raise();
    return outcome;
  }

  async remove(id: string, { dryRun, ifMatch, keep }: KeptWrite<Webhook>): Promise<Outcome<Webhook>> {
    return this.database.write(async (transaction) => {
      await this.webhooks.lock(transaction, id);
      const resource = await this.require(transaction, id);
      requireMatch(ifMatch, resource);
      if (dryRun) return { resource, changed: false, warnings: [] };
      await this.deliveries.removeAll(transaction, id);
      await this.webhooks.remove(transaction, id);
      return kept(transaction, keep, { resource, changed: true, warnings: [] });
    });
  }

  /** Both secrets sign for a while, so that the receiver can change over in its own time. */
  async rotateSecret(
    id: string,
    overlapMs: number,
    { dryRun, ifMatch, keep }: KeptWrite<WebhookWithSecret>,
  ): Promise<Outcome<WebhookWithSecret>> {
    await this.vault.requireOwn((await this.stored(id)).keyId);
    const { secret, stored } = await this.vault.makeSecret(id);
    return this.database.write(async (transaction) => {
      await this.webhooks.lock(transaction, id);
      const webhook = await this.require(transaction, id);
      requireMatch(ifMatch, webhook);
      if (dryRun) return { resource: withSecret(webhook, null), changed: false, warnings: [] };
      await this.webhooks.rotate(transaction, id, stored, overlapMs);
      return kept(transaction, keep, { resource: withSecret(webhook, secret), changed: true, warnings: [] });
    });
  }

  private async stored(id: string): Promise<StoredWebhook> {
    const found = await this.database.read((db) => this.webhooks.endpoints(db, [id]));
    const stored = found.get(id);
    if (stored === undefined) throw webhookNotFound(id);
    return stored;
  }

  private async require(transaction: Writer, id: string): Promise<Webhook> {
    const webhook = await this.webhooks.findIn(transaction, id, currentSight());
    if (webhook === undefined) throw webhookNotFound(id);
    return webhook;
  }

  /** Brings what is owed in line with the change. */
  private async changeQueue(transaction: Writer, before: StoredWebhook, { next, gathered }: Change): Promise<void> {
    if (before.enabled && gathered !== undefined) throw nothingMissed();
    if (next.enabled === before.enabled) return;
    if (gathered === undefined) await this.deliveries.callOff(transaction, next.id);
    else await this.enabling.owe(transaction, gathered, next.filter);
    if (next.enabled) await this.webhooks.forgetFailures(transaction, next.id);
  }
}

async function kept<T>(transaction: Writer, keep: Keep<Outcome<T>>, outcome: Outcome<T>): Promise<Outcome<T>> {
  await keep(transaction, outcome);
  return outcome;
}

function withSecret(webhook: Webhook, secret: string | null): WebhookWithSecret {
  return bearTagOf({ ...webhook, secret }, webhook);
}

/** Absent keeps, null clears. */
function merge<T extends Omit<StoredWebhook, 'maker'>>(stored: T, input: UpdateWebhookInput, sealed: string | null): T {
  const { url, description, enabled, filter, headers } = input;
  return {
    ...stored,
    url: url ?? stored.url,
    description: description === undefined ? stored.description : description || null,
    ...(enabled === undefined || enabled === stored.enabled
      ? {}
      : { enabled, disabledReason: enabled ? null : ('requested' as const) }),
    filter: filter === undefined ? stored.filter : requireFilter(filter),
    ...(headers === undefined ? {} : { headers: sealed, headerNames: Object.keys(requireHeaders(headers ?? {})).sort() }),
  };
}

function wouldBe(current: Webhook, input: UpdateWebhookInput): Webhook {
  const { id, url, description, enabled, disabledReason, filter, headers } = current;
  const stored = { id, url, description, enabled, disabledReason, filter, headerNames: headers, headers: null, keyId: '' };
  const { headerNames, keyId: _keyId, ...next } = merge(stored, input, null);
  return { ...current, ...next, headers: headerNames };
}
