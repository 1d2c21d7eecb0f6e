import { InputType } from '@nestjs/graphql';
import { ArrayMaxSize, IsIP, Matches, Max, MaxLength, Min } from 'class-validator';
import { AttachmentSettingsFields } from '../faces/attachment-settings.input.js';
import { TransportProtocolEnum } from '../faces/container.model.js';
import { Taken, TakenMap } from '../faces/taken.decorator.js';
import type { TransportProtocol } from '../resources/container.js';

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$/;
const HOSTNAME = /^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;
const EXTRA_HOST = /^[a-zA-Z0-9_][a-zA-Z0-9_.-]*:([0-9a-fA-F:.]+|host-gateway)$/;
const LINK = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*:[a-zA-Z0-9_][a-zA-Z0-9_.-]*$/;
/** 1 to 65535: engines drop a larger one without a word. */
const PORT = /^([1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])(\/(tcp|udp|sctp))?$/;

@InputType({ description: 'A network that a new container is attached to, and how.' })
export class ContainerNetworkInput extends AttachmentSettingsFields {
  @Taken({ description: 'The network: id, name or unique id prefix.', example: 'frontend' })
  network!: string;
}

@InputType({ description: 'How a container resolves names that the engine does not answer.' })
export class DnsInput {
  @Taken({ list: true, optional: true, description: 'Addresses of name servers.', example: ['10.0.0.53'] })
  @IsIP(undefined, { each: true, message: 'each of dns.servers must be an IP address' })
  servers?: string[];

  @Taken({ list: true, optional: true, description: 'Search domains.', example: ['example.org'] })
  @Matches(/^\S{1,253}$/, { each: true, message: 'each of dns.search must be a domain' })
  search?: string[];

  @Taken({ list: true, optional: true, description: 'Options of resolv.conf.', example: ['ndots:2'] })
  @Matches(/^\S{1,253}$/, { each: true, message: 'each of dns.options must be one word' })
  options?: string[];
}

@InputType({ description: 'A port of a container that is to be reached through a port of the host.' })
export class PublishedPortInput {
  @Taken({ type: 'integer', description: 'Port in the container, 1 to 65535.', example: 80 })
  @Min(1)
  @Max(65_535)
  containerPort!: number;

  @Taken({ type: TransportProtocolEnum, optional: true, description: 'Transport protocol.', default: 'tcp' })
  protocol?: TransportProtocol;

  @Taken({ optional: true, description: "One of the host's addresses; all of them where absent.", example: '127.0.0.1' })
  @IsIP(undefined, { message: 'hostAddress must be an IP address' })
  hostAddress?: string;

  @Taken({
    type: 'integer',
    optional: true,
    description: 'Port on the host, 1 to 65535; the engine chooses a free one at every start where absent.',
    example: 8080,
  })
  @Min(1)
  @Max(65_535)
  hostPort?: number;

  @Taken({
    optional: true,
    description: 'Ports on the host, in place of hostPort, of which the engine takes a free one at every start.',
    example: '18000-18010',
  })
  @Matches(/^\d{1,5}-\d{1,5}$/, { message: 'hostPortRange must be two ports, as in 18000-18010' })
  hostPortRange?: string;
}

@InputType({ description: 'A container to create. It is never privileged and mounts nothing of the host.' })
export class CreateContainerInput {
  @Taken({ optional: true, description: 'Name, unique on its engine; the engine invents one where absent.', example: 'web' })
  @Matches(NAME, { message: 'name must begin with a letter or digit and hold 2 to 128 letters, digits, _ . -' })
  name?: string;

  @Taken({ optional: true, description: 'Engine to create it on; may be left out where there is only one.' })
  engine?: string;

  @Taken({ description: 'Image, by name or id. The engine must have it unless pulls are allowed.', example: 'nginx:1.29' })
  @Matches(/^[\w][\w.\-/:@]{0,510}$/, { message: 'image must be the name or id of an image' })
  image!: string;

  @Taken({ list: true, optional: true, description: "The command and its arguments; the image's own where absent." })
  @MaxLength(32_768, { each: true })
  command?: string[];

  @TakenMap({ optional: true, description: 'Labels.', example: { team: 'web' } })
  labels?: Record<string, string>;

  @Taken({ optional: true, description: 'Host name; the short id where absent.', example: 'web-1' })
  @Matches(HOSTNAME, { message: 'hostname must be a host name: labels of letters, digits and - separated by dots' })
  @MaxLength(64, { message: 'hostname may have at most 64 characters' })
  hostname?: string;

  @Taken({
    type: () => ContainerNetworkInput,
    list: true,
    optional: true,
    description: 'Networks to attach it to, all before it starts; the first is its network mode. None: the default bridge.',
  })
  @ArrayMaxSize(100)
  networks?: ContainerNetworkInput[];

  @Taken({
    optional: true,
    description: '`host`, `none`, `bridge` or `container:<reference>`, in place of networks.',
    example: 'none',
  })
  networkMode?: string;

  @Taken({ type: () => DnsInput, optional: true, description: "Name servers of its own; the host's where absent." })
  dns?: DnsInput;

  @Taken({ list: true, optional: true, description: 'Lines for /etc/hosts, `name:address` each.', example: ['db:10.0.0.9'] })
  @Matches(EXTRA_HOST, { each: true, message: 'each of extraHosts must be <name>:<address>' })
  extraHosts?: string[];

  @Taken({ list: true, optional: true, description: 'Ports it listens on, `80/tcp` each.', example: ['80/tcp'] })
  @Matches(PORT, { each: true, message: 'each of exposedPorts must be <port>/<tcp, udp or sctp>' })
  exposedPorts?: string[];

  @Taken({ type: () => PublishedPortInput, list: true, optional: true, description: 'Ports to publish on the host.' })
  publishedPorts?: PublishedPortInput[];

  @Taken({
    list: true,
    optional: true,
    description: 'Legacy links of the default bridge, `container:alias` each; use networks[].links elsewhere.',
    example: ['database:db'],
  })
  @Matches(LINK, { each: true, message: 'each of links must be <container>:<alias>' })
  links?: string[];

  @Taken({ type: 'boolean', optional: true, default: true, description: 'Start it once it is attached everywhere.' })
  start?: boolean;
}
