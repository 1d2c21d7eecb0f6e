import { randomBytes, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { SecretBox } from '../secrets/secret-box.js';
import type { Endpoint, StoredSecret } from './webhooks.repository.js';

/** Standard Webhooks wants 24 to 64 bytes. */
const SECRET_BYTES = 32;

/** What is needed to make a request to an endpoint, in plain. Must not be stored, logged or shown. */
export interface OpenedEndpoint {
  readonly url: string;
  readonly secrets: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
}

/** Makes, seals and opens what belongs to an endpoint and to nobody else. */
@Injectable()
export class EndpointVault {
  constructor(private readonly box: SecretBox) {}

  /** Of the key that this process seals with. */
  async keyId(): Promise<string> {
    return this.box.keyId();
  }

  /** Fails with `SECRET_KEY_MISMATCH` where the endpoint's secrets are sealed under another key. */
  async requireOwn(keyId: string): Promise<void> {
    await this.box.requireKey(keyId);
  }

  /** A new secret: as its owner is to see it once, and as it is stored. */
  async makeSecret(webhookId: string): Promise<{ secret: string; stored: StoredSecret }> {
    const id = randomUUID();
    const secret = `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
    return { secret, stored: { id, secret: await this.box.seal(secret, aboutSecret(webhookId, id)) } };
  }

  async sealHeaders(webhookId: string, headers: Readonly<Record<string, string>>): Promise<string | null> {
    if (Object.keys(headers).length === 0) return null;
    return this.box.seal(JSON.stringify(headers), aboutHeaders(webhookId));
  }

  /** Fails with `SECRET_KEY_MISMATCH`. */
  async open({ id, url, headers, secrets }: Endpoint): Promise<OpenedEndpoint> {
    return {
      url,
      secrets: await Promise.all(secrets.map((one) => this.box.open(one.secret, aboutSecret(id, one.id)))),
      headers:
        headers === null ? {} : (JSON.parse(await this.box.open(headers, aboutHeaders(id))) as Record<string, string>),
    };
  }
}

function aboutSecret(webhookId: string, secretId: string): string {
  return `webhook ${webhookId} secret ${secretId}`;
}

function aboutHeaders(webhookId: string): string {
  return `webhook ${webhookId} headers`;
}
