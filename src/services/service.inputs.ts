import { InputType } from '@nestjs/graphql';
import { ArrayMaxSize, Matches, Max, MaxLength, Min } from 'class-validator';
import { TransportProtocolEnum } from '../faces/container.model.js';
import { EndpointModeEnum, PublishModeEnum, SteadyServiceModeEnum } from '../faces/service.model.js';
import { Taken, TakenMap } from '../faces/taken.decorator.js';
import type { TransportProtocol } from '../resources/container.js';
import type { EndpointMode, PublishMode, SteadyServiceMode } from '../resources/swarm.js';

/** What a swarm takes: one part of a DNS name. */
const NAME = /^[a-zA-Z0-9](?:[-_]*[A-Za-z0-9])*$/;
const ALIAS = /^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,252}$/;
const MOST_REPLICAS = 10_000;

@InputType({ description: 'A network that the tasks of a service are to be on.' })
export class ServiceNetworkInput {
  @Taken({ description: 'A network of the swarm: id, name or unique id prefix.', example: 'backend' })
  network!: string;

  @Taken({ list: true, optional: true, description: "Further names for the service's tasks there.", example: ['api'] })
  @ArrayMaxSize(100)
  @Matches(ALIAS, { each: true, message: 'each of aliases must be a host name' })
  aliases?: string[];
}

@InputType({ description: 'A port of the tasks that is to be reached through a port of the nodes.' })
export class ServicePortInput {
  @Taken({ type: 'integer', description: 'Port in the container, 1 to 65535.', example: 80 })
  @Min(1)
  @Max(65_535)
  targetPort!: number;

  @Taken({ type: TransportProtocolEnum, optional: true, description: 'Transport protocol.', default: 'tcp' })
  protocol?: TransportProtocol;

  @Taken({ type: 'integer', optional: true, description: 'Port on the nodes; the swarm chooses one where absent.', example: 8080 })
  @Min(1)
  @Max(65_535)
  publishedPort?: number;

  @Taken({ type: PublishModeEnum, optional: true, description: 'On every node, or on those that run a task.', default: 'ingress' })
  publishMode?: PublishMode;
}

const ABOUT = {
  image: 'Image of its tasks; every node must have it or be able to fetch it.',
  command: 'What its tasks run, as a list',
  replicas: 'How many tasks are wanted.',
  networks: 'Networks of the swarm that its tasks are on.',
  endpointMode: 'What its name leads to: one virtual address, or the addresses of its tasks.',
  publishedPorts: 'Ports to publish.',
} as const;

@InputType({ description: 'A service to create.' })
export class CreateServiceInput {
  @Taken({ description: 'Name, unique in its swarm: letters, digits, `-` and `_`.', example: 'web' })
  @MaxLength(63)
  @Matches(NAME, { message: 'name must be one part of a DNS name: letters and digits, with - and _ between them (63 at most)' })
  name!: string;

  @Taken({ optional: true, description: 'The swarm: its id, or the name of an engine in it; may be left out where there is one.', example: 'one' })
  swarm?: string;

  @Taken({ description: ABOUT.image, example: 'nginx:1.29' })
  @Matches(/^\S{1,512}$/, { message: 'image must be the name of an image' })
  image!: string;

  @Taken({ list: true, optional: true, description: `${ABOUT.command}; the default of the image where absent.`, example: ['nginx', '-g', 'daemon off;'] })
  command?: string[];

  @Taken({ type: SteadyServiceModeEnum, optional: true, default: 'replicated', description: 'Whether it has `replicas` tasks or one on each node; it stays so.' })
  mode?: SteadyServiceMode;

  @Taken({ type: 'integer', optional: true, description: `${ABOUT.replicas} 1 where absent; not with mode global.`, example: 2 })
  @Min(0)
  @Max(MOST_REPLICAS)
  replicas?: number;

  @Taken({ type: () => ServiceNetworkInput, list: true, optional: true, description: ABOUT.networks })
  @ArrayMaxSize(100)
  networks?: ServiceNetworkInput[];

  @Taken({ type: EndpointModeEnum, optional: true, default: 'vip', description: ABOUT.endpointMode })
  endpointMode?: EndpointMode;

  @Taken({ type: () => ServicePortInput, list: true, optional: true, description: ABOUT.publishedPorts })
  @ArrayMaxSize(1000)
  publishedPorts?: ServicePortInput[];

  @TakenMap({ optional: true, description: 'Labels.', example: { team: 'web' } })
  labels?: Record<string, string>;
}

@InputType({ description: 'What to change of a service: what is absent stays, null clears. Lists and maps replace those before.' })
export class UpdateServiceInput {
  @Taken({ optional: true, description: ABOUT.image, example: 'nginx:1.29' })
  @Matches(/^\S{1,512}$/, { message: 'image must be the name of an image' })
  image?: string;

  @Taken({ list: true, clearable: true, description: `${ABOUT.command}; null for the default of the image.` })
  command?: string[] | null;

  @Taken({ type: 'integer', optional: true, description: ABOUT.replicas, example: 3 })
  @Min(0)
  @Max(MOST_REPLICAS)
  replicas?: number;

  @Taken({ type: () => ServiceNetworkInput, list: true, clearable: true, description: `${ABOUT.networks} A change of them renews all tasks.` })
  @ArrayMaxSize(100)
  networks?: ServiceNetworkInput[] | null;

  @Taken({ type: EndpointModeEnum, optional: true, description: ABOUT.endpointMode })
  endpointMode?: EndpointMode;

  @Taken({ type: () => ServicePortInput, list: true, clearable: true, description: ABOUT.publishedPorts })
  publishedPorts?: ServicePortInput[] | null;

  @TakenMap({ clearable: true, description: 'Labels.', example: { team: 'web' } })
  labels?: Record<string, string> | null;
}
