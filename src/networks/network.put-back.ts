import { Injectable } from '@nestjs/common';
import type { EndpointSpec } from '../docker/docker.gateway.js';
import { DomainError, type ErrorExtras } from '../errors/domain.error.js';
import { AttachmentSteps } from '../inventory/attachment-steps.js';
import type { CommandSession } from '../inventory/command-session.js';
import { Inventory } from '../inventory/inventory.js';
import { containerPointer } from '../inventory/references.js';
import type { Attachment } from '../resources/attachment.js';
import type { Network } from '../resources/network.js';

/** What was taken off a network, with the settings that it was asked for with. */
export interface Taken {
  readonly attachment: Attachment;
  readonly settings: EndpointSpec;
}

/** Who is off a network that stands, and why. */
type NotRestored = NonNullable<ErrorExtras['notRestored']>[number];

/** The engine's refusal to take a container off, told of that container. */
export function heldBy({ containerId: id, containerName: name, engine }: Attachment, network: Network, error: unknown): unknown {
  if (!(error instanceof DomainError)) return error;
  const detail = `Container ${name} could not be taken off network ${network.name}: ${error.detail}`;
  const extras = { ...error.extras, holder: containerPointer({ id, name, engine }) };
  return new DomainError(error.code, detail, extras, { cause: error });
}

/** Puts containers back that were taken off a network which then was not removed. */
@Injectable()
export class PutBack {
  constructor(
    private readonly inventory: Inventory,
    private readonly attachments: AttachmentSteps,
  ) {}

  /**
   * Whoever calls holds the locks of both ends and knows that the network stands: engines let a stopped container be put
   * on one that does not, and it never starts again (engine-facts 3.2, row 50). Ends well where the container is gone, or
   * turns out never to have been taken off.
   */
  async attach(session: CommandSession, network: Network, { attachment, settings }: Taken): Promise<void> {
    await session.refreshContainer(attachment.containerId);
    const container = this.inventory.snapshot(session.engine).containerById.get(attachment.containerId);
    if (container === undefined) return;
    try {
      await this.attachments.join(session, { network, container }, settings);
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'ALREADY_ATTACHED') throw error;
    }
  }
}

export function notRestored({ containerId: id, containerName: name, engine }: Attachment, reason: unknown, more = ''): NotRestored {
  const why = reason instanceof DomainError ? reason.detail : String(reason);
  return { container: containerPointer({ id, name, engine }), reason: `${why}${more}` };
}

/** The failure, with who is off because of it; those that an earlier step has found are kept. */
export function withNotRestored(error: unknown, found: readonly NotRestored[]): unknown {
  if (found.length === 0 || !(error instanceof DomainError)) return error;
  const all = [...(error.extras.notRestored ?? []), ...found];
  return new DomainError(error.code, error.detail, { ...error.extras, notRestored: all }, { cause: error });
}
