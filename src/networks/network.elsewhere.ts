import { Injectable, Logger } from '@nestjs/common';
import { DomainError } from '../errors/domain.error.js';
import { AttachmentSteps } from '../inventory/attachment-steps.js';
import { isPassing } from '../inventory/command-session.js';
import { EngineCommands } from '../inventory/engine-commands.js';
import { Inventory } from '../inventory/inventory.js';
import { lockKey, type LockRequest } from '../inventory/object-locks.js';
import type { Outcome, WriteOptions } from '../inventory/outcome.js';
import type { Found } from '../inventory/references.js';
import { Refresher } from '../inventory/refresher.js';
import { requestedSettings } from '../inventory/requested-settings.js';
import { VisibleInventory } from '../inventory/visible-inventory.js';
import type { Attachment } from '../resources/attachment.js';
import type { Network } from '../resources/network.js';
import { heldBy, notRestored, PutBack, withNotRestored, type Taken } from './network.put-back.js';

type Removal = WriteOptions & { readonly detach?: boolean };

/** What is on a swarm's network on other engines than the one that removes it. */
@Injectable()
export class NetworkElsewhere {
  private readonly logger = new Logger(NetworkElsewhere.name);

  constructor(
    private readonly inventory: Inventory,
    private readonly visible: VisibleInventory,
    private readonly commands: EngineCommands,
    private readonly refresher: Refresher,
    private readonly attachments: AttachmentSteps,
    private readonly back: PutBack,
  ) {}

  /** Takes everything off on the other engines before the removal, where that is wanted; puts it back where it fails. */
  async removeAfter(
    found: Found<Network>,
    options: Removal,
    remove: (options: Removal) => Promise<Outcome<Network>>,
  ): Promise<Outcome<Network>> {
    const places = this.inventory.attachmentsOf(found.resource).filter(({ engine }) => engine !== found.engine);
    if (!options.detach || places.length === 0) return remove(options);
    this.visible.requireAttachments(places);
    // What a network shows itself with is on these engines too.
    if (options.ifMatch !== undefined) for (const place of places) await this.look(found.resource, place);
    // None is taken off before it is known that the network may be removed, and that all can be.
    const checked = await remove({ ...options, dryRun: true });
    for (const { engine } of places) this.commands.requireConnected(engine);
    if (options.dryRun) return checked;
    // It was compared; without those that are taken off now the network shows itself differently.
    const { ifMatch: _compared, ...rest } = options;
    const taken: Taken[] = [];
    try {
      for (const attachment of places) await this.takeOff(found.resource, attachment, taken);
      return await remove(rest);
    } catch (error) {
      throw await this.putBack(found, taken, error);
    }
  }

  private look(network: Network, place: Attachment): Promise<void> {
    return this.commands.run(place.engine, locksOf(network, place), (session) => session.refreshContainer(place.containerId));
  }

  private takeOff(network: Network, { id, engine, containerId }: Attachment, taken: Taken[]): Promise<void> {
    return this.commands.run(engine, locksOf(network, { engine, containerId }), async (session) => {
      await Promise.all([session.refreshContainer(containerId), session.refreshNetwork(network.engineId)]);
      const attachment = this.inventory.snapshot(engine).attachmentById.get(id);
      // The picture had not shown yet that it is off.
      if (attachment === undefined) return;
      const saved = { attachment, settings: requestedSettings(this.inventory.picture(engine), attachment) };
      try {
        await this.attachments.disconnect(session, attachment, { force: false });
      } catch (error) {
        if (isOff(error)) return;
        // Where no answer came it may be off all the same.
        if (isPassing(error)) taken.push(saved);
        throw heldBy(attachment, network, error);
      }
      taken.push(saved);
    });
  }

  /** What cannot be done now is done when it can, and told as missing until then. */
  private async putBack(found: Found<Network>, taken: readonly Taken[], error: unknown): Promise<unknown> {
    const missing = [];
    for (const each of taken) {
      const { attachment } = each;
      try {
        await this.attachAgain(found, each);
      } catch (reason) {
        const isLater = isPassing(reason) && this.owe(found, each);
        this.logger.warn(stillOff(found.resource, attachment, reason));
        missing.push(notRestored(attachment, reason, isLater ? LATER : ''));
      }
    }
    return withNotRestored(missing.length > 0 && isPassing(error) ? inDoubt(error) : error, missing);
  }

  private async attachAgain({ engine, resource: network }: Found<Network>, taken: Taken): Promise<void> {
    const { attachment } = taken;
    await this.commands.run(attachment.engine, locksOf(network, attachment), async (session) => {
      this.commands.requireConnected(engine);
      await this.refresher.network(engine, network.engineId);
      // Removed without being heard, or by somebody else meanwhile: then there is nothing to be put back on.
      if (!this.inventory.snapshot(engine).networkById.has(network.id)) return;
      await this.back.attach(session, network, taken);
      await session.refreshQuietly();
    });
  }

  /** Nothing is locked until then: while only the manager is away, the container is its users' to do with as they like. */
  private owe(found: Found<Network>, taken: Taken): boolean {
    const { attachment } = taken;
    return this.commands.owe(attachment.engine, [], async (session) => {
      session.touch({ containers: [attachment.containerId] });
      try {
        await this.attachAgain(found, taken);
      } catch (reason) {
        if (isPassing(reason)) throw reason;
        this.logger.error(stillOff(found.resource, attachment, reason));
      }
    });
  }
}

const LATER = ' It is attached again as soon as the engine can be asked.';

function isOff(error: unknown): boolean {
  return error instanceof DomainError && error.kind === 'not-found';
}

function stillOff(network: Network, { containerName, engine }: Attachment, reason: unknown): string {
  return `${containerName} on engine ${engine} could not be put back on ${network.name}: ${String(reason)}`;
}

/** Containers are off, and whether the network stands is not known. */
function inDoubt(error: unknown): unknown {
  if (!(error instanceof DomainError)) return error;
  return new DomainError(error.code, error.detail, { ...error.extras, outcome: 'unknown' }, { cause: error });
}

function locksOf(network: Network, { engine, containerId }: Pick<Attachment, 'engine' | 'containerId'>): LockRequest[] {
  return [
    { key: lockKey.container(engine, containerId), mode: 'exclusive' },
    { key: lockKey.network(engine, network.id), mode: 'shared' },
  ];
}
