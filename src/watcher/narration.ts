import type { EngineEvent } from '../docker/observed.js';
import type { EventOrigin, EventType, ObservedChange } from '../events/event.js';
import type { EngineSnapshot } from '../inventory/engine-snapshot.js';
import type { Attachment } from '../resources/attachment.js';
import type { Container } from '../resources/container.js';
import type { Network } from '../resources/network.js';
import { attachmentName, type Told, type ToldAttachment, type ToldContainer, type ToldNetwork } from './told.js';

type Previous = ObservedChange['previous'];

/**
 * Collects what is to be told, in order, on one occasion: an event of the engine, or a comparison of states.
 * Each method tells one change; keeping `told` in step is the caller's part.
 */
export class Narration {
  readonly changes: ObservedChange[] = [];

  constructor(
    readonly told: Told,
    readonly now: EngineSnapshot,
    private readonly occasion: { readonly origin: EventOrigin; readonly event: EngineEvent | null },
  ) {}

  network(type: EventType, id: string, known: ToldNetwork, previous: Previous = null): void {
    const present = this.now.networkById.get(id);
    const subject = { kind: 'network', id, name: known.name } as const;
    this.tell(type, subject, { network: present ?? known.view }, present !== undefined, previous);
  }

  container(type: EventType, id: string, known: Pick<ToldContainer, 'name' | 'view'>, previous: Previous = null): void {
    const present = this.now.containerById.get(id);
    const subject = { kind: 'container', id, name: present?.name ?? known.name } as const;
    this.tell(type, subject, { container: present ?? known.view }, present !== undefined, previous);
  }

  attachment(type: EventType, id: string, known: ToldAttachment, previous: Previous = null): void {
    const present = this.now.attachmentById.get(id);
    const name = present === undefined ? known.name : attachmentName(present);
    this.tell(type, { kind: 'attachment', id, name }, { attachment: present ?? known.view }, present !== undefined, previous);
  }

  private tell(
    type: EventType,
    subject: ObservedChange['subject'],
    state: { network?: Network | null; container?: Container | null; attachment?: Attachment | null },
    stateExact: boolean,
    previous: Previous,
  ): void {
    const { origin, event } = this.occasion;
    this.changes.push({
      type,
      engine: this.now.engine,
      time: event?.time ?? new Date().toISOString(),
      origin,
      subject,
      network: state.network ?? null,
      container: state.container ?? null,
      attachment: state.attachment ?? null,
      stateExact,
      previous,
      gap: null,
      engineEvent: event === null ? null : { type: event.type, action: event.action, attributes: event.attributes },
    });
  }
}

/** A change of an engine's own state, or a frame around what could not be seen step by step. */
export function engineChange(
  type: EventType,
  engine: string,
  origin: EventOrigin,
  gap: ObservedChange['gap'] = null,
): ObservedChange {
  return {
    type,
    engine,
    time: new Date().toISOString(),
    origin,
    subject: { kind: 'engine', id: engine, name: engine },
    network: null,
    container: null,
    attachment: null,
    stateExact: true,
    previous: null,
    gap,
    engineEvent: null,
  };
}
