import { ArgsType, Field, InputType } from '@nestjs/graphql';
import { Type } from 'class-transformer';
import { IsOptional, ValidateNested } from 'class-validator';
import { Taken } from '../faces/taken.decorator.js';
import { PageArgs } from '../graphql/page.args.js';
import { PageQuery } from '../http/page.query.js';
import { FlagQuery, TextQuery } from '../http/query.decorators.js';
import { EngineWriteQuery, WriteQuery } from '../http/write.query.js';

const ABOUT = {
  engine: 'Only attachments on this engine.',
  network: 'Only attachments to this network (a reference).',
  container: 'Only attachments of this container (a reference).',
  address: 'Only attachments with this IPv4 or IPv6 address.',
  macAddress: 'Only attachments with this MAC address.',
} as const;

export class ListAttachmentsQuery extends PageQuery {
  @TextQuery({ description: ABOUT.engine, example: 'local' })
  engine?: string;

  @TextQuery({ description: ABOUT.network, example: 'frontend' })
  network?: string;

  @TextQuery({ description: ABOUT.container, example: 'web' })
  container?: string;

  @TextQuery({ description: ABOUT.address, example: '10.20.0.5' })
  address?: string;

  @TextQuery({ description: ABOUT.macAddress, example: '02:42:0a:14:00:05' })
  macAddress?: string;
}

/** A list whose path names one of the ends. */
export class ListOneEndQuery extends PageQuery {
  @TextQuery({ description: 'Engine on which the reference is to be found.', example: 'local' })
  engine?: string;
}

@InputType({ description: 'Which attachments are wanted; all conditions must hold.' })
export class AttachmentFilterInput {
  @Taken({ optional: true, description: ABOUT.engine })
  engine?: string;

  @Taken({ optional: true, description: ABOUT.network })
  network?: string;

  @Taken({ optional: true, description: ABOUT.container })
  container?: string;

  @Taken({ optional: true, description: ABOUT.address })
  address?: string;

  @Taken({ optional: true, description: ABOUT.macAddress })
  macAddress?: string;
}

@ArgsType()
export class AttachmentsArgs extends PageArgs {
  @Field(() => AttachmentFilterInput, { nullable: true, description: 'Which attachments; all where absent.' })
  @IsOptional()
  @ValidateNested()
  @Type(() => AttachmentFilterInput)
  filter?: AttachmentFilterInput | null;
}

const FORCE = 'Tear the endpoint down although the engine finds it in disorder.';

export class PutAttachmentQuery extends EngineWriteQuery {
  @FlagQuery({ description: 'Where one stands with other settings, put one with these in its place.', example: false })
  replace?: boolean;
}

export class DetachQuery extends EngineWriteQuery {
  @FlagQuery({ description: FORCE, example: false })
  force?: boolean;
}

export class DetachByIdQuery extends WriteQuery {
  @FlagQuery({ description: FORCE, example: false })
  force?: boolean;
}
