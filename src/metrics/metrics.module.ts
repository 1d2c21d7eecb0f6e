import { Module } from '@nestjs/common';
import { GraphqlFaceModule } from '../graphql/graphql.module.js';
import { WebhooksModule } from '../webhooks/webhooks.module.js';
import { GraphqlMetrics } from './graphql-metrics.js';
import { MetricsController } from './metrics.controller.js';
import { Metrics } from './metrics.js';
import { WebhookMetrics } from './webhook-metrics.js';

@Module({
  imports: [GraphqlFaceModule, WebhooksModule],
  controllers: [MetricsController],
  providers: [Metrics, GraphqlMetrics, WebhookMetrics],
  exports: [Metrics],
})
export class MetricsModule {}
