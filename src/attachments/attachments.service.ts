import { Injectable } from '@nestjs/common';
import { DomainError } from '../errors/domain.error.js';
import type { Ends } from '../inventory/attachment-steps.js';
import { attempt } from '../inventory/attempt.js';
import { Lister, type ListRequest, type ListSource } from '../inventory/listing.js';
import type { Outcome } from '../inventory/outcome.js';
import type { Listing } from '../inventory/page.js';
import { References } from '../inventory/references.js';
import { requireAddress } from '../inventory/subnet.js';
import { VisibleInventory } from '../inventory/visible-inventory.js';
import type { Attachment } from '../resources/attachment.js';
import { AttachmentChanges, type AttachOptions, type DetachOptions, type FoundEnds } from './attachment.changes.js';
import { toEndpointSpec, type AttachmentSettings } from './attachment.rules.js';

export interface AttachmentFilter {
  readonly engine?: string | null;
  /** A reference. */
  readonly network?: string | null;
  /** A reference. */
  readonly container?: string | null;
  readonly address?: string | null;
  readonly macAddress?: string | null;
}

export interface AttachmentRef {
  readonly network: string;
  readonly container: string;
  readonly engine?: string | null;
}

export interface AttachRequest extends AttachmentSettings, AttachmentRef {}

/** Attachments: which containers are on which networks, and putting them there. */
@Injectable()
export class AttachmentsService {
  constructor(
    private readonly inventory: VisibleInventory,
    private readonly lister: Lister,
    private readonly references: References,
    private readonly changes: AttachmentChanges,
  ) {}

  list(filter: AttachmentFilter, request: ListRequest): Listing<Attachment> {
    const engine = filter.engine ?? undefined;
    const network = filter.network ? this.references.network(filter.network, engine) : undefined;
    const container = filter.container ? this.references.container(filter.container, engine) : undefined;
    const address = filter.address ? requireAddress(filter.address, 'address') : undefined;
    const macAddress = filter.macAddress?.toLowerCase().replaceAll('-', ':');
    const source: ListSource<Attachment, AttachmentFilter> = {
      kind: 'attachments',
      sortable: ['id', 'engine', 'networkName', 'containerName'],
      defaultSort: 'networkName,containerName',
      select: ({ attachments, attachmentsByAddress, remoteAttachments }) =>
        [
          ...(address === undefined ? attachments : (attachmentsByAddress.get(address) ?? [])),
          ...remoteAttachments.filter((remote) => address === undefined || remote.ipv4Address === address || remote.ipv6Address === address),
        ].filter(
          (attachment) =>
            (network === undefined || attachment.networkId === network.resource.id) &&
            (container === undefined || attachment.containerId === container.resource.id) &&
            (macAddress === undefined || attachment.macAddress === macAddress),
        ),
    };
    return this.lister.list(source, filter, request);
  }

  /** Fails with `ATTACHMENT_NOT_FOUND`. */
  get(id: string): Attachment {
    const snapshots = this.inventory.snapshots();
    const attachment = snapshots
      .map(({ attachmentById, remoteAttachments }) => attachmentById.get(id) ?? remoteAttachments.find((remote) => remote.id === id))
      .find((found) => found !== undefined);
    if (attachment !== undefined) return attachment;
    const unseen = this.inventory.freshness().find(({ syncedAt }) => syncedAt === null);
    if (unseen === undefined) throw new DomainError('ATTACHMENT_NOT_FOUND', `There is no attachment "${id}".`);
    const detail = `The attachment "${id}" may be on engine ${unseen.name}, which has not been reached yet.`;
    throw new DomainError('ENGINE_UNREACHABLE', detail, { engine: unseen.name });
  }

  /** The attachment of a container to a network. Fails with `ATTACHMENT_NOT_FOUND`, or as references do. */
  getByEnds(ref: AttachmentRef): Attachment {
    return this.changes.requireStanding(this.resolve(ref));
  }

  /** Puts a container on a network; an equal attachment that stands is left as it is. */
  async attach(request: AttachRequest, options: AttachOptions): Promise<Outcome<Attachment>> {
    return attempt({
      dryRun: options.dryRun,
      begin: () => {
        const found = this.resolve(request);
        const spec = toEndpointSpec(request);
        return { found, spec, before: this.changes.before(found, spec) };
      },
      act: ({ found, spec }) => this.changes.putOn(found, spec, options),
      inspect: (before) => this.changes.lookWhetherOn(before, options),
    });
  }

  /** Takes a container off a network. */
  async detach(ref: AttachmentRef, options: DetachOptions): Promise<Outcome<Attachment>> {
    return this.takeOff(() => this.resolve(ref), options);
  }

  async detachById(id: string, options: DetachOptions): Promise<Outcome<Attachment>> {
    return this.takeOff(() => {
      const { engine, containerId, networkId, networkName } = this.get(id);
      const container = this.references.container(containerId, engine).resource;
      const network = networkId === null ? undefined : this.inventory.network(engine, networkId);
      return { engine, container, network: network ?? null, networkName };
    }, options);
  }

  private takeOff(find: () => FoundEnds, options: DetachOptions): Promise<Outcome<Attachment>> {
    return attempt({
      dryRun: options.dryRun,
      begin: () => {
        const found = find();
        return { found, before: this.changes.find(found) ?? null };
      },
      act: ({ found }) => this.changes.takeOff(found, options),
      inspect: (before) => this.changes.lookWhetherOff(before),
    });
  }

  /** The container decides on the engine, and the network is looked for there. */
  private resolve({ network, container, engine }: AttachmentRef): FoundEnds & { readonly network: Ends['network'] } {
    const found = this.references.container(container, engine ?? undefined);
    const resource = this.references.networkInReach(network, found.engine);
    return { engine: found.engine, container: found.resource, network: resource, networkName: resource.name };
  }

}
