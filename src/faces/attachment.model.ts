import { ObjectType } from '@nestjs/graphql';
import type { AddressFamily, Attachment } from '../resources/attachment.js';
import { describedEnum } from './described-enum.js';
import { Shown, ShownInRest, ShownMap } from './shown.decorator.js';

const AddressFamilyEnum = describedEnum<AddressFamily>('AddressFamily', 'A family of addresses.', {
  ipv4: 'IPv4.',
  ipv6: 'IPv6.',
});

@ObjectType('Attachment', { description: "A container's place on one network." })
export class AttachmentModel implements Attachment {
  @Shown({
    type: 'id',
    description: "`<network id>.<container id>`; with the network's name in place of its id where broken.",
    example: 'local~bridge.4e1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8',
  })
  id!: string;

  @ShownInRest({ description: 'Name of the engine that it is on.', example: 'local' })
  engine!: string;

  @Shown({ type: 'id', nullable: true, description: 'The network; null where broken.', example: 'local~bridge' })
  networkId!: string | null;

  @Shown({ description: 'Name of the network.', example: 'bridge' })
  networkName!: string;

  @Shown({ type: 'id', description: 'The container.' })
  containerId!: string;

  @Shown({ description: 'Name of the container.', example: 'web' })
  containerName!: string;

  @Shown({ type: 'boolean', description: 'The container runs and its endpoint exists.', example: true })
  active!: boolean;

  @Shown({ nullable: true, description: "The engine's id of the live endpoint; null while inactive." })
  endpointId!: string | null;

  @Shown({
    nullable: true,
    description: 'IPv4 address in use; while inactive the static one that was asked for, or null.',
    example: '172.17.0.2',
  })
  ipv4Address!: string | null;

  @Shown({ type: 'integer', nullable: true, description: 'Prefix length of its IPv4 subnet in bits.', example: 16 })
  ipv4PrefixLength!: number | null;

  @Shown({
    nullable: true,
    description: 'IPv6 address in use; while inactive the static one that was asked for, or null.',
    example: null,
  })
  ipv6Address!: string | null;

  @Shown({ type: 'integer', nullable: true, description: 'Prefix length of its IPv6 subnet in bits.', example: null })
  ipv6PrefixLength!: number | null;

  @Shown({ nullable: true, description: 'MAC address; null while inactive.', example: '02:42:ac:11:00:02' })
  macAddress!: string | null;

  @Shown({ nullable: true, description: 'IPv4 gateway; null while inactive or where there is none.', example: '172.17.0.1' })
  gateway!: string | null;

  @Shown({ nullable: true, description: 'IPv6 gateway; null while inactive or where there is none.', example: null })
  ipv6Gateway!: string | null;

  @Shown({ list: true, description: 'Further names, as asked for.', example: ['api'] })
  aliases!: string[];

  @Shown({ list: true, description: "Every name that the engine's DNS answers for it on this network.", example: [] })
  dnsNames!: string[];

  @Shown({ list: true, description: 'Names that only this container sees, `container:alias` each.', example: [] })
  links!: string[];

  @ShownMap({ description: 'Options given to the network driver.', example: {} })
  driverOptions!: Readonly<Record<string, string>>;

  @Shown({
    type: 'integer',
    nullable: true,
    description: 'The highest carries the default route; null where the engine has no such setting (API below 1.48).',
    example: null,
  })
  gatewayPriority!: number | null;

  @Shown({
    type: AddressFamilyEnum,
    list: true,
    description:
      "Families in which the container's default route leads over this network, as the engine chooses it; none where " +
      'another network carries it.',
    example: ['ipv4'],
  })
  defaultRoute!: AddressFamily[];

  @Shown({
    nullable: true,
    description: "Why the engine's own record of it is inconsistent, and what to do; null when it is sound.",
    example: null,
  })
  broken!: string | null;
}
