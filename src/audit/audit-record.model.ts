import { ObjectType } from '@nestjs/graphql';
import { ApiProperty } from '@nestjs/swagger';
import { describedEnum } from '../faces/described-enum.js';
import { Shown } from '../faces/shown.decorator.js';
import { AUDIT_KINDS, type AuditKind } from './audit-actions.js';
import type { AuditFace, AuditHead, AuditOutcome, AuditRecord, AuditTarget } from './audit-record.js';

export const AuditOutcomeEnum = describedEnum<AuditOutcome>('AuditOutcome', 'What came of a command.', {
  succeeded: 'It was carried out, or all was as asked for already.',
  refused: 'Nothing was done, for what was asked or who asked.',
  failed: 'An engine, the database or the service failed.',
  unknown: 'It is under way, or nobody could tell what came of it.',
});

export const AuditFaceEnum = describedEnum<AuditFace>('AuditFace', 'Through which face a command came.', {
  rest: 'REST.',
  graphql: 'GraphQL, over HTTP or a WebSocket.',
});

@ObjectType('AuditTarget', { description: 'What a command was on.' })
export class AuditTargetModel implements AuditTarget {
  @Shown({ nullable: true, description: `Its kind: ${AUDIT_KINDS.join(', ')}.`, example: 'network' })
  kind!: AuditKind | null;

  @Shown({ type: 'id', nullable: true, description: 'Its id; null where the command did not get so far as to know it.' })
  id!: string | null;

  @Shown({ nullable: true, description: 'Its name; null where it has none, or it is not known.', example: 'frontend' })
  name!: string | null;

  @Shown({ nullable: true, description: 'What the caller called it; `<network>/<container>` for an attachment.', example: 'frontend' })
  reference!: string | null;
}

@ObjectType('AuditRecord', { description: 'A command, whoever gave it, and what came of it. Refused ones are on record, too.' })
export class AuditRecordModel implements AuditRecord {
  @Shown({ type: 'id', description: 'Unique.' })
  id!: string;

  @Shown({ type: 'integer', description: 'Its place in the chain of records; a command takes up to two.', example: 4711 })
  sequence!: number;

  @Shown({ type: 'datetime', description: "When it went on record, before it was carried out, by the database's clock." })
  time!: string;

  @Shown({ type: 'datetime', nullable: true, description: 'When its outcome went on record; null while there is none.' })
  endedAt!: string | null;

  @Shown({ description: 'Id of the request, as its answer told in `X-Request-Id`.' })
  requestId!: string;

  @Shown({ type: 'id', description: 'Of the key that it was given with.' })
  keyId!: string;

  @Shown({ description: 'Name of the key, at that time.', example: 'ci' })
  keyName!: string;

  @Shown({ nullable: true, description: 'Subject of the token that it was given with; null where that was a key.' })
  subject!: string | null;

  @Shown({ description: "The client's address.", example: '192.0.2.7' })
  address!: string;

  @Shown({ type: AuditFaceEnum, description: 'Through which face it came.', example: 'rest' })
  face!: AuditFace;

  @Shown({ description: 'What was to be done, the same through both faces.', example: 'network.create' })
  action!: string;

  @Shown({ type: () => AuditTargetModel, description: 'What it was on.' })
  target!: AuditTargetModel;

  @Shown({ nullable: true, description: 'Name of the engine; null where there is none, or it is not known.', example: 'local' })
  engine!: string | null;

  @Shown({ type: 'boolean', description: 'Whether nothing was to be changed.', example: false })
  dryRun!: boolean;

  @Shown({ type: AuditOutcomeEnum, description: 'What came of it.', example: 'succeeded' })
  outcome!: AuditOutcome;

  @Shown({ nullable: true, description: 'Code of the error that it was answered with; null where it was none.', example: null })
  code!: string | null;

  @Shown({ type: 'boolean', nullable: true, description: 'Whether anything was changed; null where that is not known.', example: true })
  changed!: boolean | null;

  @Shown({ type: 'boolean', description: 'Nothing was carried out: it was answered like an earlier request with its idempotency key.', example: false })
  replayed!: boolean;

  @ApiProperty({
    ...{ type: 'object', additionalProperties: true, nullable: true },
    description: 'The resource as it stood before, without secrets; null where there was none, or the command did not get so far.',
  })
  before!: AuditRecord['before'];

  @ApiProperty({
    ...{ type: 'object', additionalProperties: true, nullable: true },
    description: 'The resource as it was answered, without secrets, for a dry run as it would be; null where none is left or none was answered.',
  })
  after!: AuditRecord['after'];

  @Shown({ list: true, description: 'Fields of before and after that were too long to be kept whole: what they begin with, their length and the SHA-256 of their JSON are there instead.', example: [] })
  omitted!: readonly string[];
}

@ObjectType('AuditHead', { description: 'Where the chain of audit records ends. Kept elsewhere, it shows later whether the end was cut off.' })
export class AuditHeadModel implements AuditHead {
  @Shown({ type: 'integer', description: 'Place of the last row; 0 before the first.', example: 4712 })
  sequence!: number;

  @Shown({ description: 'Keyed hash of it and all before; empty before the first.', example: 'v1.4f1c9a0b7d2e.mO3pS0kqX1c' })
  mac!: string;
}
