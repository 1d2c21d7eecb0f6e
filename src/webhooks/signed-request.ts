import { createRequire } from 'node:module';
import { Webhook as Signer } from 'standardwebhooks';
import type { CloudEvent } from '../event-log/cloud-event.js';
import type { OutgoingRequest } from '../outgoing/request-sender.js';
import type { OpenedEndpoint } from './endpoint-vault.js';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

/** What is sent with an event; also what a test sends, which no event of the log is. */
export type Message = Omit<CloudEvent, 'data'> & { readonly data: object };

/** A request to an endpoint, signed by the Standard Webhooks specification; every valid secret signs. */
export function signedRequest({ url, secrets, headers }: OpenedEndpoint, id: string, message: object, now: Date): OutgoingRequest {
  const body = JSON.stringify(message);
  return {
    url: new URL(url),
    headers: {
      ...headers,
      'content-type': 'application/cloudevents+json',
      'content-length': String(Buffer.byteLength(body)),
      'user-agent': `Fairlead-Webhooks/${version}`,
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': secrets.map((secret) => new Signer(secret).sign(id, now, body)).join(' '),
    },
    body,
  };
}
