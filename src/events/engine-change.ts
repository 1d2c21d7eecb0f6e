import type { EventOrigin, EventType, ObservedChange } from './event.js';

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
    cause: null,
  };
}
