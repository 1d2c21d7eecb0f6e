import { Module } from '@nestjs/common';
import { GraphqlFaceModule } from '../graphql/graphql.module.js';
import { GraphqlMetrics } from './graphql-metrics.js';
import { MetricsController } from './metrics.controller.js';
import { Metrics } from './metrics.js';

@Module({
  imports: [GraphqlFaceModule],
  controllers: [MetricsController],
  providers: [Metrics, GraphqlMetrics],
  exports: [Metrics],
})
export class MetricsModule {}
