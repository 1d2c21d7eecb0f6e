import { Injectable, Logger } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { DeliveryTally } from '../deliveries/delivery-tally.js';
import { Metrics } from './metrics.js';

/** What webhooks are owed and were sent. */
@Injectable()
export class WebhookMetrics {
  private readonly logger = new Logger(WebhookMetrics.name);

  constructor({ registry }: Metrics, tally: DeliveryTally) {
    new Counter({
      name: 'fairlead_webhook_attempts_total',
      help: 'Attempts of this process to deliver events to webhooks.',
      labelNames: ['outcome'] as const,
      registers: [registry],
      collect() {
        this.reset();
        for (const [outcome, count] of tally.attempts) this.inc({ outcome }, count);
      },
    });
    const { logger } = this;
    new Gauge({
      name: 'fairlead_webhook_deliveries_pending',
      help: 'Deliveries that webhooks are owed, by all processes on the database.',
      registers: [registry],
      async collect() {
        try {
          this.set(await tally.pending());
        } catch (error) {
          // The other metrics are of use all the same; what is not known is not shown.
          this.remove();
          logger.debug(error);
        }
      },
    });
  }
}
