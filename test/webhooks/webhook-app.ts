import type { DatabaseSettings, SettingValues } from '../../src/config/settings.js';
import { DeliveryTimings } from '../../src/deliveries/delivery-timings.js';
import { LogWriter } from '../../src/event-log/log-writer.js';
import type { ObservedChange } from '../../src/events/event.js';
import type { Delivery, DeliveryWithAttempts } from '../../src/outbox/delivery.js';
import type { Webhook, WebhookWithSecret } from '../../src/webhooks/webhook.js';
import { startApp, type StartedApp, type StartOptions } from '../support/start-app.js';
import { aChange } from '../event-log/open-log.js';

/** Loopback is where the receivers of tests are. */
export const LOOPBACK = { byDefault: false, blocks: ['127.0.0.0/8', '::1'], hosts: [] } as const;

/** Everything in milliseconds rather than hours. */
const FAST: Partial<DeliveryTimings> = {
  firstRetryMs: 10,
  mostRetryMs: 40,
  leastRetryAfterMs: 1,
  pollMs: 25,
};

export interface WebhookApp extends StartedApp {
  /** Logs changes of networks with these names, one transaction for each. */
  tell(...names: string[]): Promise<void>;
  write(...changes: ObservedChange[]): Promise<void>;
  create(input: object): Promise<WebhookWithSecret>;
  webhook(id: string): Promise<Webhook>;
  update(id: string, input: object): Promise<Webhook>;
  deliveries(id: string, state?: string): Promise<Delivery[]>;
  delivery(webhook: string, id: string): Promise<DeliveryWithAttempts>;
  /** Cursors of all events, oldest first. */
  cursors(): Promise<string[]>;
}

/** The service without engines: its events are those that the test logs. */
export async function startWebhookApp(
  database: DatabaseSettings,
  timings: Partial<DeliveryTimings> = {},
  settings: Partial<Omit<SettingValues, 'engines'>> = {},
  extra: StartOptions['extra'] = [],
): Promise<WebhookApp> {
  const service = await startApp({ database, secretKey: 'secret-key-of-the-tests', webhookAllow: LOOPBACK, extra, ...settings });
  Object.assign(service.app.get(DeliveryTimings, { strict: false }), FAST, timings);
  const writer = service.app.get(LogWriter, { strict: false });
  const { http } = service;
  const write = (...changes: ObservedChange[]): Promise<void> => writer.write(changes);
  const get = async (path: string) => (await http.get(path).expect(200)).body;
  return {
    ...service,
    write,
    tell: async (...names) => {
      for (const name of names) await write(aChange(name));
    },
    create: async (input) => (await http.post('/v1/webhooks').send(input).expect(201)).body,
    webhook: (id) => get(`/v1/webhooks/${id}`),
    update: async (id, input) => (await http.patch(`/v1/webhooks/${id}`).send(input).expect(200)).body,
    deliveries: async (id, state) =>
      (await get(`/v1/webhooks/${id}/deliveries?limit=500${state === undefined ? '' : `&state=${state}`}`)).items,
    delivery: (webhook, id) => get(`/v1/webhooks/${webhook}/deliveries/${id}`),
    cursors: async () => (await get('/v1/events?limit=500')).items.map(({ cursor }: { cursor: string }) => cursor),
  };
}
