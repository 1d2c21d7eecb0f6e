import { InputType } from '@nestjs/graphql';
import { ArrayMaxSize, IsIP, Matches, Max, Min } from 'class-validator';
import { NodeAvailabilityEnum, SwarmNodeRoleEnum } from '../faces/swarm.model.js';
import { Taken } from '../faces/taken.decorator.js';
import type { NodeAvailability, SwarmNodeRole } from '../resources/swarm.js';

const CIDR = /^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/;

@InputType({ description: 'An engine that is to be in a swarm, and where the others reach it.' })
export class SwarmMemberInput {
  @Taken({ description: 'Name of the engine.', example: 'one' })
  engine!: string;

  @Taken({ description: 'Address of its host by which the other nodes reach it.', example: '10.60.0.1' })
  @IsIP(undefined, { message: 'advertiseAddress must be an IP address' })
  advertiseAddress!: string;

  @Taken({
    optional: true,
    description: 'Address of its host to listen on for managers, at port 2377; the advertised one where absent.',
    example: '0.0.0.0',
  })
  @IsIP(undefined, { message: 'listenAddress must be an IP address' })
  listenAddress?: string;

  @Taken({ optional: true, description: 'Address of its host for overlay traffic; the advertised one where absent.', example: '10.61.0.1' })
  @IsIP(undefined, { message: 'dataPathAddress must be an IP address' })
  dataPathAddress?: string;
}

@InputType({ description: 'A swarm to form from engines that are in none.' })
export class FormSwarmInput {
  @Taken({ type: () => SwarmMemberInput, description: 'The engine that will be its manager.' })
  manager!: SwarmMemberInput;

  @Taken({ type: () => SwarmMemberInput, list: true, optional: true, description: 'Engines that join as workers.' })
  @ArrayMaxSize(100)
  workers?: SwarmMemberInput[];

  @Taken({
    list: true,
    optional: true,
    description: 'Blocks that networks without a subnet of their own are given from; 10.0.0.0/8 where absent.',
    example: ['10.0.0.0/8'],
  })
  @Matches(CIDR, { each: true, message: 'each of defaultAddressPools must be an IPv4 block in CIDR notation' })
  defaultAddressPools?: string[];

  @Taken({ type: 'integer', optional: true, description: 'Prefix length of the subnets given from them; 24 where absent.', example: 24 })
  @Min(8)
  @Max(29)
  subnetSize?: number;

  @Taken({ type: 'integer', optional: true, description: 'UDP port for overlay traffic; 4789 where absent.', example: 4789 })
  @Min(1024)
  @Max(49_151)
  dataPathPort?: number;
}

@InputType({ description: 'An engine to put into a swarm.' })
export class AddSwarmNodeInput extends SwarmMemberInput {
  @Taken({ optional: true, description: 'The swarm: its id, or the name of an engine in it; may be left out where there is one.', example: 'one' })
  swarm?: string;

  @Taken({ type: SwarmNodeRoleEnum, optional: true, default: 'worker', description: 'What it is to be there.' })
  role?: SwarmNodeRole;
}

@InputType({ description: 'What to change of a node; what is absent stays.' })
export class UpdateSwarmNodeInput {
  @Taken({ type: NodeAvailabilityEnum, optional: true, description: 'Whether it takes tasks.', example: 'drain' })
  availability?: NodeAvailability;

  @Taken({ type: SwarmNodeRoleEnum, optional: true, description: 'What it is to be in the swarm.' })
  role?: SwarmNodeRole;
}
