import type { FairleadEvent } from '../events/event.js';
import { Sight } from '../sight/sight.js';
import { filterTest, type EventFilter, type EventTest, type LoggedEvent } from './event-filter.js';
import { sightTest } from './event-sight.js';
import { shapeEvent } from './shaped-event.js';

/** What a reader is shown: of what it may see, what it asks for. */
export interface EventView {
  readonly filter: EventFilter;
  readonly sight: Sight;
}

export const EVERY_EVENT: EventView = { filter: {}, sight: Sight.EVERYTHING };

export function isEveryEvent({ filter, sight }: EventView): boolean {
  return sight.isWhole && Object.values(filter as Record<string, readonly string[] | null | undefined>).every((wanted) => !wanted?.length);
}

/** Builds the test once, so that many events can be put to it. */
export function eventTest({ filter, sight }: EventView): EventTest {
  const [isSeen, isWanted] = [sightTest(sight), filterTest(filter)];
  return (logged) => isSeen(logged) && isWanted(logged);
}

const shaped = new WeakMap<FairleadEvent, Map<string, FairleadEvent>>();

/** The event as whoever has this sight is shown it; made once, however many have the same. */
export function shownEvent(logged: LoggedEvent, sight: Sight): FairleadEvent {
  const { event } = logged;
  if (sight.isWhole) return event;
  const made = shaped.get(event) ?? new Map<string, FairleadEvent>();
  shaped.set(event, made);
  const known = made.get(sight.key) ?? shapeEvent(logged, sight);
  made.set(sight.key, known);
  return known;
}
