import { ArgsType, Field, InputType } from '@nestjs/graphql';
import { Type } from 'class-transformer';
import { IsOptional, ValidateNested } from 'class-validator';
import { NetworkScopeEnum } from '../faces/network.model.js';
import { Taken } from '../faces/taken.decorator.js';
import { PageArgs } from '../graphql/page.args.js';
import { PageQuery } from '../http/page.query.js';
import { ChoiceQuery, FlagQuery, ListQuery, TextQuery } from '../http/query.decorators.js';
import { EngineWriteQuery } from '../http/write.query.js';
import { NETWORK_SCOPES, type NetworkScope } from '../resources/network.js';

const ABOUT = {
  engine: 'Only networks of this engine.',
  name: 'Only this name; `*` stands for any text.',
  driver: 'Only this driver.',
  scope: 'Only networks that reach this far.',
  label: 'Only networks with this label, `key` or `key=value`; with all of them where given several times.',
  builtin: "Only the engine's own networks, or none of them.",
  dangling: 'Only networks that nothing is attached to (stopped containers counted), or only others.',
  containsAddress: 'Only networks with a subnet that holds this address.',
} as const;

export class ListNetworksQuery extends PageQuery {
  @TextQuery({ description: ABOUT.engine, example: 'local' })
  engine?: string;

  @TextQuery({ description: ABOUT.name, example: 'frontend' })
  name?: string;

  @TextQuery({ description: ABOUT.driver, example: 'bridge' })
  driver?: string;

  @ChoiceQuery({ description: ABOUT.scope, values: NETWORK_SCOPES })
  scope?: NetworkScope;

  @ListQuery({ description: ABOUT.label, example: ['team=web'] })
  label?: string[];

  @FlagQuery({ description: ABOUT.builtin })
  builtin?: boolean;

  @FlagQuery({ description: ABOUT.dangling })
  dangling?: boolean;

  @TextQuery({ description: ABOUT.containsAddress, example: '10.20.0.5' })
  containsAddress?: string;

  @ChoiceQuery({ description: 'Show each network with its attachments.', values: ['attachments'] })
  include?: 'attachments';
}

@InputType({ description: 'Which networks are wanted; all conditions must hold.' })
export class NetworkFilterInput {
  @Taken({ optional: true, description: ABOUT.engine })
  engine?: string;

  @Taken({ optional: true, description: ABOUT.name })
  name?: string;

  @Taken({ optional: true, description: ABOUT.driver })
  driver?: string;

  @Taken({ type: NetworkScopeEnum, optional: true, description: ABOUT.scope })
  scope?: NetworkScope;

  @Taken({ list: true, optional: true, description: 'Only networks with all of these labels, `key` or `key=value`.' })
  label?: string[];

  @Taken({ type: 'boolean', optional: true, description: ABOUT.builtin })
  builtin?: boolean;

  @Taken({ type: 'boolean', optional: true, description: ABOUT.dangling })
  dangling?: boolean;

  @Taken({ optional: true, description: ABOUT.containsAddress })
  containsAddress?: string;
}

@ArgsType()
export class NetworksArgs extends PageArgs {
  @Field(() => NetworkFilterInput, { nullable: true, description: 'Which networks; all where absent.' })
  @IsOptional()
  @ValidateNested()
  @Type(() => NetworkFilterInput)
  filter?: NetworkFilterInput | null;
}

export class RemoveNetworkQuery extends EngineWriteQuery {
  @FlagQuery({ description: 'Take every container off first; put all back where the removal fails.', example: false })
  detach?: boolean;
}
