import { Args, Parent, Query, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/access.decorators.js';
import { connectionType, ConnectionOf } from '../graphql/connection.js';
import { Link } from '../graphql/link.decorator.js';
import type { AuditHead, AuditRecord } from './audit-record.js';
import { AuditHeadModel, AuditRecordModel } from './audit-record.model.js';
import { AuditRecordsArgs } from './audit.queries.js';
import { AuditService } from './audit.service.js';

const AuditRecordConnection = connectionType<AuditRecord>(AuditRecordModel, 'AuditRecord', 'audit records');

@Resolver(() => AuditRecordModel)
export class AuditResolver {
  constructor(private readonly audit: AuditService) {}

  @Query(() => AuditRecordConnection, { name: 'auditRecords', description: 'Commands, whoever gave them, newest first; ordered by `time` or `-time`.' })
  @Requires('audit:read')
  async list(@Args() { filter, first, after, orderBy }: AuditRecordsArgs): Promise<ConnectionOf<AuditRecord>> {
    const request = { limit: first, cursor: after ?? undefined, sort: orderBy ?? undefined };
    return new ConnectionOf(await this.audit.list(filter ?? {}, request));
  }

  @Query(() => AuditHeadModel, { name: 'auditHead', description: 'The end of the chain of audit records, to be kept elsewhere.' })
  @Requires('audit:read')
  head(): Promise<AuditHead> {
    return this.audit.head();
  }

  @Link('AuditRecord', 'own', () => String, { nullable: true, description: 'The resource as it stood before, as JSON text, without secrets.' })
  before(@Parent() { before }: AuditRecord): string | null {
    return before === null ? null : JSON.stringify(before);
  }

  @Link('AuditRecord', 'own', () => String, { nullable: true, description: 'The resource as it was answered, as JSON text, without secrets.' })
  after(@Parent() { after }: AuditRecord): string | null {
    return after === null ? null : JSON.stringify(after);
  }
}
