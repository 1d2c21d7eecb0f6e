import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { once } from '../inventory/attempt.js';
import type { WriteOptions, Outcome } from '../inventory/outcome.js';
import type { ListRequest } from '../inventory/listing.js';
import { page, parseSort, type Listing } from '../inventory/page.js';
import { VisibleInventory } from '../inventory/visible-inventory.js';
import { currentSight } from '../sight/current-sight.js';
import { EndpointTesting } from './endpoint-testing.js';
import { WebhookCommands } from './webhook.commands.js';
import type { CreateWebhookInput, RotateSecretInput, UpdateWebhookInput } from './webhook.inputs.js';
import type { Webhook, WebhookTest, WebhookWithSecret } from './webhook.js';
import { webhookNotFound } from './webhook.rules.js';
import { WebhooksRepository } from './webhooks.repository.js';

export interface WebhooksFilter {
  readonly enabled?: boolean | null;
  readonly failing?: boolean | null;
}

const DEFAULT_LIMIT = 50;
const DEFAULT_OVERLAP_SECONDS = 86_400;
const SORTABLE = ['createdAt', 'id', 'url', 'enabled', 'failing'];

/** Webhooks: which there are, and making, changing and trying them. Whoever sees less than one is told has none such. */
@Injectable()
export class WebhooksService {
  constructor(
    private readonly webhooks: WebhooksRepository,
    private readonly commands: WebhookCommands,
    private readonly testing: EndpointTesting,
    private readonly inventory: VisibleInventory,
  ) {}

  async list(filter: WebhooksFilter, { limit = DEFAULT_LIMIT, cursor, sort }: ListRequest): Promise<Listing<Webhook>> {
    const enabled = filter.enabled ?? undefined;
    const failing = filter.failing ?? undefined;
    const all = (await this.webhooks.list(currentSight()))
      .filter((webhook) => enabled === undefined || webhook.enabled === enabled)
      .filter((webhook) => failing === undefined || webhook.failing === failing);
    const tag = createHash('sha256').update(JSON.stringify(['webhooks', { enabled, failing }])).digest('base64url');
    const found = page(all, { sort: parseSort(sort ?? 'createdAt', SORTABLE), limit, cursor, tag });
    return { ...found, engines: this.inventory.freshness() };
  }

  /** Fails with `WEBHOOK_NOT_FOUND`. */
  async get(id: string): Promise<Webhook> {
    const webhook = await this.webhooks.find(id, currentSight());
    if (webhook === undefined) throw webhookNotFound(id);
    return webhook;
  }

  async create(input: CreateWebhookInput, caller: Caller, options: WriteOptions): Promise<Outcome<WebhookWithSecret>> {
    return once((keep) => this.commands.create(input, caller, { ...options, keep }));
  }

  async update(id: string, input: UpdateWebhookInput, caller: Caller, options: WriteOptions): Promise<Outcome<Webhook>> {
    return once((keep) => this.commands.update(id, input, caller, { ...options, keep }));
  }

  async remove(id: string, options: WriteOptions): Promise<Outcome<Webhook>> {
    return once((keep) => this.commands.remove(id, { ...options, keep }));
  }

  async rotateSecret(id: string, input: RotateSecretInput, options: WriteOptions): Promise<Outcome<WebhookWithSecret>> {
    const overlapMs = (input.overlapSeconds ?? DEFAULT_OVERLAP_SECONDS) * 1_000;
    return once((keep) => this.commands.rotateSecret(id, overlapMs, { ...options, keep }));
  }

  /** Sends an event of its own at once and answers how that went. */
  async test(id: string): Promise<WebhookTest> {
    return this.testing.test(await this.get(id));
  }
}
