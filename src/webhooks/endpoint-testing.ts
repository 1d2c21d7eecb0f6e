import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { RequestSender } from '../outgoing/request-sender.js';
import { EndpointVault } from './endpoint-vault.js';
import { signedRequest, type Message } from './signed-request.js';
import { webhookNotFound } from './webhook.rules.js';
import type { Webhook, WebhookTest } from './webhook.js';
import { WebhooksRepository } from './webhooks.repository.js';

/** Tries an endpoint out with an event that is none of the log: signed and sent as all others, at once and once. */
@Injectable()
export class EndpointTesting {
  constructor(
    private readonly database: Database,
    private readonly webhooks: WebhooksRepository,
    private readonly vault: EndpointVault,
    private readonly sender: RequestSender,
  ) {}

  async test({ id, description }: Webhook): Promise<WebhookTest> {
    const endpoint = (await this.database.read((db) => this.webhooks.endpoints(db, [id]))).get(id);
    if (endpoint === undefined) throw webhookNotFound(id);
    const opened = await this.vault.open(endpoint);
    const message = testMessage(id, description, new Date());
    const request = signedRequest(opened, message.id, message, new Date());
    const { retryAfterMs: _retryAfterMs, ...attempt } = await this.sender.send(request, Object.values(opened.headers));
    return { eventId: message.id, delivered: attempt.failure === null, ...attempt };
  }
}

function testMessage(webhookId: string, description: string | null, now: Date): Message {
  return {
    ...{ specversion: '1.0', id: randomUUID(), source: '/webhooks', type: 'webhook.test' },
    ...{ subject: `webhooks/${webhookId}`, time: now.toISOString(), datacontenttype: 'application/json' },
    data: { webhook: { id: webhookId, description } },
  };
}
