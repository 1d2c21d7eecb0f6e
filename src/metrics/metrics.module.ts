import { Module } from '@nestjs/common';
import { DeliveriesModule } from '../deliveries/deliveries.module.js';
import { EventLogModule } from '../event-log/event-log.module.js';
import { GraphqlFaceModule } from '../graphql/graphql.module.js';
import { EventLogMetrics } from './event-log-metrics.js';
import { GraphqlMetrics } from './graphql-metrics.js';
import { TransportModule } from '../transport/transport.module.js';
import { MetricsController } from './metrics.controller.js';
import { Metrics } from './metrics.js';
import { TransportMetrics } from './transport-metrics.js';
import { WebhookMetrics } from './webhook-metrics.js';

@Module({
  imports: [DeliveriesModule, EventLogModule, GraphqlFaceModule, TransportModule],
  controllers: [MetricsController],
  providers: [Metrics, EventLogMetrics, GraphqlMetrics, TransportMetrics, WebhookMetrics],
  exports: [Metrics],
})
export class MetricsModule {}
