import { ObjectType } from '@nestjs/graphql';
import type {
  EndpointMode,
  NetworkAddress,
  PublishMode,
  Service,
  ServiceMode,
  ServiceNetwork,
  ServicePort,
  SteadyServiceMode,
  Task,
} from '../resources/swarm.js';
import type { TransportProtocol } from '../resources/container.js';
import { TransportProtocolEnum } from './container.model.js';
import { describedEnum } from './described-enum.js';
import { Shown, ShownInRest, ShownMap } from './shown.decorator.js';

export const ServiceModeEnum = describedEnum<ServiceMode>('ServiceMode', 'How many tasks a service has.', {
  replicated: 'As many as `replicas` says.',
  global: 'One on each node.',
  job: 'Tasks that end by themselves.',
});

export const SteadyServiceModeEnum = describedEnum<SteadyServiceMode>('SteadyServiceMode', 'How many tasks a service is to have.', {
  replicated: 'As many as `replicas` says.',
  global: 'One on each node.',
});

export const EndpointModeEnum = describedEnum<EndpointMode>('EndpointMode', 'What the name of a service leads to.', {
  vip: 'One virtual address, behind which the tasks take turns.',
  dnsrr: 'The addresses of its tasks, in changing order.',
});

export const PublishModeEnum = describedEnum<PublishMode>('PublishMode', 'Where a port is published.', {
  ingress: 'On every node, whichever the tasks are on.',
  host: 'On the nodes that run a task.',
});

const NETWORK_ID = 'u6ci1ruv6v08ehkejc1dgwu7o';
const SERVICE_ID = '4mb3as4u2jsar2q69a5lgnsry';
const SWARM_ID = '3nn7s60wlk4ht0qldjl2dqy7d';

@ObjectType('ServiceNetwork', { description: 'A network that the tasks of a service are on.' })
export class ServiceNetworkModel implements ServiceNetwork {
  @Shown({ type: 'id', description: 'The network.', example: NETWORK_ID })
  networkId!: string;

  @Shown({ description: 'Name of the network; its id where it cannot be seen from here.', example: 'backend' })
  networkName!: string;

  @Shown({ list: true, description: "Further names for the service's tasks there.", example: ['api'] })
  aliases!: string[];
}

@ObjectType('NetworkAddress', { description: 'An address on a network.' })
export class NetworkAddressModel implements NetworkAddress {
  @Shown({ type: 'id', description: 'The network.', example: NETWORK_ID })
  networkId!: string;

  @Shown({ description: 'Name of the network.', example: 'backend' })
  networkName!: string;

  @Shown({ description: 'The address.', example: '10.61.0.2' })
  address!: string;

  @Shown({ type: 'integer', nullable: true, description: 'Prefix length of its subnet in bits.', example: 24 })
  prefixLength!: number | null;
}

@ObjectType('ServicePort', { description: 'A port that a service publishes.' })
export class ServicePortModel implements ServicePort {
  @Shown({ type: 'integer', description: 'Port in the container.', example: 80 })
  targetPort!: number;

  @Shown({ type: TransportProtocolEnum, description: 'Protocol.', example: 'tcp' })
  protocol!: TransportProtocol;

  @Shown({ type: 'integer', nullable: true, description: 'Port on the nodes; null while none has been chosen.', example: 8080 })
  publishedPort!: number | null;

  @Shown({ type: PublishModeEnum, description: 'On which nodes.', example: 'ingress' })
  publishMode!: PublishMode;
}

@ObjectType('Service', { description: 'A service of a swarm, as far as networking is concerned.' })
export class ServiceModel implements Service {
  @Shown({ type: 'id', description: "The service's id.", example: SERVICE_ID })
  id!: string;

  @Shown({ type: 'id', description: 'The swarm that it is in.', example: SWARM_ID })
  swarmId!: string;

  @Shown({ description: 'Name, unique in its swarm; it resolves on its networks.', example: 'web' })
  name!: string;

  @Shown({ description: 'Image of its tasks.', example: 'nginx:1.29' })
  image!: string;

  @Shown({ nullable: true, description: 'Digest that the image is pinned to; null where nobody has pinned it.', example: null })
  imageDigest!: string | null;

