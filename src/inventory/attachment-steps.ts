import { Injectable, Logger } from '@nestjs/common';
import type { DockerGateway, EndpointSpec } from '../docker/docker.gateway.js';
import { DomainError } from '../errors/domain.error.js';
import type { Attachment } from '../resources/attachment.js';
import type { Container } from '../resources/container.js';
import type { Network } from '../resources/network.js';
import { isPassing, type CommandSession } from './command-session.js';
import { Inventory } from './inventory.js';
import { isSwarmId } from './object-locks.js';

/** The two ends of an attachment, as just inspected. */
export interface Ends {
  readonly network: Network;
  readonly container: Container;
}

/** Putting containers on networks and taking them off, as engines want it; whoever calls holds the locks of both ends. */
@Injectable()
export class AttachmentSteps {
  private readonly logger = new Logger(AttachmentSteps.name);

  constructor(private readonly inventory: Inventory) {}

  /** Attaches, whatever comes of it; what failed half-way is taken back. */
  async join(session: CommandSession, { network, container }: Ends, spec: EndpointSpec): Promise<void> {
    session.touch({ networks: [network.engineId], containers: [container.id] });
    try {
      await session.act((gateway) => gateway.connectContainer(this.nameFor(session.engine, network), container.id, spec));
    } catch (error) {
      // What stands there then is another client's: it is none of ours to take away.
      const isForeign = error instanceof DomainError && error.code === 'ALREADY_ATTACHED';
      if (isForeign || isPassing(error)) await session.refreshQuietly();
      else await this.mend(session, { network, container });
      throw isForeign ? error : this.withWhatIsLeft(session.engine, { network, container }, error);
    }
  }

  /** Takes a container off a network; a broken attachment is known to the engine by the network's name only. */
  async disconnect(session: CommandSession, attachment: Attachment, options: { force: boolean }): Promise<void> {
    const { containerId, networkId, networkName, broken } = attachment;
    const engineId = networkId === null ? null : this.engineId(session.engine, networkId);
    session.touch({ networks: engineId === null ? [] : [engineId], containers: [containerId] });
    try {
      if (broken !== null) await this.makeWhole(session, attachment);
      await session.act((gateway) => this.takeOff(gateway, { containerId, engineId, networkName }, options));
    } catch (error) {
      await session.refreshQuietly();
      throw error;
    }
    await session.refreshTouched();
  }

  /** A swarm's network that nothing runs on there an engine knows a stopped container to be on by the name only. */
  private async takeOff(
    gateway: DockerGateway,
    { containerId, engineId, networkName }: { containerId: string; engineId: string | null; networkName: string },
    options: { force: boolean },
  ): Promise<void> {
    try {
      await gateway.disconnectContainer(engineId ?? networkName, containerId, options);
    } catch (error) {
      const mayBeNamed = engineId !== null && isSwarmId(engineId) && error instanceof DomainError && error.kind === 'not-found';
      if (!mayBeNamed) throw error;
      await gateway.disconnectContainer(networkName, containerId, options);
    }
  }

  /**
   * Engines do not take a phantom off a running container (engine-facts 0.3). Connecting once more without the
   * settings that failed makes it whole, and then it can be disconnected.
   */
  private async makeWhole(session: CommandSession, { containerId, containerName, networkName }: Attachment): Promise<void> {
    const { containerById, networksByName } = this.inventory.snapshot(session.engine);
    const state = containerById.get(containerId)?.state;
    const [network] = networksByName.get(networkName) ?? [];
    if (network === undefined || (state !== 'running' && state !== 'paused')) return;
    session.touch({ networks: [network.engineId] });
    try {
      await session.act((gateway) => gateway.connectContainer(network.engineId, containerId, {}));
    } catch (error) {
      if (!(error instanceof DomainError) || error.kind !== 'conflict') throw error;
      const detail =
        `Container ${containerName} cannot be rid of its half-made attachment to ${networkName} while it runs: ` +
        `${error.detail} Stop the container first.`;
      throw new DomainError('CONTAINER_STATE', detail, error.extras, { cause: error });
    }
  }

  find(engine: string, { network, container }: Ends): Attachment | undefined {
    const attachments = this.inventory.snapshot(engine).containerById.get(container.id)?.attachments ?? [];
    return (
      attachments.find(({ networkId }) => networkId === network.id) ??
      // The engine files attachments under the network's name: a broken one of that name stands in the way.
      attachments.find(({ broken, networkName }) => broken !== null && networkName === network.name)
    );
  }

  /** A failed connect of a running container leaves a phantom with which it cannot be restarted (engine-facts 0.3). */
  async mend(session: CommandSession, ends: Ends): Promise<void> {
    try {
      await this.look(session, ends);
      const left = this.find(session.engine, ends);
      if (left !== undefined) await this.disconnect(session, left, { force: true });
    } catch (error) {
      // The failure that led here is what the caller is told; what remains is shown as a broken attachment.
      this.logger.warn(`A failed attachment of ${ends.container.name} could not be cleaned up: ${String(error)}`);
    } finally {
      await session.refreshQuietly();
    }
  }

  /** Engines that give no name twice keep a half-made endpoint of a running container: whoever asked must know. */
  private withWhatIsLeft(engine: string, ends: Ends, error: unknown): unknown {
    const left = this.find(engine, ends);
    if (left === undefined || !(error instanceof DomainError) || isPassing(error)) return error;
    const detail = `${error.detail} What the engine has left of it can be detached once ${ends.container.name} is stopped.`;
    return new DomainError(error.code, detail, error.extras, { cause: error });
  }

  async look(session: CommandSession, { network, container }: Ends): Promise<void> {
    await Promise.all([session.refreshContainer(container.id), session.refreshNetwork(network.engineId)]);
  }

  /** What a worker does not see yet it files under whatever it was called: that must be the network's name. */
  private nameFor(engine: string, { engineId, id, name }: Network): string {
    return this.inventory.snapshot(engine).networkById.has(id) ? engineId : name;
  }

  private engineId(engine: string, networkId: string): string | null {
    return this.inventory.snapshot(engine).networkById.get(networkId)?.engineId ?? null;
  }
}
