import { ArgsType, Field, InputType } from '@nestjs/graphql';
import { Type } from 'class-transformer';
import { IsOptional, IsRFC3339, ValidateNested } from 'class-validator';
import { Taken } from '../faces/taken.decorator.js';
import { PageArgs } from '../graphql/page.args.js';
import { PageQuery } from '../http/page.query.js';
import { FlagQuery, ListQuery, TextQuery } from '../http/query.decorators.js';
import { AUDIT_OUTCOMES, type AuditFilter, type AuditOutcome } from './audit-record.js';
import { AuditOutcomeEnum } from './audit-record.model.js';

const ABOUT = {
  keys: 'Only commands given with these keys; ids or names.',
  subjects: 'Only commands given with tokens of these subjects.',
  addresses: 'Only commands from these client addresses.',
  actions: 'Only these actions; `network.*` stands for a whole family.',
  engines: 'Only commands on these engines.',
  targets: 'Only commands on these; ids, names, or what callers called them.',
  outcomes: 'Only commands of which this came.',
  requestIds: 'Only commands of these requests.',
  dryRun: 'Only dry runs, or none of them.',
  from: 'Only commands since this time.',
  to: 'Only commands before this time.',
} as const;

export class ListAuditRecordsQuery extends PageQuery implements AuditFilter {
  @ListQuery({ description: ABOUT.keys, example: ['ci'] })
  keys?: string[];

  @ListQuery({ description: ABOUT.subjects, example: ['user-1'] })
  subjects?: string[];

  @ListQuery({ description: ABOUT.addresses, example: ['192.0.2.7'] })
  addresses?: string[];

  @ListQuery({ description: ABOUT.actions, example: ['network.*'] })
  actions?: string[];

  @ListQuery({ description: ABOUT.engines, example: ['local'] })
  engines?: string[];

  @ListQuery({ description: ABOUT.targets, example: ['frontend'] })
  targets?: string[];

  @ListQuery({ description: ABOUT.outcomes, values: AUDIT_OUTCOMES })
  outcomes?: AuditOutcome[];

  @ListQuery({ description: ABOUT.requestIds })
  requestIds?: string[];

  @FlagQuery({ description: ABOUT.dryRun, example: false })
  dryRun?: boolean;

  @TextQuery({ maxLength: 40, description: ABOUT.from, example: '2026-11-25T00:00:00Z' })
  @IsRFC3339()
  from?: string;

  @TextQuery({ maxLength: 40, description: ABOUT.to, example: '2026-11-26T00:00:00Z' })
  @IsRFC3339()
  to?: string;
}

@InputType({ description: 'Which audit records are wanted; all conditions must hold, an empty one excludes nothing.' })
export class AuditFilterInput implements AuditFilter {
  @Taken({ list: true, optional: true, description: ABOUT.keys })
  keys?: string[];

  @Taken({ list: true, optional: true, description: ABOUT.subjects })
  subjects?: string[];

  @Taken({ list: true, optional: true, description: ABOUT.addresses })
  addresses?: string[];

  @Taken({ list: true, optional: true, description: ABOUT.actions, example: ['network.*'] })
  actions?: string[];

  @Taken({ list: true, optional: true, description: ABOUT.engines })
  engines?: string[];

  @Taken({ list: true, optional: true, description: ABOUT.targets })
  targets?: string[];

  @Taken({ type: AuditOutcomeEnum, list: true, optional: true, description: ABOUT.outcomes })
  outcomes?: AuditOutcome[];

  @Taken({ list: true, optional: true, description: ABOUT.requestIds })
  requestIds?: string[];

  @Taken({ type: 'boolean', optional: true, description: ABOUT.dryRun })
  dryRun?: boolean;

  @Taken({ type: 'datetime', optional: true, description: ABOUT.from })
  from?: string;

  @Taken({ type: 'datetime', optional: true, description: ABOUT.to })
  to?: string;
}

@ArgsType()
export class AuditRecordsArgs extends PageArgs {
  @Field(() => AuditFilterInput, { nullable: true, description: 'Which records; all where absent.' })
  @IsOptional()
  @ValidateNested()
  @Type(() => AuditFilterInput)
  filter?: AuditFilterInput | null;
}
