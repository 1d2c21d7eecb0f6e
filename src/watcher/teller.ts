import type { EngineEvent } from '../docker/observed.js';
import type { ObservedChange } from '../events/event.js';
import type { EngineSnapshot } from '../inventory/engine-snapshot.js';
import { differingSubjects, differs, tellDifference, type SubjectKey } from './difference-teller.js';
import { tellEngineEvent } from './engine-event-teller.js';
import { Narration } from './narration.js';
import { Told } from './told.js';

/** Containers of which something was found whose events may still be on their way. */
const MOST_OVERTAKEN = 1_000;

/** Whether one of the events is about a subject, or about an end of it. */
function touchedBy(events: readonly EngineEvent[]): (subject: SubjectKey) => boolean {
  const ids = new Set(events.flatMap(({ actorId, attributes }) => [actorId, attributes['container'] ?? actorId]));
  // An attachment's id is made of those of its ends.
  return (subject) => ids.size > 0 && subject.slice(subject.indexOf(':') + 1).split('.').some((id) => ids.has(id));
}

/**
 * Turns what happens on one engine into what is told of it: each event of the engine once, completed with the state;
 * and every difference between told and seen that no event explains. A difference is given `graceMs` first, since the
 * event that explains it may still be on its way.
 */
export class Teller {
  private readonly unexplained = new Map<SubjectKey, number>();
  /** Containers that were told to be removed before the engine said so. No other one ever has their ids. */
  private readonly gone = new Set<string>();
  /** When the run began that was found to have begun and ended, by container. */
  private readonly runs = new Map<string, string>();
  /** The revision at which told and seen were last found equal; undefined when something was told since. */
  private equalAt: number | undefined;

  constructor(
    private readonly graceMs: number,
    private readonly told = new Told(),
  ) {}

  /** Begins from a snapshot without telling it. */
  adopt(snapshot: EngineSnapshot): void {
    this.told.adopt(snapshot);
    this.unexplained.clear();
    this.equalAt = snapshot.revision;
  }

  tellEvents(events: readonly EngineEvent[], now: EngineSnapshot, stateExact = true): ObservedChange[] {
    const changes: ObservedChange[] = [];
    this.equalAt = undefined;
    for (const event of events) {
      if (this.gone.has(event.type === 'container' ? event.actorId : (event.attributes['container'] ?? ''))) continue;
      if (this.isToldRun(event, now)) continue;
      const narration = new Narration(this.told, now, { origin: 'engine', event, stateExact });
      tellEngineEvent(narration, event);
      changes.push(...narration.changes);
    }
    return changes;
  }

  /** Notes what differs now, and tells what has differed for longer than the grace; `pending` events may yet explain it. */
  tellUnexplained(now: EngineSnapshot, atMs: number, pending: readonly EngineEvent[] = []): ObservedChange[] {
    if (this.equalAt === now.revision) return [];
    const differing = new Set(differingSubjects({ told: this.told, now }));
    for (const subject of this.unexplained.keys()) if (!differing.has(subject)) this.unexplained.delete(subject);
    if (differing.size === 0) this.equalAt = now.revision;
    for (const subject of differing) if (!this.unexplained.has(subject)) this.unexplained.set(subject, atMs);
    const isTouched = touchedBy(pending);
    const due = [...differing].filter((subject) => {
      return atMs - (this.unexplained.get(subject) ?? atMs) >= this.graceMs && !isTouched(subject);
    });
    return this.tell(due, now);
  }

  /** Tells everything that differs, at once: after steps have been missed there is no event to wait for. */
  tellAllDifferences(now: EngineSnapshot): ObservedChange[] {
    return this.tell(differingSubjects({ told: this.told, now }), now);
  }

  private tell(subjects: readonly SubjectKey[], now: EngineSnapshot): ObservedChange[] {
    const narration = new Narration(this.told, now, { origin: 'resync', event: null, stateExact: true });
    for (const subject of subjects) {
      // One difference may have been told along with another.
      if (differs(narration, subject)) tellDifference(narration, subject);
      this.unexplained.delete(subject);
    }
    this.noteOvertaken(narration.changes);
    return narration.changes;
  }

  private noteOvertaken(changes: readonly ObservedChange[]): void {
    const begun = new Set<string>();
    for (const { type, subject, container } of changes) {
      if (type === 'container.removed') this.gone.add(subject.id);
      if (type === 'container.started') begun.add(subject.id);
      const startedAt = container?.startedAt;
      if (type === 'container.exited' && begun.has(subject.id) && startedAt) this.runs.set(subject.id, startedAt);
    }
    for (const id of this.gone) if (this.gone.size > MOST_OVERTAKEN) this.gone.delete(id);
    for (const id of this.runs.keys()) if (this.runs.size > MOST_OVERTAKEN) this.runs.delete(id);
  }

  /** Whether an event begins a run that was found and told with its end. A container that has run again since may mean that one. */
  private isToldRun({ type, action, actorId }: EngineEvent, now: EngineSnapshot): boolean {
    const startedAt = this.runs.get(actorId);
    return type === 'container' && action === 'start' && startedAt !== undefined && now.containerById.get(actorId)?.startedAt === startedAt;
  }
}
