import { InputType } from '@nestjs/graphql';
import { IsIP, Matches, Max, Min } from 'class-validator';
import { Taken, TakenMap } from './taken.decorator.js';

/** Unicast: the lowest bit of the first byte is not set. */
const MAC = /^[0-9a-fA-F][02468aceACE](([:-])[0-9a-fA-F]{2})(\2[0-9a-fA-F]{2}){4}$/;
const MAC_MESSAGE = 'macAddress must be a unicast MAC address such as 02:42:0a:14:00:05';
const ALIAS = /^[a-zA-Z0-9_]([a-zA-Z0-9_.-]{0,61}[a-zA-Z0-9_])?$/;
const LINK = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*:[a-zA-Z0-9_][a-zA-Z0-9_.-]*$/;

/** Settings of an attachment, as every input that makes one takes them. */
@InputType({ isAbstract: true })
export abstract class AttachmentSettingsFields {
  @Taken({ optional: true, description: 'Static IPv4 address; the engine chooses where absent.', example: '10.20.0.5' })
  @IsIP(4, { message: 'ipv4Address must be an IPv4 address without prefix length' })
  ipv4Address?: string;

  @Taken({ optional: true, description: 'Static IPv6 address; the engine chooses where absent.', example: 'fd00:20::5' })
  @IsIP(6, { message: 'ipv6Address must be an IPv6 address without prefix length' })
  ipv6Address?: string;

  @Taken({
    optional: true,
    description: 'MAC address. For an existing container only engines with API 1.54 take one.',
    example: '02:42:0a:14:00:05',
  })
  @Matches(MAC, { message: MAC_MESSAGE })
  macAddress?: string;

  @Taken({
    list: true,
    optional: true,
    description: 'Further names under which the container is found on this network. Several containers may share one.',
    example: ['api'],
  })
  @Matches(ALIAS, { each: true, message: 'each of aliases must be a DNS name of 1 to 63 letters, digits, _ . -' })
  aliases?: string[];

  @Taken({
    list: true,
    optional: true,
    description: 'Names that only this container sees, `container:alias` each.',
    example: ['database:db'],
  })
  @Matches(LINK, { each: true, message: 'each of links must be <container>:<alias>' })
  links?: string[];

  @TakenMap({ optional: true, description: 'Options for the network driver.', example: {} })
  driverOptions?: Record<string, string>;

  @Taken({
    type: 'integer',
    optional: true,
    default: 0,
    description: 'The attachment with the highest carries the default route. Needs Engine API 1.48.',
  })
  @Min(-2_147_483_648)
  @Max(2_147_483_647)
  gatewayPriority?: number;
}
