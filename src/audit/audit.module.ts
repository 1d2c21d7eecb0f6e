import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { AuditController } from './audit.controller.js';
import { AuditInterceptor } from './audit.interceptor.js';
import { AuditPruner } from './audit-pruner.js';
import { AuditRecorder } from './audit-recorder.js';
import { AuditRepository } from './audit.repository.js';
import { AuditResolver } from './audit.resolver.js';
import { AuditService } from './audit.service.js';
import { AuditedAccessGuard } from './audited-access.guard.js';
import { ChainRepository } from './chain.repository.js';
import { ChainWriter } from './chain-writer.js';

@Module({
  imports: [AuthModule, SecretsModule],
  controllers: [AuditController],
  providers: [
    ...[AuditInterceptor, AuditPruner, AuditRecorder, AuditRepository, AuditResolver, AuditService],
    ...[AuditedAccessGuard, ChainRepository, ChainWriter],
  ],
  exports: [AuditInterceptor, AuditedAccessGuard],
})
export class AuditModule {}
