import { Injectable } from '@nestjs/common';
import type { DockerGateway } from '../docker/docker.gateway.js';
import { DomainError } from '../errors/domain.error.js';
import type { CommandSession } from '../inventory/command-session.js';
import { EngineCommands } from '../inventory/engine-commands.js';
import { Inventory } from '../inventory/inventory.js';
import { lockKey, type LockRequest } from '../inventory/object-locks.js';
import type { Outcome, WriteOptions } from '../inventory/outcome.js';
import { containerPointer, References, type Found } from '../inventory/references.js';
import { requireMatch } from '../inventory/resource-tag.js';
import { VisibleInventory } from '../inventory/visible-inventory.js';
import type { Container, ContainerState } from '../resources/container.js';
import { portHolder, requireFreePorts } from './port.rules.js';

export const LIFECYCLE_VERBS = ['start', 'stop', 'restart', 'pause', 'unpause'] as const;
export type LifecycleVerb = (typeof LIFECYCLE_VERBS)[number];

export interface LifecycleOptions extends WriteOptions {
  /** How long a container may take to end by itself, in seconds, before it is killed; the engine's default is 10. */
  readonly timeoutSeconds?: number;
}

const MOST_GRACE_SECONDS = 3600;

interface Step {
  /** States in which there is nothing to do. */
  readonly alreadyDone: readonly ContainerState[];
  readonly possibleIn: readonly ContainerState[];
  readonly leadsTo: ContainerState;
  /** The container will be started: what would make that fail is checked first. */
  readonly starts: boolean;
  run(gateway: DockerGateway, id: string, timeoutSeconds: number | undefined): Promise<void>;
}

const STEPS: Readonly<Record<LifecycleVerb, Step>> = {
  start: {
    alreadyDone: ['running'],
    possibleIn: ['created', 'exited'],
    leadsTo: 'running',
    starts: true,
    run: (gateway, id) => gateway.startContainer(id),
  },
  stop: {
    alreadyDone: ['created', 'exited', 'dead'],
    possibleIn: ['running', 'paused', 'restarting'],
    leadsTo: 'exited',
    starts: false,
    run: (gateway, id, timeoutSeconds) => gateway.stopContainer(id, timeoutSeconds),
  },
  restart: {
    alreadyDone: [],
    possibleIn: ['created', 'exited', 'running', 'paused', 'restarting'],
    leadsTo: 'running',
    starts: true,
    run: (gateway, id, timeoutSeconds) => gateway.restartContainer(id, timeoutSeconds),
  },
  pause: {
    alreadyDone: ['paused'],
    possibleIn: ['running'],
    leadsTo: 'paused',
    starts: false,
    run: (gateway, id) => gateway.pauseContainer(id),
  },
  unpause: {
    alreadyDone: ['running'],
    possibleIn: ['paused'],
    leadsTo: 'running',
    starts: false,
    run: (gateway, id) => gateway.unpauseContainer(id),
  },
};

/** Starting, stopping and removing containers. */
@Injectable()
export class ContainerLifecycle {
  constructor(
    private readonly inventory: Inventory,
    private readonly visible: VisibleInventory,
    private readonly references: References,
    private readonly commands: EngineCommands,
  ) {}

  async change(found: Found<Container>, verb: LifecycleVerb, options: LifecycleOptions): Promise<Outcome<Container>> {
    const step = STEPS[verb];
    const { timeoutSeconds = 0 } = options;
    if (timeoutSeconds < 0 || timeoutSeconds > MOST_GRACE_SECONDS) {
      const message = `must be from 0 to ${MOST_GRACE_SECONDS}`;
      throw DomainError.invalid(`timeoutSeconds ${message}.`, { field: 'timeoutSeconds', message });
    }
    return this.locked(found, async (session) => {
      const container = await this.fresh(session, found, options);
      if (step.alreadyDone.includes(container.state)) return { resource: container, changed: false, warnings: [] };
      if (!step.possibleIn.includes(container.state)) throw impossible(container, verb);
      if (step.starts) this.requireStartable(this.whole(container));
      if (options.dryRun) {
        return { resource: { ...container, state: step.leadsTo }, changed: false, warnings: [] };
      }
      try {
        await session.act((gateway) => step.run(gateway, container.id, options.timeoutSeconds));
      } catch (error) {
        await session.refreshQuietly();
        throw this.withPortHolder(error, container);
      }
      await session.refreshTouched();
      // A container that was to be removed when it ends may be gone by now.
      const now = this.visible.snapshot(found.engine).containerById.get(container.id);
      return { resource: now ?? { ...container, state: 'removing' }, changed: true, warnings: [] };
    });
  }

