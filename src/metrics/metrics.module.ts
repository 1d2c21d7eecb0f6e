import { Module } from '@nestjs/common';
import { EventLogModule } from '../event-log/event-log.module.js';
import { GraphqlFaceModule } from '../graphql/graphql.module.js';
import { WebhooksModule } from '../webhooks/webhooks.module.js';
import { EventLogMetrics } from './event-log-metrics.js';
import { GraphqlMetrics } from './graphql-metrics.js';
import { MetricsController } from './metrics.controller.js';
import { Metrics } from './metrics.js';
import { WebhookMetrics } from './webhook-metrics.js';

@Module({
  imports: [EventLogModule, GraphqlFaceModule, WebhooksModule],
  controllers: [MetricsController],
  providers: [Metrics, EventLogMetrics, GraphqlMetrics, WebhookMetrics],
  exports: [Metrics],
})
export class MetricsModule {}
