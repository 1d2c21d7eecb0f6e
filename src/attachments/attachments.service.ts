import { Injectable } from '@nestjs/common';
import type { Target } from '../docker/engine-feature.js';
import { DomainError } from '../errors/domain.error.js';
import type { CommandSession } from '../inventory/command-session.js';
import { EngineCommands } from '../inventory/engine-commands.js';
import { Inventory } from '../inventory/inventory.js';
import { Lister, type ListRequest, type ListSource } from '../inventory/listing.js';
import { lockKey } from '../inventory/object-locks.js';
import type { Outcome, WriteOptions } from '../inventory/outcome.js';
import type { Listing } from '../inventory/page.js';
import { References } from '../inventory/references.js';
import { requestedSettings } from '../inventory/requested-settings.js';
import { requireMatch } from '../inventory/resource-tag.js';
import { requireAddress } from '../inventory/subnet.js';
import type { EndpointSpec } from '../docker/docker.gateway.js';
import type { Attachment } from '../resources/attachment.js';
import { AttachmentCommands, type Ends } from './attachment.commands.js';
import {
  checkSettings,
  differingSettings,
  plannedAttachment,
  refuseFullNetwork,
  requireAttachable,
  requireOwnNetworks,
  toEndpointSpec,
  type AttachmentSettings,
} from './attachment.rules.js';

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

export interface AttachOptions extends WriteOptions {
  /** Fail with `ALREADY_ATTACHED` where an attachment stands, even an equal one. */
  readonly strict?: boolean;
  /** Where one stands with other settings, put one with these in its place. */
  readonly replace?: boolean;
}

export interface DetachOptions extends WriteOptions {
  /** Tear the endpoint down although the engine finds it in disorder. */
  readonly force?: boolean;
}