  async remove(found: Found<Container>, options: WriteOptions & { force?: boolean }): Promise<Outcome<Container>> {
    return this.locked(found, async (session) => {
      const resource = await this.fresh(session, found, options);
      const { id, state, name } = resource;
      if (!options.force && ['running', 'paused', 'restarting'].includes(state)) {
        const detail = `Container ${name} is ${state}. Stop it first, or repeat with force=true to kill it.`;
        throw new DomainError('CONTAINER_STATE', detail, { holder: containerPointer(resource) });
      }
      if (options.dryRun) return { resource, changed: false, warnings: [] };
      try {
        await session.act((gateway) => gateway.removeContainer(id, { force: options.force ?? false }));
      } catch (error) {
        await session.refreshQuietly();
        throw error;
      }
      await session.refreshTouched();
      return { resource, changed: true, warnings: [] };
    });
  }

  private locked<T>(
    { engine, resource }: Found<Container>,
    work: (session: CommandSession) => Promise<T>,
  ): Promise<T> {
    const { id, attachments } = this.whole(resource);
    const networks = attachments.map(({ networkId }) => networkId).filter((networkId) => networkId !== null);
    const locks: LockRequest[] = [
      { key: lockKey.container(engine, id), mode: 'exclusive' },
      ...networks.map((networkId) => ({ key: lockKey.network(engine, networkId), mode: 'shared' as const })),
    ];
    return this.commands.run(engine, locks, work);
  }

  private async fresh(session: CommandSession, found: Found<Container>, { ifMatch }: WriteOptions): Promise<Container> {
    await session.refreshContainer(found.resource.id);
    const { resource } = this.references.container(found.resource.id, found.engine);
    requireMatch(ifMatch, resource);
    const networks = this.whole(resource).attachments.map(({ networkId }) => this.inventory.network(found.engine, networkId ?? '')?.engineId);
    session.touch({ networks: networks.filter((id) => id !== undefined) });
    return resource;
  }

  /** With all its attachments, whoever sees them. */
  private whole(container: Container): Container {
    return this.inventory.snapshot(container.engine).containerById.get(container.id) ?? container;
  }

  /** A restart of a container that cannot start would only end it. */
  private requireStartable(container: Container): void {
    const broken = container.attachments.find((attachment) => attachment.broken !== null);
    if (broken !== undefined) {
      const isSeen = this.visible.snapshot(container.engine).attachmentById.has(broken.id);
      const which = isSeen ? `to ${broken.networkName} is broken. ${broken.broken}` : 'to a network that this key does not see is broken.';
      const detail = `Container ${container.name} cannot start: its attachment ${which}`;
      throw new DomainError('CONTAINER_STATE', detail, { holder: containerPointer(container) });
    }
    requireFreePorts(container.publishedPorts, this.inventory.snapshot(container.engine), container.id);
  }

  private withPortHolder(error: unknown, container: Container): unknown {
    if (!(error instanceof DomainError) || error.code !== 'PORT_IN_USE') return error;
    const found = portHolder(container.publishedPorts, this.inventory.snapshot(container.engine), container.id);
    const holder = found === undefined ? null : containerPointer(found.holder);
    return new DomainError(error.code, error.detail, { ...error.extras, holder }, { cause: error });
  }
}

function impossible(container: Container, verb: LifecycleVerb): DomainError {
  const hint = container.state === 'paused' ? ' Unpause it first.' : '';
  const detail = `Container ${container.name} is ${container.state}: it cannot be told to ${verb}.${hint}`;
  return new DomainError('CONTAINER_STATE', detail, { holder: containerPointer(container) });
}
