import { Injectable } from '@nestjs/common';
import type { EndpointSpec } from '../docker/docker.gateway.js';
import type { Target } from '../docker/engine-feature.js';
import { DomainError } from '../errors/domain.error.js';
import { AttachmentSteps, type Ends } from '../inventory/attachment-steps.js';
import type { Finding } from '../inventory/attempt.js';
import type { CommandSession } from '../inventory/command-session.js';
import { EngineCommands } from '../inventory/engine-commands.js';
import { Inventory } from '../inventory/inventory.js';
import { lockKey } from '../inventory/object-locks.js';
import type { Outcome, WriteOptions } from '../inventory/outcome.js';
import { References } from '../inventory/references.js';
import { requestedBeside } from '../inventory/requested-settings.js';
import { requireMatch } from '../inventory/resource-tag.js';
import type { Attachment } from '../resources/attachment.js';
import { AttachmentCommands } from './attachment.commands.js';
import { attachingFinding, detachingFinding, type StoodBefore } from './attachment.findings.js';
import {
  checkSettings,
  differingSettings,
  plannedAttachment,
  refuseFullNetwork,
  requireAttachable,
  requireOwnNetworks,
} from './attachment.rules.js';

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

export interface FoundEnds {
  readonly engine: string;
  readonly container: Ends['container'];
  /** null where the attachment is broken and its network is gone. */
  readonly network: Ends['network'] | null;
  readonly networkName: string;
}

/** Attaching and detaching under locks, checked on both ends as they are then; and looking what became of it. */
@Injectable()
export class AttachmentChanges {
  constructor(
    private readonly inventory: Inventory,
    private readonly references: References,
    private readonly commands: EngineCommands,
    private readonly steps: AttachmentCommands,
    private readonly ends: AttachmentSteps,
  ) {}

  async putOn(found: FoundEnds & Ends, spec: EndpointSpec, options: AttachOptions): Promise<Outcome<Attachment>> {
    return this.locked(found, async (session) => {
      const ends = await this.fresh(session, found);
      const standing = this.ends.find(found.engine, ends);
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

  async takeOff(found: FoundEnds, options: DetachOptions): Promise<Outcome<Attachment>> {
    return this.locked(found, async (session) => {
      await session.refreshContainer(found.container.id);
      const standing = this.requireStanding(found);
      requireMatch(options.ifMatch, standing);
      const { container } = found;
      if (container.networkMode === 'host' || container.networkMode.startsWith('container:')) requireOwnNetworks(container, container.networkMode);
      const warnings = warningsOfLast(this.references.container(container.id, found.engine).resource);
      if (options.dryRun) return { resource: standing, changed: false, warnings };
      await this.ends.disconnect(session, standing, { force: options.force ?? false });
      return { resource: standing, changed: true, warnings };
    });
  }

  async lookWhetherOn(
    { found, spec, before }: { found: FoundEnds & Ends; spec: EndpointSpec; before: StoodBefore | null },
    { strict = false }: AttachOptions,
  ): Promise<Finding<Outcome<Attachment>>> {
    return this.locked(found, async (session) => {
      await Promise.all([session.refreshContainer(found.container.id), session.refreshNetwork(found.network.engineId)]);
      const standing = this.ends.find(found.engine, found);
      const isEqual = standing !== undefined && this.isEqual(standing, spec);
      return attachingFinding(found, { standing, isEqual, before, strict });
    });
  }

  async lookWhetherOff(
    { found, before }: { found: FoundEnds; before: Attachment | null },
  ): Promise<Finding<Outcome<Attachment>>> {
    return this.locked(found, async (session) => {
      await session.refreshContainer(found.container.id);
      return detachingFinding(found, { standing: this.find(found), before, warnings: warningsOfLast(found.container) });
    });
  }

  /** What stands before attaching, and whether it is what is wanted. */
  before(found: FoundEnds & Ends, spec: EndpointSpec): StoodBefore | null {
    const attachment = this.ends.find(found.engine, found);
    return attachment === undefined ? null : { isEqual: this.isEqual(attachment, spec) };
  }

  find(found: FoundEnds): Attachment | undefined {
    const attachments = this.inventory.snapshot(found.engine).containerById.get(found.container.id)?.attachments ?? [];
    return attachments.find(({ networkId, networkName }) =>
      networkId === null ? networkName === found.networkName : networkId === found.network?.id,
    );
  }

  requireStanding(found: FoundEnds): Attachment {
    const standing = this.find(found);
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
    const network = this.references.networkInReach(found.network.id, found.engine);
    // Whether it has room, and the container other places, is not a question of who sees them.
    const all = this.inventory.snapshot(found.engine).containerById.get(container.id);
    return { container: all ?? container, network: this.inventory.network(found.engine, network.id) ?? network };
  }

  private isAsWanted(standing: Attachment, ends: Ends, spec: EndpointSpec, options: AttachOptions): boolean {
    const where = `Container ${ends.container.name} is on network ${ends.network.name} already`;
    if (options.strict) throw new DomainError('ALREADY_ATTACHED', `${where}.`);
    if (this.isEqual(standing, spec)) return true;
    const differing = this.differing(standing, spec);
    if (options.replace) return false;
    const what = standing.broken ?? `with other settings: ${differing.join(', ')}`;
    throw new DomainError('ATTACHMENT_DIFFERS', `${where}, ${what}. Repeat with replace=true to put this in its place.`, {
      errors: differing.map((field) => ({ field, message: 'differs from the attachment that stands' })),
    });
  }

  private isEqual(standing: Attachment, spec: EndpointSpec): boolean {
    return standing.broken === null && this.differing(standing, spec).length === 0;
  }

  private differing(standing: Attachment, spec: EndpointSpec): string[] {
    const saved = requestedBeside(this.inventory.picture(standing.engine), standing, spec);
    return differingSettings(spec, saved, standing.macAddress);
  }

  private check(engine: string, { network, container }: Ends, spec: EndpointSpec): void {
    requireOwnNetworks(container, this.references.container(container.id, engine).resource.networkMode);
    requireAttachable(engine, network);
    this.references.requireLinkTargets(spec.links, engine);
    const target: Target = { engine, apiVersion: this.inventory.picture(engine).observed?.apiVersion ?? '' };
    const snapshot = this.inventory.snapshot(engine);
    checkSettings(spec, { target, network, snapshot, containerId: container.id, creating: false });
    refuseFullNetwork(spec, { network, container });
  }
}

function warningsOfLast({ name, attachments }: Ends['container']): string[] {
  return attachments.length < 2 ? [`Container ${name} is left without any network.`] : [];
}