/** Attachments: which containers are on which networks, and putting them there. */
@Injectable()
export class AttachmentsService {
  constructor(
    private readonly inventory: Inventory,
    private readonly lister: Lister,
    private readonly references: References,
    private readonly commands: EngineCommands,
    private readonly steps: AttachmentCommands,
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
      select: ({ attachments, attachmentsByAddress }) =>
        (address === undefined ? attachments : (attachmentsByAddress.get(address) ?? [])).filter(
          (attachment) =>
            (network === undefined ||
              (attachment.networkId === network.resource.id && attachment.engine === network.engine)) &&
            (container === undefined || attachment.containerId === container.resource.id) &&
            (macAddress === undefined || attachment.macAddress === macAddress),
        ),
    };
    return this.lister.list(source, filter, request);
  }

  /** Fails with `ATTACHMENT_NOT_FOUND`. */
  get(id: string): Attachment {
    const snapshots = this.inventory.snapshots();
    const attachment = snapshots.map(({ attachmentById }) => attachmentById.get(id)).find((found) => found !== undefined);
    if (attachment !== undefined) return attachment;
    const unseen = this.inventory.freshness().find(({ syncedAt }) => syncedAt === null);
    if (unseen === undefined) throw new DomainError('ATTACHMENT_NOT_FOUND', `There is no attachment "${id}".`);
    const detail = `The attachment "${id}" may be on engine ${unseen.name}, which has not been reached yet.`;
    throw new DomainError('ENGINE_UNREACHABLE', detail, { engine: unseen.name });
  }

  /** The attachment of a container to a network. Fails with `ATTACHMENT_NOT_FOUND`, or as references do. */
  getByEnds(ref: AttachmentRef): Attachment {
    return this.requireStanding(this.resolve(ref));
  }

  /** Puts a container on a network; an equal attachment that stands is left as it is. */
  async attach(request: AttachRequest, options: AttachOptions): Promise<Outcome<Attachment>> {
    const found = this.resolve(request);
    const spec = toEndpointSpec(request);
    return this.locked(found, async (session) => {
      const ends = await this.fresh(session, found);
      const standing = this.steps.find(found.engine, ends);
      requireMatch(options.ifMatch, standing);
      if (standing !== undefined && this.isAsWanted(standing, ends, spec, options)) {
        return { resource: standing, changed: false, warnings: [] };
      }
      this.check(found.engine, ends, spec);
      if (options.dryRun) return { resource: plannedAttachment(found.engine, ends, spec), changed: false, warnings: [] };
      const resource =
        standing === undefined
          ? await this.steps.connect(session, ends, spec)
          : await this.steps.replace(session, ends, standing, spec);
      return { resource, changed: true, warnings: [] };
    });
  }

  /** Takes a container off a network. */
  async detach(ref: AttachmentRef, options: DetachOptions): Promise<Outcome<Attachment>> {
    return this.takeOff(this.resolve(ref), options);
  }

  async detachById(id: string, options: DetachOptions): Promise<Outcome<Attachment>> {
    const { engine, containerId, networkId, networkName } = this.get(id);
    const snapshot = this.inventory.snapshot(engine);
    const container = this.references.container(containerId, engine).resource;
    const network = networkId === null ? undefined : snapshot.networkById.get(networkId);
    return this.takeOff({ engine, container, network: network ?? null, networkName }, options);
  }

  private async takeOff(found: FoundEnds, options: DetachOptions): Promise<Outcome<Attachment>> {
    return this.locked(found, async (session) => {
      await session.refreshContainer(found.container.id);
      const standing = this.requireStanding(found);
      requireMatch(options.ifMatch, standing);
      const { container } = found;
      if (container.networkMode === 'host' || container.networkMode.startsWith('container:')) requireOwnNetworks(container);
      const last = (this.inventory.snapshot(found.engine).containerById.get(container.id)?.attachments.length ?? 0) < 2;
      const warnings = last ? [`Container ${container.name} is left without any network.`] : [];
      if (options.dryRun) return { resource: standing, changed: false, warnings };
      await this.steps.disconnect(session, standing, { force: options.force ?? false });
      return { resource: standing, changed: true, warnings };
    });
  }

  /** The container decides on the engine, and the network is looked for there. */
  private resolve({ network, container, engine }: AttachmentRef): FoundEnds & { readonly network: Ends['network'] } {
    const found = this.references.container(container, engine ?? undefined);
    const { resource } = this.references.network(network, found.engine);
    return { engine: found.engine, container: found.resource, network: resource, networkName: resource.name };
  }

  private requireStanding(found: FoundEnds): Attachment {
    const attachments = this.inventory.snapshot(found.engine).containerById.get(found.container.id)?.attachments ?? [];
    const standing = attachments.find(({ networkId, networkName }) =>
      networkId === null ? networkName === found.networkName : networkId === found.network?.id,
    );
    if (standing !== undefined) return standing;
    const detail = `Container ${found.container.name} is not attached to network ${found.networkName}.`;
    throw new DomainError('ATTACHMENT_NOT_FOUND', detail);
  }

  private locked<T>(found: FoundEnds, work: (session: CommandSession) => Promise<T>): Promise<T> {
    const { engine, container, network } = found;
    const ofNetwork = network === null ? [] : [{ key: lockKey.network(engine, network.id), mode: 'shared' as const }];
    const locks = [{ key: lockKey.container(engine, container.id), mode: 'exclusive' as const }, ...ofNetwork];
    return this.commands.run(engine, locks, work);
  }

  /** Both ends as they are now that nobody else can change them through this service. */
  private async fresh(session: CommandSession, found: FoundEnds & Ends): Promise<Ends> {
    await Promise.all([session.refreshContainer(found.container.id), session.refreshNetwork(found.network.engineId)]);
    const container = this.references.container(found.container.id, found.engine).resource;
    const network = this.references.network(found.network.id, found.engine).resource;
    return { container, network };
  }

  private isAsWanted(standing: Attachment, ends: Ends, spec: EndpointSpec, options: AttachOptions): boolean {
    const where = `Container ${ends.container.name} is on network ${ends.network.name} already`;
    if (options.strict) throw new DomainError('ALREADY_ATTACHED', `${where}.`);
    const saved = requestedSettings(this.inventory.picture(standing.engine), standing);
    const differing = differingSettings(spec, saved, standing.macAddress);
    if (differing.length === 0 && standing.broken === null) return true;
    if (options.replace) return false;
    const what = standing.broken ?? `with other settings: ${differing.join(', ')}`;
    throw new DomainError('ATTACHMENT_DIFFERS', `${where}, ${what}. Repeat with replace=true to put this in its place.`, {
      errors: differing.map((field) => ({ field, message: 'differs from the attachment that stands' })),
    });
  }

  private check(engine: string, { network, container }: Ends, spec: EndpointSpec): void {
    requireOwnNetworks(container);
    requireAttachable(engine, network);
    const target: Target = { engine, apiVersion: this.inventory.picture(engine).observed?.apiVersion ?? '' };
    const snapshot = this.inventory.snapshot(engine);
    checkSettings(spec, { target, network, snapshot, containerId: container.id, creating: false });
    refuseFullNetwork(spec, { network, container });
  }
}

interface FoundEnds {
  readonly engine: string;
  readonly container: Ends['container'];
  /** null where the attachment is broken and its network is gone. */
  readonly network: Ends['network'] | null;
  readonly networkName: string;
}
