import type { EndpointSpec } from '../docker/docker.gateway.js';
import { DomainError, type ErrorExtras } from '../errors/domain.error.js';
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

/** Ends well where the container turns out never to have been taken off. */
export async function attachedAgain(connecting: Promise<void>): Promise<void> {
  try {
    await connecting;
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'ALREADY_ATTACHED') throw error;
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