  @Shown({ list: true, description: 'What its tasks run; the default of the image where empty.', example: [] })
  command!: string[];

  @Shown({ type: ServiceModeEnum, description: 'How many tasks it has.', example: 'replicated' })
  mode!: ServiceMode;

  @Shown({ type: 'integer', nullable: true, description: 'Tasks wanted; null where there is one for each node.', example: 2 })
  replicas!: number | null;

  @Shown({ type: 'integer', description: 'Tasks that run.', example: 2 })
  runningTasks!: number;

  @Shown({ type: () => ServiceNetworkModel, list: true, description: 'Networks that its tasks are on.' })
  networks!: ServiceNetworkModel[];

  @Shown({ type: EndpointModeEnum, description: 'What its name leads to.', example: 'vip' })
  endpointMode!: EndpointMode;

  @Shown({ type: () => NetworkAddressModel, list: true, description: 'Its virtual address on each network; none with dnsrr.' })
  virtualAddresses!: NetworkAddressModel[];

  @Shown({ type: () => ServicePortModel, list: true, description: 'Ports that it publishes.' })
  publishedPorts!: ServicePortModel[];

  @ShownMap({ description: 'Labels.', example: { team: 'web' } })
  labels!: Readonly<Record<string, string>>;

  @Shown({ nullable: true, description: 'How its last rolling update is doing, in the words of the swarm.', example: 'completed' })
  updateState!: string | null;

  @Shown({ nullable: true, description: 'What the swarm says of that update.', example: 'update completed' })
  updateMessage!: string | null;

  @Shown({ list: true, description: 'What to know: tasks without an address or a node, and why.', example: [] })
  notes!: string[];

  @Shown({ type: 'datetime', description: 'When it was created.', example: '2026-11-23T12:00:00.000Z' })
  createdAt!: string;

  @Shown({ type: 'datetime', description: 'When it was last changed.', example: '2026-11-23T12:00:00.000Z' })
  updatedAt!: string;
}

@ObjectType('Task', { description: 'One container of a service, from when it is wanted until the swarm forgets it.' })
export class TaskModel implements Task {
  @Shown({ type: 'id', description: "The task's id.", example: 'n4zg1ocljwjitfarand3fbsp8' })
  id!: string;

  @Shown({ type: 'id', description: 'The swarm that it is in.', example: SWARM_ID })
  swarmId!: string;

  @Shown({ description: 'Name of its container.', example: 'web.2.n4zg1ocljwjitfarand3fbsp8' })
  name!: string;

  @Shown({ type: 'id', description: 'The service.', example: SERVICE_ID })
  serviceId!: string;

  @Shown({ description: 'Name of the service.', example: 'web' })
  serviceName!: string;

  @Shown({ type: 'integer', nullable: true, description: 'Which of the replicas; null where there is one for each node.', example: 2 })
  slot!: number | null;

  @Shown({ type: 'id', nullable: true, description: 'The node; null while none has been found.', example: '4s65m1ybxlp97adi9wksw58fg' })
  nodeId!: string | null;

  @ShownInRest({ nullable: true, description: 'Name of the engine that it is on; null where it is none that is known here.', example: 'one' })
  engine!: string | null;

  @Shown({
    description: 'new, pending, assigned, accepted, preparing, ready, starting, running, complete, shutdown, failed, rejected, remove or orphaned.',
    example: 'running',
  })
  state!: string;

  @Shown({ description: 'The state that the swarm wants it in.', example: 'running' })
  desiredState!: string;

  @Shown({ nullable: true, description: 'What happened last, in the words of the swarm.', example: 'started' })
  message!: string | null;

  @Shown({ nullable: true, description: 'What went wrong; null where nothing did.', example: null })
  error!: string | null;

  @Shown({ type: 'id', nullable: true, description: 'The container; null while there is none.' })
  containerId!: string | null;

  @Shown({ type: () => NetworkAddressModel, list: true, description: 'Its addresses, by network.' })
  addresses!: NetworkAddressModel[];

  @Shown({ type: 'datetime', description: 'When it was made.', example: '2026-11-23T12:00:00.000Z' })
  createdAt!: string;

  @Shown({ type: 'datetime', description: 'When anything of it last changed.', example: '2026-11-23T12:00:00.000Z' })
  updatedAt!: string;
}
