import type { ToldRow } from '../events/engine-journal.js';
import type { FairleadEvent } from '../events/event.js';
import type { Attachment } from '../resources/attachment.js';
import type { Container } from '../resources/container.js';

/** As it was written, by whichever version: fields that have come since are missing. */
type Older<T, Since extends keyof T> = Omit<T, Since> & Partial<Pick<T, Since>>;
type OlderEvent = Older<Omit<FairleadEvent, 'cursor'>, 'cause'>;

/**
 * What was logged before a field was there has it empty when it is read: the log is never rewritten, and what is promised
 * of a field holds for all that is answered. Whoever adds a field to what is logged adds it here.
 */
export function completeEvent(event: OlderEvent): Omit<FairleadEvent, 'cursor'> {
  return {
    ...event,
    container: event.container && completeContainer(event.container),
    attachment: event.attachment && completeAttachment(event.attachment),
    cause: event.cause ?? null,
  };
}

/** The same for what was told last: it is compared with what is seen now, and shown once more where that is gone. */
export function completeTold(kind: ToldRow['kind'], known: object): object {
  if (kind !== 'container' && kind !== 'attachment') return known;
  const { view, ...rest } = known as { readonly view: Container | Attachment | null };
  if (view === null) return known;
  return { ...rest, view: kind === 'container' ? completeContainer(view as Container) : completeAttachment(view as Attachment) };
}

function completeAttachment(attachment: Older<Attachment, 'defaultRoute'>): Attachment {
  return { ...attachment, defaultRoute: attachment.defaultRoute ?? [] };
}

function completeContainer(container: Older<Container, 'sharesNetworkOf'>): Container {
  return {
    ...container,
    sharesNetworkOf: container.sharesNetworkOf ?? null,
    publishedPorts: container.publishedPorts.map((port) => ({ ...port, hostPortRange: port.hostPortRange ?? null })),
    attachments: container.attachments.map(completeAttachment),
  };
}
