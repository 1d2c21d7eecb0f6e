import { InputType } from '@nestjs/graphql';
import { Matches } from 'class-validator';
import { Taken, TakenMap } from '../faces/taken.decorator.js';
import { NetworkScopeEnum } from '../faces/network.model.js';

/** Docker takes almost anything; this is what can be written in a URL, a DNS name and a shell without quoting. */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/;
/** Also of a plugin, as in `example.com/net-plugin:2.8`. Engines look for plugins in files of that name: no way out of a folder may be in it. */
const DRIVER = /^(?=.{1,255}$)[a-zA-Z0-9][\w-]*([.:/@][\w-]+)*$/;

@InputType({ description: 'An address pool of a network.' })
export class IpamPoolInput {
  @Taken({ optional: true, description: 'Block in CIDR notation, without host bits.', example: '10.20.0.0/24' })
  subnet?: string;

  @Taken({
    optional: true,
    description: 'Part of the subnet that containers without a static address get theirs from, in CIDR notation.',
    example: '10.20.0.128/25',
  })
  ipRange?: string;

  @Taken({ optional: true, description: 'Address of the gateway; the first free one by default.', example: '10.20.0.1' })
  gateway?: string;

  @TakenMap({
    optional: true,
    description: 'Addresses that are never given to a container, by a name for each.',
    example: { router: '10.20.0.2' },
  })
  auxiliaryAddresses?: Record<string, string>;
}

@InputType({ description: 'How the addresses of a network are managed.' })
export class IpamInput {
  @Taken({ optional: true, description: 'IPAM driver.', default: 'default', example: 'default' })
  @Matches(DRIVER, { message: 'ipam.driver must be the name of a driver' })
  driver?: string;

  @TakenMap({ optional: true, description: 'Options of the IPAM driver.', example: {} })
  options?: Record<string, string>;

  @Taken({
    type: () => IpamPoolInput,
    list: true,
    optional: true,
    description: 'Address pools; the engine chooses an IPv4 subnet where there are none.',
  })
  pools?: IpamPoolInput[];
}

@InputType({ description: 'A network to create.' })
export class CreateNetworkInput {
  @Taken({ description: 'Name, unique on its engine: letters, digits, `_`, `.` and `-`.', example: 'frontend' })
  @Matches(NAME, { message: 'name must begin with a letter or digit and hold letters, digits, _ . - only (128 at most)' })
  name!: string;

  @Taken({
    optional: true,
    description: 'Engine to create it on; may be left out where there is only one.',
    example: 'local',
  })
  engine?: string;

  @Taken({
    optional: true,
    description: 'bridge, overlay, macvlan, ipvlan or the name of an installed plugin.',
    default: 'bridge',
    example: 'bridge',
  })
  @Matches(DRIVER, { message: 'driver must be the name of a driver' })
  driver?: string;

  @Taken({ type: NetworkScopeEnum, optional: true, description: 'Reach of the network; the driver decides by default.' })
  scope?: 'local' | 'swarm' | 'global';

  @Taken({ type: 'boolean', optional: true, default: false, description: 'No way out of the network.', example: false })
  internal?: boolean;

  @Taken({
    type: 'boolean',
    optional: true,
    default: false,
    description: 'For overlay networks: containers can be attached by hand, not only tasks of services.',
  })
  attachable?: boolean;

  @Taken({ type: 'boolean', optional: true, default: false, description: "The swarm's routing-mesh network." })
  ingress?: boolean;

  @Taken({
    type: 'boolean',
    optional: true,
    default: false,
    description: 'Only holds settings that other networks take with `configFrom`.',
  })
  configOnly?: boolean;

  @Taken({ optional: true, description: 'Configuration network (a reference) to take ipam and options from.' })
  configFrom?: string;

  @Taken({
    type: 'boolean',
    optional: true,
    default: true,
    description: 'Containers get IPv4 addresses. Only engines with API 1.48 can do without.',
  })
  ipv4Enabled?: boolean;

  @Taken({ type: 'boolean', optional: true, default: false, description: 'Containers get IPv6 addresses.' })
  ipv6Enabled?: boolean;

  @Taken({ type: () => IpamInput, optional: true, description: 'Subnets; the engine chooses where absent.' })
  ipam?: IpamInput;

  @TakenMap({
    optional: true,
    description: 'Driver options by their full names.',
    example: { 'com.docker.network.driver.mtu': '1450' },
  })
  options?: Record<string, string>;

  @TakenMap({ optional: true, description: 'Labels; they cannot be changed later.', example: { team: 'web' } })
  labels?: Record<string, string>;
}

@InputType({ description: 'Which unused networks to remove.' })
export class PruneNetworksInput {
  @Taken({ optional: true, description: 'Engine to prune on; all engines where absent.', example: 'local' })
  engine?: string;

  @Taken({
    list: true,
    optional: true,
    description: 'Only networks with all of these labels, each `key` or `key=value`.',
    example: ['temporary'],
  })
  labels?: string[];

  @Taken({
    list: true,
    optional: true,
    description: 'No networks with any of these labels, each `key` or `key=value`.',
    example: ['keep'],
  })
  withoutLabels?: string[];

  @Taken({
    type: 'datetime',
    optional: true,
    description: 'Only networks that were created before this time (RFC 3339).',
    example: '2026-11-24T00:00:00Z',
  })
  createdBefore?: string;
}
