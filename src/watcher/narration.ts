import type { EngineEvent } from '../docker/observed.js';
import { SEEN_BY, type EventOrigin, type EventType, type ObservedChange, type SeenBy } from '../events/event.js';
import type { EngineSnapshot } from '../inventory/engine-snapshot.js';
import type { Attachment } from '../resources/attachment.js';
import type { Container } from '../resources/container.js';
import type { Network } from '../resources/network.js';
import { Seers } from './seen-by.js';
import { attachmentName, type Told, type ToldAttachment, type ToldContainer, type ToldNetwork } from './told.js';

type Previous = ObservedChange['previous'];

/**
 * Collects what is to be told, in order, on one occasion: an event of the engine, or a comparison of states.
 * Each method tells one change; keeping `told` in step is the caller's part.
 */
export class Narration {
  private readonly seers: Seers;

  constructor(
    readonly told: Told,
    readonly now: EngineSnapshot,
    private readonly occasion: {
      readonly origin: EventOrigin;
      readonly event: EngineEvent | null;
      /** Whether `now` was looked at after what is told. */
      readonly stateExact: boolean;
    },
    readonly changes: ObservedChange[] = [],
  ) {
    this.seers = new Seers(told, now);
  }

  /** For what is told on this occasion though the engine did not report it. */
  aside(): Narration {
    const occasion = { origin: 'resync', event: null, stateExact: this.occasion.stateExact } as const;
    return new Narration(this.told, this.now, occasion, this.changes);
  }

  network(type: EventType, id: string, known: ToldNetwork, previous: Previous = null): void {
    const present = this.now.networkById.get(id) ?? this.now.swarmNetworks.get(id);
    const subject = { kind: 'network', id, name: known.name } as const;
    const network = present ?? known.view;
    this.tell(type, subject, { network }, present !== undefined, previous, this.seers.network(id, network));
  }

  container(type: EventType, id: string, known: Pick<ToldContainer, 'name' | 'view'>, previous: Previous = null): void {
    const present = this.now.containerById.get(id);
    const subject = { kind: 'container', id, name: present?.name ?? known.name } as const;
    const container = present ?? known.view;
    this.tell(type, subject, { container }, present !== undefined, previous, this.seers.container(container));
  }

  attachment(type: EventType, id: string, known: ToldAttachment, previous: Previous = null): void {
    const present = this.now.attachmentById.get(id);
    const name = present === undefined ? known.name : attachmentName(present);
    const subject = { kind: 'attachment', id, name } as const;
    const state = { attachment: present ?? known.view };
    this.tell(type, subject, state, present !== undefined, previous, this.seers.attachment(known));
  }

  private tell(
    type: EventType,
    subject: ObservedChange['subject'],
    state: { network?: Network | null; container?: Container | null; attachment?: Attachment | null },
    isPresent: boolean,
    previous: Previous,
    seenBy: SeenBy,
  ): void {
    const { origin, event } = this.occasion;
    this.changes.push({
      [SEEN_BY]: seenBy,
      type,
      engine: this.now.engine,
      time: event?.time ?? new Date().toISOString(),
      origin,
      subject,
      network: state.network ?? null,
      container: state.container ?? null,
      attachment: state.attachment ?? null,
      stateExact: isPresent && this.occasion.stateExact,
      previous,
      gap: null,
      engineEvent: event === null ? null : { type: event.type, action: event.action, attributes: event.attributes },
      cause: null,
    });
  }
}
