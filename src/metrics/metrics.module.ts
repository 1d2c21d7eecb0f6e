import { Module } from '@nestjs/common';
import { GraphqlMetrics } from './graphql-metrics.js';
import { MetricsController } from './metrics.controller.js';
import { Metrics } from './metrics.js';

@Module({ controllers: [MetricsController], providers: [Metrics, GraphqlMetrics], exports: [Metrics] })
export class MetricsModule {}
