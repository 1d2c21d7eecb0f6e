import { Injectable, Logger } from '@nestjs/common';
import { isPassing, type CommandSession } from '../inventory/command-session.js';
import { EngineCommands } from '../inventory/engine-commands.js';
import { Inventory } from '../inventory/inventory.js';
import { lockKey, type LockRequest } from '../inventory/object-locks.js';
import type { WriteOptions } from '../inventory/outcome.js';
import type { Found } from '../inventory/references.js';
import { requestedSettings } from '../inventory/requested-settings.js';
import { requireMatch } from '../inventory/resource-tag.js';
import type { Attachment } from '../resources/attachment.js';
import type { Network } from '../resources/network.js';
import { attachedAgain, heldBy, notRestored, withNotRestored, type Taken } from './network.put-back.js';
import { refuseUsedByServices } from './overlay.rules.js';

type Removal = WriteOptions & { readonly detach?: boolean };

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
    // None is taken off before it is known that all can be.
    for (const { engine: other } of places) this.commands.requireConnected(other);
    const taken: Taken[] = [];
    try {
      for (const attachment of places) await this.takeOff(resource, attachment, taken);
      return await remove(rest);
    } catch (error) {
      throw await this.putBack(resource, taken, error);
    }
  }

  private takeOff(network: Network, attachment: Attachment, taken: Taken[]): Promise<void> {
    const { engine, containerId } = attachment;
    return this.commands.run(engine, locksOf(network, attachment), async (session) => {
      session.touch({ networks: [network.engineId], containers: [containerId] });
      const saved = { attachment, settings: requestedSettings(this.inventory.picture(engine), attachment) };
      try {
        await session.act((gateway) => gateway.disconnectContainer(network.name, containerId, { force: false }));
      } catch (error) {
        // Where no answer came it may be off all the same.
        if (isPassing(error)) taken.push(saved);
        throw heldBy(attachment, network, error);
      }
      taken.push(saved);
      await session.refreshQuietly();
    });
  }

  /** What an engine cannot be asked for now is done when it can, and told as missing until then. */
  private async putBack(network: Network, taken: readonly Taken[], error: unknown): Promise<unknown> {
    const missing = [];
    for (const each of taken) {
      const { attachment } = each;
      try {
        await this.commands.run(attachment.engine, locksOf(network, attachment), (session) => this.attachAgain(session, network, each));
      } catch (reason) {
        const isLater = isPassing(reason) && this.commands.owe(attachment.engine, containerLock(attachment), (session) => this.attachAgain(session, network, each));
        this.logger.warn(`${attachment.containerName} on engine ${attachment.engine} could not be put back on ${network.name}: ${String(reason)}`);
        missing.push(notRestored(attachment, reason, isLater ? ' It is attached again as soon as the engine can be asked.' : ''));
      }
    }
    return withNotRestored(error, missing);
  }

  private async attachAgain(session: CommandSession, network: Network, { attachment, settings }: Taken): Promise<void> {
    session.touch({ networks: [network.engineId], containers: [attachment.containerId] });
    await attachedAgain(session.act((gateway) => gateway.connectContainer(network.name, attachment.containerId, settings)));
    await session.refreshQuietly();
  }
}

function containerLock({ engine, containerId }: Attachment): LockRequest[] {
  return [{ key: lockKey.container(engine, containerId), mode: 'exclusive' }];
}

function locksOf(network: Network, attachment: Attachment): LockRequest[] {
  return [...containerLock(attachment), { key: lockKey.network(attachment.engine, network.id), mode: 'shared' }];
}
