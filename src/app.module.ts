import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { ApiKeysModule } from './api-keys/api-keys.module.js';
import { AttachmentsModule } from './attachments/attachments.module.js';
import { AuditInterceptor } from './audit/audit.interceptor.js';
import { AuditModule } from './audit/audit.module.js';
import { AuditedAccessGuard } from './audit/audited-access.guard.js';
import { AuthModule } from './auth/auth.module.js';
import type { Settings } from './config/settings.js';
import { SettingsModule } from './config/settings.module.js';
import { ContainersModule } from './containers/containers.module.js';
import { DatabaseModule } from './database/database.module.js';
import { DeliveriesModule } from './deliveries/deliveries.module.js';
import { DockerModule } from './docker/docker.module.js';
import { EnginesModule } from './engines/engines.module.js';
import { EventLogModule } from './event-log/event-log.module.js';
import { GraphqlFaceModule } from './graphql/graphql.module.js';
import { HealthModule } from './health/health.module.js';
import { HttpModule } from './http/http.module.js';
import { OutcomeInterceptor } from './http/outcome.decorators.js';
import { VisibleErrorsInterceptor } from './http/visible-errors.interceptor.js';
import { IdempotencyInterceptor } from './idempotency/idempotency.interceptor.js';
import { IdempotencyModule } from './idempotency/idempotency.module.js';
import { InventoryModule } from './inventory/inventory.module.js';
import { LimitsModule } from './limits/limits.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { NetworksModule } from './networks/networks.module.js';
import { ServicesModule } from './services/services.module.js';
import { SwarmsModule } from './swarms/swarms.module.js';
import { TransportModule } from './transport/transport.module.js';
import { WatcherModule } from './watcher/watcher.module.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';

/** The composition root: the only file that sees every room. */
@Module({
  imports: [
    DatabaseModule,
    DockerModule,
    InventoryModule,
    WatcherModule,
    EnginesModule,
    NetworksModule,
    ContainersModule,
    AttachmentsModule,
    SwarmsModule,
    ServicesModule,
    EventLogModule,
    WebhooksModule,
    DeliveriesModule,
    AuthModule,
    ApiKeysModule,
    AuditModule,
    HttpModule,
    TransportModule,
    LimitsModule,
    IdempotencyModule,
    GraphqlFaceModule,
    HealthModule,
    MetricsModule,
  ],
  // From the outside inwards: outcomes that are kept and given again go on record and become answers like any other.
  providers: [
    { provide: APP_GUARD, useExisting: AuditedAccessGuard },
    { provide: APP_INTERCEPTOR, useExisting: OutcomeInterceptor },
    { provide: APP_INTERCEPTOR, useExisting: AuditInterceptor },
    { provide: APP_INTERCEPTOR, useExisting: IdempotencyInterceptor },
    { provide: APP_INTERCEPTOR, useExisting: VisibleErrorsInterceptor },
  ],
})
export class AppModule {
  /** `extra` are modules of a test's own. */
  static with(settings: Settings, extra: readonly Type<unknown>[] = []): DynamicModule {
    return { module: AppModule, imports: [SettingsModule.with(settings), ...extra] };
  }
}
