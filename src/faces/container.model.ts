import { ObjectType } from '@nestjs/graphql';
import type {
  Container,
  ContainerState,
  DnsSettings,
  PublishedPort,
  TransportProtocol,
} from '../resources/container.js';
import { AttachmentModel } from './attachment.model.js';
import { describedEnum } from './described-enum.js';
import { Shown, ShownInRest, ShownMap } from './shown.decorator.js';

export const ContainerStateEnum = describedEnum<ContainerState>('ContainerState', 'What a container is doing.', {
  created: 'It was created and has never run.',
  running: 'It runs.',
  paused: 'It runs but is frozen.',
  restarting: 'It ended and waits to be started again by its restart policy.',
  removing: 'It is being removed.',
  exited: 'It has ended.',
  dead: 'Its removal failed half-way.',
});

export const TransportProtocolEnum = describedEnum<TransportProtocol>('TransportProtocol', 'Transport protocol of a port.', {
  tcp: 'TCP.',
  udp: 'UDP.',
  sctp: 'SCTP.',
});

@ObjectType('PublishedPort', { description: 'A port of a container that is reached through a port of the host.' })
export class PublishedPortModel implements PublishedPort {
  @Shown({ type: 'integer', description: 'Port in the container.', example: 80 })
  containerPort!: number;

  @Shown({ type: TransportProtocolEnum, description: 'Transport protocol.', example: 'tcp' })
  protocol!: TransportProtocol;

  @Shown({ nullable: true, description: 'Address of the host; null where the engine binds all.', example: '0.0.0.0' })
  hostAddress!: string | null;

  @Shown({
    type: 'integer',
    nullable: true,
    description: 'Port of the host; null while an ephemeral one has not been chosen.',
    example: 8080,
  })
  hostPort!: number | null;

  @Shown({
    nullable: true,
    description: 'Ports of the host of which one is taken at the start; null where one or any was asked for, and while it runs.',
    example: null,
  })
  hostPortRange!: string | null;
}

@ObjectType('DnsSettings', { description: 'How a container resolves names that the engine does not answer.' })
export class DnsSettingsModel implements DnsSettings {
  @Shown({ list: true, description: "Name servers; empty for the host's.", example: ['10.0.0.53'] })
  servers!: string[];

  @Shown({ list: true, description: 'Search domains.', example: [] })
  search!: string[];

  @Shown({ list: true, description: 'Options of resolv.conf.', example: [] })
  options!: string[];
}

@ObjectType('Container', { description: 'A Docker container, as far as networking is concerned.' })
export class ContainerModel implements Container {
  @Shown({
    type: 'id',
    description: "The engine's id.",
    example: '4e1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8',
  })
  id!: string;

  @Shown({ description: 'Name, unique on its engine.', example: 'web' })
  name!: string;

  @ShownInRest({ description: 'Name of the engine that it is on.', example: 'local' })
  engine!: string;

  @Shown({ description: 'Image, as it was named at creation.', example: 'nginx:1.29' })
  image!: string;

  @Shown({ description: 'Id of the image.' })
  imageId!: string;

  @Shown({ list: true, description: 'Command and arguments.', example: ['nginx', '-g', 'daemon off;'] })
  command!: string[];

  @Shown({ type: ContainerStateEnum, description: 'What it is doing.', example: 'running' })
  state!: ContainerState;

  @Shown({
    type: 'integer',
    nullable: true,
    description: 'Exit code of the last run; null while running or never run.',
    example: null,
  })
  exitCode!: number | null;

  @Shown({
    nullable: true,
    description: '`starting`, `healthy` or `unhealthy`; null without a health check.',
    example: 'healthy',
  })
  health!: string | null;

  @ShownMap({ description: 'Labels.', example: { team: 'web' } })
  labels!: Readonly<Record<string, string>>;

  @Shown({ nullable: true, description: "Host name; null where it has the host's.", example: 'web-1' })
  hostname!: string | null;

  @Shown({ description: "A network's name, `bridge`, `host`, `none` or `container:<id>`.", example: 'frontend' })
  networkMode!: string;

  @ShownInRest({
    nullable: true,
    description:
      'In mode `container:<id>` the id of the container whose network stack it lives in: the attachments of that one ' +
      'carry its traffic, it has none itself.',
    example: null,
  })
  sharesNetworkOf!: string | null;

  @Shown({ type: () => DnsSettingsModel, description: 'Name servers of its own.' })
  dns!: DnsSettingsModel;

  @Shown({ list: true, description: 'Lines of /etc/hosts, `name:address` each.', example: ['db:10.0.0.9'] })
  extraHosts!: string[];

  @Shown({ list: true, description: 'Ports it listens on, `80/tcp` each.', example: ['80/tcp'] })
  exposedPorts!: string[];

  @Shown({ type: () => PublishedPortModel, list: true, description: 'Ports published on the host.' })
  publishedPorts!: PublishedPortModel[];

  @Shown({ list: true, description: 'Legacy links of the default bridge, `container:alias` each.', example: [] })
  links!: string[];

  @Shown({ type: 'datetime', description: 'When it was created.', example: '2026-11-23T12:00:00.000Z' })
  createdAt!: string;

  @Shown({ type: 'datetime', nullable: true, description: 'When its last run began; null if it never ran.' })
  startedAt!: string | null;

  @Shown({ type: () => AttachmentModel, list: true, description: 'Its places on networks, by network name.' })
  attachments!: AttachmentModel[];
}
