import { InputType } from '@nestjs/graphql';
import { ArrayMinSize, Matches, Max, MaxLength, Min } from 'class-validator';
import { Taken } from '../faces/taken.decorator.js';

const LONGEST_NAME = 100;

@InputType({ description: 'An API key to make. It can be given what its maker has, and no more.' })
export class CreateApiKeyInput {
  @Taken({ description: 'Who or what it is for; no two keys have one name.', example: 'ci' })
  @MaxLength(LONGEST_NAME)
  @Matches(/^(?=.*\S)\P{C}+$/u, { message: 'name must hold something that can be seen, and no control characters' })
  name!: string;

  @Taken({ list: true, description: 'What it may do.', example: ['networks:read', 'containers:read'] })
  @ArrayMinSize(1)
  scopes!: string[];

  @Taken({
    list: true,
    optional: true,
    description: 'Names of the engines that it is to see; all where absent or empty. What it does not see is not there for it.',
    example: ['local'],
  })
  engines?: string[];

  @Taken({
    clearable: true,
    description:
      'Labels of the networks, containers and services that it is to see, written like a Kubernetes label selector: ' +
      'key=value, key!=value, key in (a,b), key notin (a,b), key, !key, separated by commas, all of which must hold. ' +
      'All where absent or null. What it creates must match.',
    example: 'team=a,env in (dev,test)',
  })
  selector?: string | null;

  @Taken({
    list: true,
    optional: true,
    description: 'Addresses and CIDR blocks that it may be used from; anywhere where absent or empty.',
    example: ['10.0.0.0/8', '192.0.2.7'],
  })
  clientRanges?: string[];

  @Taken({ type: 'datetime', optional: true, description: 'When it is to end by itself; it stays where absent.' })
  expiresAt?: string;
}

@InputType({ description: 'How an API key is to be replaced.' })
export class RotateApiKeyInput {
  @Taken({
    type: 'integer',
    optional: true,
    description: 'How long the key before is still good beside the new one, in seconds, at most 30 days; 0 ends it at once.',
    default: 86_400,
    example: 86_400,
  })
  @Min(0)
  @Max(2_592_000)
  overlapSeconds?: number;
}
