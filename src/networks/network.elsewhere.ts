import { Injectable, Logger } from '@nestjs/common';
import type { EndpointSpec } from '../docker/docker.gateway.js';
import { DomainError } from '../errors/domain.error.js';
import type { CommandSession } from '../inventory/command-session.js';
import { EngineCommands } from '../inventory/engine-commands.js';
import { Inventory } from '../inventory/inventory.js';
import { lockKey } from '../inventory/object-locks.js';
import type { WriteOptions } from '../inventory/outcome.js';
import { containerPointer, type Found } from '../inventory/references.js';
import { requestedSettings } from '../inventory/requested-settings.js';
import { requireMatch } from '../inventory/resource-tag.js';
import type { Attachment } from '../resources/attachment.js';
import type { Network } from '../resources/network.js';
import { refuseUsedByServices } from './overlay.allocation.js';

type Removal = WriteOptions & { readonly detach?: boolean };

interface Taken {
  readonly attachment: Attachment;
  readonly settings: EndpointSpec;
}

/** What is on a swarm's network on other engines than the one that removes it. */
@Injectable()
export class NetworkElsewhere {
  private readonly logger = new Logger(NetworkElsewhere.name);

  constructor(
    private readonly inventory: Inventory,
    private readonly commands: EngineCommands,
  ) {}

  /** Takes everything off on the other engines before the removal, where that is wanted; puts it back where it fails. */
  async removeAfter<T>({ engine, resource }: Found<Network>, options: Removal, remove: (options: Removal) => Promise<T>): Promise<T> {
    const places = this.inventory.attachmentsOf(resource).filter((attachment) => attachment.engine !== engine);
    if (!options.detach || options.dryRun || places.length === 0) return remove(options);
    refuseUsedByServices(engine, resource, this.inventory);
    const { ifMatch, ...rest } = options;
    requireMatch(ifMatch, this.inventory.network(engine, resource.id));
    const taken: Taken[] = [];
    try {
      for (const attachment of places) taken.push(await this.takeOff(resource, attachment));
      return await remove(rest);
    } catch (error) {
      throw await this.putBack(resource, taken, error);
    }
  }

  private takeOff(network: Network, attachment: Attachment): Promise<Taken> {
    return this.on(network, attachment, async (session) => {
      const settings = requestedSettings(this.inventory.picture(session.engine), attachment);
      await session.act((gateway) => gateway.disconnectContainer(network.name, attachment.containerId, { force: false }));
      await session.refreshTouched();
      return { attachment, settings };
    });
  }

  private async putBack(network: Network, taken: readonly Taken[], error: unknown): Promise<unknown> {
    const notRestored = [];
    for (const { attachment, settings } of taken) {
      try {
        await this.on(network, attachment, async (session) => {
          await session.act((gateway) => gateway.connectContainer(network.name, attachment.containerId, settings));
          await session.refreshTouched();
        });
      } catch (reason) {
        const { containerId: id, containerName: name, engine } = attachment;
        this.logger.warn(`${name} on engine ${engine} could not be put back on ${network.name}: ${String(reason)}`);
        notRestored.push({ container: containerPointer({ id, name, engine }), reason: reason instanceof DomainError ? reason.detail : String(reason) });
      }
    }
    if (notRestored.length === 0 || !(error instanceof DomainError)) return error;
    return new DomainError(error.code, error.detail, { ...error.extras, notRestored }, { cause: error });
  }

  private on<T>(network: Network, { engine, containerId }: Attachment, work: (session: CommandSession) => Promise<T>): Promise<T> {
    const locks = [
      { key: lockKey.container(engine, containerId), mode: 'exclusive' as const },
      { key: lockKey.network(engine, network.id), mode: 'shared' as const },
    ];
    return this.commands.run(engine, locks, (session) => {
      session.touch({ networks: [network.engineId], containers: [containerId] });
      return work(session);
    });
  }
}
