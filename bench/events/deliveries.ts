import { join } from 'node:path';
import { tell } from '../tell.ts';
import { ALLOW_RECEIVER, Receiver } from './receiver.ts';
import { Writer } from './writer.ts';

export const ENDPOINTS = [1, 8] as const;
/** Entries on their way to the database. */
const AT_ONCE = 50;

export interface Delivered {
  readonly endpoints: (typeof ENDPOINTS)[number];
  /** By all endpoints together. */
  readonly perSecond: number;
  /** Deliveries that came more than once. */
  readonly repeated: number;
}

/** Events of 50 containers are delivered to a receiver on this machine that answers at once; SQLite keeps the outbox. */
export async function measureDeliveries(events: number): Promise<Delivered[]> {
  const results: Delivered[] = [];
  for (const endpoints of ENDPOINTS) {
    tell(`webhooks: ${events} events to ${endpoints} endpoints`);
    results.push(await deliver(endpoints, events));
  }
  return results;
}

async function deliver(endpoints: Delivered['endpoints'], events: number): Promise<Delivered> {
  const receiver = await Receiver.start();
  const writer = await Writer.start(`webhooks-${endpoints}`, (folder) => `sqlite:${join(folder, 'fairlead.db')}`, ALLOW_RECEIVER);
  const client = writer.client();
  try {
    for (let endpoint = 0; endpoint < endpoints; endpoint += 1) {
      await client.post('/v1/webhooks', { url: receiver.url(endpoint), filter: { types: ['container.*'] } });
    }
    await writer.write({ events }, AT_ONCE);
    await receiver.until(events * endpoints);
    const seconds = (receiver.lastMs - receiver.firstMs) / 1000;
    return { endpoints, perSecond: receiver.received / seconds, repeated: receiver.repeated };
  } finally {
    client.close();
    await writer.stop();
    receiver.stop();
  }
}
