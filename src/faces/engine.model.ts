import { ObjectType } from '@nestjs/graphql';
import type { Engine, EngineCounts, EnginePlatform, EngineSource, EngineState, SwarmRole } from '../resources/engine.js';
import { describedEnum } from './described-enum.js';
import { EngineStateEnum } from './engine-freshness.model.js';
import { Shown } from './shown.decorator.js';

export const SwarmRoleEnum = describedEnum<SwarmRole>('SwarmRole', 'What an engine is in its swarm.', {
  none: 'It is in no swarm.',
  worker: 'It runs tasks.',
  manager: 'It can change the swarm.',
});

export const EngineSourceEnum = describedEnum<EngineSource>('EngineSource', 'Who keeps an engine.', {
  settings: 'The settings of the service: they alone change it.',
  service: 'The service, which was told of it through its API.',
});

@ObjectType('EnginePlatform', { description: 'What an engine runs on.' })
export class EnginePlatformModel implements EnginePlatform {
  @Shown({ nullable: true, description: 'Operating system, in its own words.', example: 'Debian GNU/Linux 12 (bookworm)' })
  name!: string | null;

  @Shown({ description: 'Kind of operating system.', example: 'linux' })
  os!: string;

  @Shown({ description: 'Processor architecture.', example: 'x86_64' })
  architecture!: string;

  @Shown({ nullable: true, description: 'Version of the kernel.', example: '6.1.0' })
  kernelVersion!: string | null;
}

@ObjectType('EngineCounts', { description: 'How much there is on an engine.' })
export class EngineCountsModel implements EngineCounts {
  @Shown({ type: 'integer', description: "Networks, the engine's own included.", example: 5 })
  networks!: number;

  @Shown({ type: 'integer', description: 'Containers in any state.', example: 3 })
  containers!: number;

  @Shown({ type: 'integer', description: 'Containers that run.', example: 2 })
  runningContainers!: number;

  @Shown({ type: 'integer', description: 'Attachments, those of stopped containers included.', example: 4 })
  attachments!: number;
}

@ObjectType('Engine', {
  description: 'A Docker Engine. What only the engine can tell is null or empty until it has been reached.',
})
export class EngineModel implements Engine {
  @Shown({ description: 'The name that this service knows it by.', example: 'local' })
  name!: string;

  @Shown({ type: EngineStateEnum, description: 'Whether it answers.', example: 'connected' })
  state!: EngineState;

  @Shown({
    type: 'datetime',
    nullable: true,
    description: 'When what is shown of it was last known to be true; null before the first time.',
    example: '2026-11-23T12:00:00.000Z',
  })
  syncedAt!: string | null;

  @Shown({ nullable: true, description: 'Version of the engine.', example: '29.7.2' })
  version!: string | null;

  @Shown({ nullable: true, description: 'Engine API version that is spoken with it.', example: '1.54' })
  apiVersion!: string | null;

  @Shown({ type: () => EnginePlatformModel, nullable: true, description: 'What it runs on.' })
  platform!: EnginePlatformModel | null;

  @Shown({ list: true, description: 'Network drivers, plugins in use included.', example: ['bridge', 'host', 'null'] })
  networkDrivers!: string[];

  @Shown({ list: true, description: 'IPAM drivers, plugins in use included.', example: ['default', 'null'] })
  ipamDrivers!: string[];

  @Shown({ type: SwarmRoleEnum, nullable: true, description: 'What it is in its swarm.', example: 'none' })
  swarmRole!: SwarmRole | null;

  @Shown({
    nullable: true,
    description:
      'What keeps it from taking part in its swarm, or, a manager, from telling of it and changing it, in its own words; ' +
      'null where nothing does.',
    example: null,
  })
  swarmProblem!: string | null;

  @Shown({ nullable: true, description: 'Why it cannot be reached; null while it is connected.', example: null })
  problem!: string | null;

  @Shown({
    nullable: true,
    description: 'Where it listens; null where it is looked after no longer, and only a past event leads to it.',
    example: 'ssh://docker@edge.example',
  })
  endpoint!: string | null;

  @Shown({ type: EngineSourceEnum, description: 'Who keeps it.', example: 'service' })
  source!: EngineSource;

  @Shown({ type: 'boolean', description: 'Whether the connection is encrypted by TLS.', example: false })
  tls!: boolean;

  @Shown({ list: true, description: 'Names of what it is reached with. The values are never shown.', example: ['ssh.privateKey'] })
  credentials!: string[];

  @Shown({
    list: true,
    description: 'Fingerprints of the host keys that its machine may prove itself by; for ssh only.',
    example: ['ssh-ed25519 SHA256:jPz2DMgmQwrFQ3yKMcSIqMR4GeDgIpF4zUDRUIYZyqo'],
  })
  hostKeys!: string[];

  @Shown({ type: () => EngineCountsModel, description: 'How much there is on it.' })
  counts!: EngineCountsModel;
}
