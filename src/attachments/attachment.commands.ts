import { Injectable, Logger } from '@nestjs/common';
import type { EndpointSpec } from '../docker/docker.gateway.js';
import { DomainError } from '../errors/domain.error.js';
import { isPassing, type CommandSession } from '../inventory/command-session.js';
import { Inventory } from '../inventory/inventory.js';
import { containerPointer } from '../inventory/references.js';
import { requestedBeside, requestedSettings } from '../inventory/requested-settings.js';
import type { Attachment } from '../resources/attachment.js';
import type { Container } from '../resources/container.js';
import type { Network } from '../resources/network.js';
import { differingSettings } from './attachment.rules.js';

/** The two ends of an attachment, as just inspected. */
export interface Ends {
  readonly network: Network;
  readonly container: Container;
}

/** The steps of attaching and detaching on an engine; whoever calls holds the locks of both ends. */
@Injectable()
export class AttachmentCommands {
  private readonly logger = new Logger(AttachmentCommands.name);

  constructor(private readonly inventory: Inventory) {}

  /** Attaches and sees that it came out as asked for; what failed half-way is taken back. */
  async connect(session: CommandSession, { network, container }: Ends, spec: EndpointSpec): Promise<Attachment> {
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
    await this.look(session, { network, container });
    const made = this.find(session.engine, { network, container });
    const problem = this.problem(session.engine, made, spec);
    if (made !== undefined && problem === undefined) return made;
    await this.mend(session, { network, container });
    const detail = `The engine accepted the attachment of ${container.name} to ${network.name} but ${problem}.`;
    throw new DomainError('ENGINE_ERROR', detail, { engine: session.engine });
  }

  /** Takes a container off a network; a broken attachment is known to the engine by the network's name only. */
  async disconnect(session: CommandSession, attachment: Attachment, options: { force: boolean }): Promise<void> {
    const { containerId, networkId, networkName, broken } = attachment;
    const engineId = networkId === null ? null : this.engineId(session.engine, networkId);
    session.touch({ networks: engineId === null ? [] : [engineId], containers: [containerId] });
    try {
      if (broken !== null) await this.makeWhole(session, attachment);
      await session.act((gateway) => gateway.disconnectContainer(engineId ?? networkName, containerId, options));
    } catch (error) {
      await session.refreshQuietly();
      throw error;
    }
    await session.refreshTouched();
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

  /** Puts an attachment back with the settings it had; tells why where that fails. */
  async restore(session: CommandSession, ends: Ends, spec: EndpointSpec): Promise<string | undefined> {
    try {
      await this.connect(session, ends, spec);
      return undefined;
    } catch (error) {
      // It was never taken off.
      if (error instanceof DomainError && error.code === 'ALREADY_ATTACHED') return undefined;
      if (isPassing(error)) session.owe(async () => {
          await this.connect(session, ends, spec);
        });
      const reason = error instanceof DomainError ? error.detail : String(error);
      this.logger.warn(`${ends.container.name} could not be put back on ${ends.network.name}: ${reason}`);
      return reason;
    }
  }

  /** Replaces an attachment by one with other settings; on failure the old one is put back. */
  async replace(session: CommandSession, ends: Ends, standing: Attachment, spec: EndpointSpec): Promise<Attachment> {
    const saved = requestedSettings(this.inventory.picture(session.engine), standing);
    try {
      await this.disconnect(session, standing, { force: false });
      return await this.connect(session, ends, spec);
    } catch (error) {
      if (!(error instanceof DomainError) || standing.broken !== null) throw error;
      const reason = await this.restore(session, ends, saved);
      if (reason === undefined) throw error;
      const notRestored = [{ container: containerPointer(ends.container), reason }];
      throw new DomainError(error.code, error.detail, { ...error.extras, notRestored }, { cause: error });
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

  private problem(engine: string, made: Attachment | undefined, spec: EndpointSpec): string | undefined {
    if (made === undefined) return 'does not show it';
    if (made.broken !== null) return `shows it broken: ${made.broken}`;
    // A second connect of a stopped container is answered 200 and ignored (engine-facts 0.2).
    const standing = requestedBeside(this.inventory.picture(engine), made, spec);
    const differing = differingSettings(spec, standing, made.macAddress);
    return differing.length === 0 ? undefined : `with other settings (${differing.join(', ')})`;
  }

  /** A failed connect of a running container leaves a phantom with which it cannot be restarted (engine-facts 0.3). */
  private async mend(session: CommandSession, ends: Ends): Promise<void> {
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

  private async look(session: CommandSession, { network, container }: Ends): Promise<void> {
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
