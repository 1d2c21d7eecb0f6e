import { Injectable } from '@nestjs/common';
import { SEEN_BY, type EventCause, type EventType, type ObservedChange } from '../events/event.js';

/** Events that a command is about to lead to. What is not said may be anything; once for each subject on each engine. */
export interface ExpectedEvent {
  readonly type: EventType;
  /** Id of the network, or of the network of the attachment, or the name where the id is not known. */
  readonly network?: readonly string[];
  /** Id of the container, or of the container of the attachment. */
  readonly container?: string;
  /** Name of the network or container, or of the container of the attachment, that is about to be made. */
  readonly name?: string;
  /** One that the container bears, or either end of the attachment, with its value. */
  readonly label?: readonly [key: string, value: string];
  /** Of how many containers on all engines together; of any number where it is not said. */
  readonly most?: number;
  /**
   * It names nothing that one command alone would lead to: of several that may have, the latest counts. What names one
   * thing comes in the order of the commands.
   */
  readonly open?: true;
}

interface Expectation {
  readonly event: ExpectedEvent;
  /** Subjects, by engine, and containers of which it has come. */
  readonly used: Set<string>;
  readonly containers: Set<string>;
}

/** One command under way, or just answered. */
interface Trace {
  readonly cause: EventCause;
  readonly expected: readonly Expectation[];
  /** Where its events may still come. */
  readonly engines: Set<string>;
  /** By this process's steady clock. */
  lapsesAtMs: number;
}

/** How long after its command was answered an event may still come: an unnoticed one is told after a review. */
export const EVENTS_MAY_COME_MS = 15_000;
/** While it is not known whether the engine has done it, and while its answer is awaited. */
export const COMMAND_MAY_TAKE_MS = 120_000;

/**
 * Knows which command of this service led to an event. An expectation is used up by the event that it explains, and
 * lapses some seconds after its command: what others do to the same objects later is not ascribed to it.
 */
@Injectable()
export class ExpectedEvents {
  /** By their ids, in the order of the commands. What comes of one on several engines is counted together. */
  private readonly traces = new Map<string, Trace>();

  /** Notes what a command is about to lead to, or until when what it led to may still come. */
  note(engine: string, id: string, cause: EventCause, expected: readonly ExpectedEvent[], forMs: number): void {
    const lapsesAtMs = performance.now() + forMs;
    const standing = this.traces.get(id);
    if (standing === undefined) {
      const fresh = expected.map((event) => ({ event, used: new Set<string>(), containers: new Set<string>() }));
      this.traces.set(id, { cause, expected: fresh, engines: new Set([engine]), lapsesAtMs });
      return;
    }
    standing.engines.add(engine);
    standing.lapsesAtMs = lapsesAtMs;
  }

  /** Nothing came of the command. */
  drop(engine: string, id: string): void {
    const trace = this.traces.get(id);
    trace?.engines.delete(engine);
    if (trace?.engines.size === 0) this.traces.delete(id);
  }

  /** The command that led to a change, null where none of this service is known to; asked once for each change. */
  find(change: ObservedChange): EventCause | null {
    const now = performance.now();
    for (const [id, { lapsesAtMs }] of this.traces) if (lapsesAtMs <= now) this.traces.delete(id);
    const matches = [...this.traces.values()].flatMap((trace) => matching(trace, change));
    const found = matches.find(({ expectation }) => !expectation.event.open) ?? matches.at(-1);
    if (found === undefined) return null;
    const { cause } = found.trace;
    // Several commands of one request may lead to one event.
    for (const { trace, expectation } of matches) {
      if (trace.cause.requestId !== cause.requestId) continue;
      expectation.used.add(useOf(change));
      expectation.containers.add(endsOf(change).container);
    }
    return cause;
  }
}

function matching(trace: Trace, change: ObservedChange): { readonly trace: Trace; readonly expectation: Expectation }[] {
  if (!trace.engines.has(change.engine ?? '')) return [];
  return trace.expected
    .filter((expectation) => isLeft(expectation, change) && explains(expectation.event, change))
    .map((expectation) => ({ trace, expectation }));
}

function isLeft({ event: { most = Infinity }, used, containers }: Expectation, change: ObservedChange): boolean {
  return !used.has(useOf(change)) && (containers.size < most || containers.has(endsOf(change).container));
}

function useOf({ engine, subject }: ObservedChange): string {
  return `${engine}/${subject.id}`;
}

function explains({ type, network, container, name, label }: ExpectedEvent, change: ObservedChange): boolean {
  if (type !== change.type) return false;
  const { network: ofNetwork, container: ofContainer } = change[SEEN_BY] ?? {};
  if (label !== undefined && ![ofNetwork, ofContainer].some((labels) => labels?.[label[0]] === label[1])) return false;
  const ends = endsOf(change);
  if (network !== undefined && !network.includes(ends.network)) return false;
  if (container !== undefined && container !== ends.container) return false;
  return name === undefined || name === ends.name;
}

/** What a change is about; the last part of an attachment's name is its container's. */
function endsOf({ subject: { kind, id, name } }: ObservedChange): { network: string; container: string; name: string } {
  if (kind === 'network') return { network: id, container: '', name };
  if (kind === 'container') return { network: '', container: id, name };
  const dot = id.lastIndexOf('.');
  return { network: id.slice(0, dot), container: id.slice(dot + 1), name: name.slice(name.lastIndexOf('/') + 1) };
}
