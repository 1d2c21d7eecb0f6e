import { Injectable } from '@nestjs/common';
import type { EventCause, EventType, ObservedChange } from '../events/event.js';

/** Events that a command is about to lead to. What is not said may be anything; once for each subject. */
export interface ExpectedEvent {
  readonly type: EventType;
  /** Id of the network, or of the network of the attachment, or the name where the id is not known. */
  readonly network?: readonly string[];
  /** Id of the container, or of the container of the attachment. */
  readonly container?: string;
  /** Name of the network or container, or of the container of the attachment, that is about to be made. */
  readonly name?: string;
}

/** One command under way, or just answered. */
interface Trace {
  readonly cause: EventCause;
  readonly expected: readonly { readonly event: ExpectedEvent; readonly used: Set<string> }[];
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
  /** By engine, by an id of the trace. */
  private readonly traces = new Map<string, Map<string, Trace>>();

  /** Notes what a command is about to lead to, or until when what it led to may still come. */
  note(engine: string, id: string, cause: EventCause, expected: readonly ExpectedEvent[], forMs: number): void {
    const traces = this.traces.get(engine) ?? new Map<string, Trace>();
    this.traces.set(engine, traces);
    const lapsesAtMs = performance.now() + forMs;
    const standing = traces.get(id);
    if (standing === undefined) {
      traces.set(id, { cause, expected: expected.map((event) => ({ event, used: new Set() })), lapsesAtMs });
    } else standing.lapsesAtMs = lapsesAtMs;
  }

  /** Nothing came of the command. */
  drop(engine: string, id: string): void {
    this.traces.get(engine)?.delete(id);
  }

  /** The command that led to a change, null where none of this service is known to; asked once for each change. */
  find(change: ObservedChange): EventCause | null {
    const traces = this.traces.get(change.engine ?? '');
    if (traces === undefined) return null;
    const now = performance.now();
    for (const [id, { lapsesAtMs }] of traces) if (lapsesAtMs <= now) traces.delete(id);
    // Events come in the order of the commands that led to them.
    const [first] = matching(traces.values(), change);
    if (first === undefined) return null;
    const { cause } = first.trace;
    // Several commands of one request may lead to one event.
    for (const { trace, used } of matching(traces.values(), change)) {
      if (trace.cause.requestId === cause.requestId) used.add(change.subject.id);
    }
    return cause;
  }
}

function* matching(traces: Iterable<Trace>, change: ObservedChange): Generator<{ trace: Trace; used: Set<string> }> {
  for (const trace of traces) {
    for (const { event, used } of trace.expected) {
      if (!used.has(change.subject.id) && explains(event, change)) yield { trace, used };
    }
  }
}

function explains({ type, network, container, name }: ExpectedEvent, change: ObservedChange): boolean {
  if (type !== change.type) return false;
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
