import { ObjectType } from '@nestjs/graphql';
import { ApiProperty } from '@nestjs/swagger';
import type { Ipam, IpamPool, Network, NetworkScope, PoolUsage } from '../resources/network.js';
import { AttachmentModel } from './attachment.model.js';
import { describedEnum } from './described-enum.js';
import { Shown, ShownInRest, ShownMap } from './shown.decorator.js';

export const NetworkScopeEnum = describedEnum<NetworkScope>('NetworkScope', 'How far a network reaches.', {
  local: 'One engine.',
  swarm: 'All engines of a swarm.',
  global: 'All engines that share a store for it.',
});

@ObjectType('PoolUsage', { description: 'How full an address pool is, in addresses.' })
export class PoolUsageModel implements PoolUsage {
  @Shown({
    nullable: true,
    description: 'Addresses that the pool can give out, as a decimal number in text; null where it cannot be told.',
    example: '254',
  })
  capacity!: string | null;

  @Shown({ nullable: true, description: 'Addresses held: by the gateway, reserved, or by containers.', example: '3' })
  inUse!: string | null;

  @Shown({ nullable: true, description: 'Addresses left.', example: '251' })
  free!: string | null;
}

@ObjectType('IpamPool', { description: 'An address pool of a network.' })
export class IpamPoolModel implements IpamPool {
  @Shown({ description: 'Block in CIDR notation.', example: '10.20.0.0/24' })
  subnet!: string;

  @Shown({ nullable: true, description: 'Part of the subnet that dynamic addresses come from.', example: null })
  ipRange!: string | null;

  @Shown({ nullable: true, description: 'Address of the gateway; null where none is known.', example: '10.20.0.1' })
  gateway!: string | null;

  @ShownMap({ description: 'Addresses never given to a container, by their names.', example: { router: '10.20.0.2' } })
  auxiliaryAddresses!: Readonly<Record<string, string>>;

  @Shown({ type: () => PoolUsageModel, description: 'How full the pool is.' })
  usage!: PoolUsageModel;
}

@ObjectType('Ipam', { description: 'How the addresses of a network are managed.' })
export class IpamModel implements Ipam {
  @Shown({ description: 'IPAM driver.', example: 'default' })
  driver!: string;

  @ShownMap({ description: 'Options of the IPAM driver.', example: {} })
  options!: Readonly<Record<string, string>>;

  @Shown({ type: () => IpamPoolModel, list: true, description: 'Address pools.' })
  pools!: IpamPoolModel[];
}

@ObjectType('Network', { description: 'A Docker network.' })
export class NetworkModel implements Network {
  @Shown({
    type: 'id',
    description: "The engine's id; `<engine>~bridge`, `~host` and `~none` for those that engines make themselves.",
    example: '9f3c5b1d7a2e4f60818d9ab3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f7',
  })
  id!: string;

  @Shown({ description: 'The id that the engine uses now.' })
  engineId!: string;

  @Shown({ description: 'Name, unique on its engine.', example: 'frontend' })
  name!: string;

  @ShownInRest({ list: true, description: 'Names of the engines that show it.', example: ['local'] })
  engines!: string[];

  @Shown({ description: 'bridge, overlay, macvlan, ipvlan, host, null or a plugin.', example: 'bridge' })
  driver!: string;

  @Shown({ type: NetworkScopeEnum, description: 'How far it reaches.', example: 'local' })
  scope!: NetworkScope;

  @Shown({ type: 'boolean', description: 'Made by the engine itself: bridge, host and none.', example: false })
  builtin!: boolean;

  @Shown({ type: 'boolean', description: 'Has no way out.', example: false })
  internal!: boolean;

  @Shown({ type: 'boolean', description: 'Containers can be attached by hand (swarm networks).', example: false })
  attachable!: boolean;

  @Shown({ type: 'boolean', description: "It is the swarm's routing-mesh network.", example: false })
  ingress!: boolean;

  @Shown({ type: 'boolean', description: 'Only holds settings for other networks.', example: false })
  configOnly!: boolean;

  @Shown({ nullable: true, description: 'Name of the configuration network it was made from.', example: null })
  configFrom!: string | null;

  @Shown({ type: 'boolean', description: 'Containers get IPv4 addresses.', example: true })
  ipv4Enabled!: boolean;

  @Shown({ type: 'boolean', description: 'Containers get IPv6 addresses.', example: false })
  ipv6Enabled!: boolean;

  @Shown({ type: () => IpamModel, description: 'Its addresses.' })
  ipam!: IpamModel;

  @ShownMap({ description: 'Driver options.', example: { 'com.docker.network.driver.mtu': '1450' } })
  options!: Readonly<Record<string, string>>;

  @ShownMap({ description: 'Labels.', example: { team: 'web' } })
  labels!: Readonly<Record<string, string>>;

  @Shown({ type: 'datetime', description: 'When it was created.', example: '2026-11-23T12:00:00.000Z' })
  createdAt!: string;

  @Shown({ list: true, description: 'What to know of a network of this kind.', example: [] })
  notes!: string[];

  @Shown({ type: 'integer', description: 'Attachments, those of stopped containers included.', example: 2 })
  attachmentCount!: number;
}

/** A network in a list that was asked to include attachments. */
export class NetworkItemModel extends NetworkModel {
  @ApiProperty({
    type: () => [AttachmentModel],
    required: false,
    description: 'Its attachments, where the list was asked for with `include=attachments`.',
  })
  attachments?: AttachmentModel[];
}
