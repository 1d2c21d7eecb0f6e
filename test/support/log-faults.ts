import type { FairleadEvent } from '../../src/events/event.js';
import type { Beginning, KeptLog } from './replay.js';

/** Everything by which a log breaks its promises, in words; empty where it keeps them. */
export function faultsOf({ events, beginnings }: KeptLog): string[] {
  return [
    ...orderFaults(events),
    ...[...beginnings.values()].flatMap((beginning) => [...frameFaults(beginning.events), ...stepFaults(beginning)]),
  ];
}

function describe({ cursor, type, subject, origin, previous }: FairleadEvent): string {
  const changed = previous === null ? '' : ` from ${JSON.stringify(previous)}`;
  return `${cursor} ${type} ${subject.name} (${origin})${changed}`;
}

function orderFaults(events: readonly FairleadEvent[]): string[] {
  const ids = new Set<string>();
  return events.flatMap((event, index) => {
    const before = events[index - 1];
    const faults: string[] = [];
    if (before !== undefined && before.cursor >= event.cursor) faults.push(`${describe(event)}: its cursor does not ascend`);
    if (ids.has(event.id)) faults.push(`${describe(event)}: its id was there before`);
    ids.add(event.id);
    return faults;
  });
}

/** What the engine raises no event for, so that it may be found by comparing at any time. */
function isEventless({ subject, attachment, container, type, previous }: FairleadEvent): boolean {
  if (subject.kind === 'attachment') return attachment?.active === false;
  if (type !== 'container.updated') return false;
  // Ports are published anew when a network is left; a removal that takes long shows as two states.
  const changed = Object.keys(previous ?? {}).join();
  return changed === 'publishedPorts' || (changed === 'state' && ['removing', 'dead'].includes(container?.state ?? ''));
}

/** Frames are opened and closed in turn, and what was found by comparing stands in one. */
function frameFaults(events: readonly FairleadEvent[]): string[] {
  const faults: string[] = [];
  let open: string | undefined;
  for (const event of events) {
    if (event.type === 'engine.gap') {
      if (open !== undefined) faults.push(`${describe(event)}: opens a gap in a gap`);
      open = event.gap?.gapId;
    } else if (event.type === 'engine.resynced') {
      if (open !== event.gap?.gapId) faults.push(`${describe(event)}: closes another gap than was open`);
      open = undefined;
    } else if (event.origin === 'resync' && open === undefined && !isEventless(event)) {
      faults.push(`${describe(event)}: found by comparing, outside of a gap`);
    }
  }
  if (open !== undefined) faults.push('the last gap is not closed');
  return faults;
}

type Standing = 'there' | 'still' | 'runs' | 'paused' | 'active' | 'inactive';

/** What a subject must be for a step to befall it, and what it is then; undefined: not there. */
const STEPS: Readonly<Record<string, { readonly from: readonly (Standing | undefined)[]; readonly to?: Standing | null }>> = {
  'network.created': { from: [undefined], to: 'there' },
  'network.updated': { from: ['there'] },
  'network.removed': { from: ['there'], to: null },
  'container.created': { from: [undefined], to: 'still' },
  'container.started': { from: ['still'], to: 'runs' },
  'container.exited': { from: ['runs', 'paused'], to: 'still' },
  'container.paused': { from: ['runs'], to: 'paused' },
  'container.unpaused': { from: ['paused'], to: 'runs' },
  'container.restarted': { from: ['runs', 'paused'], to: 'runs' },
  'container.removed': { from: ['still', 'runs', 'paused'], to: null },
  'attachment.created': { from: [undefined], to: 'inactive' },
  'attachment.activated': { from: ['inactive'], to: 'active' },
  'attachment.deactivated': { from: ['active'], to: 'inactive' },
  'attachment.updated': { from: ['active', 'inactive'] },
  'attachment.removed': { from: ['inactive'], to: null },
};

/** Steps that cannot have followed each other: one is missing, or was told twice. */
function stepFaults({ rows, events }: Beginning): string[] {
  const standing = new Map<string, Standing>();
  for (const { kind, id, known } of rows) {
    const { state, active } = known as { state?: string; active?: boolean };
    if (kind === 'network') standing.set(`network ${id}`, 'there');
    if (kind === 'container') standing.set(`container ${id}`, state === 'running' ? 'runs' : state === 'paused' ? 'paused' : 'still');
    if (kind === 'attachment') standing.set(`attachment ${id}`, active === true ? 'active' : 'inactive');
  }
  let isInGap = false;
  return events.flatMap((event) => {
    if (event.subject.kind === 'engine') isInGap = event.type === 'engine.gap' || (isInGap && event.type !== 'engine.resynced');
    const key = `${event.subject.kind} ${event.subject.id}`;
    const now = standing.get(key);
    const { from, to } = STEPS[event.type] ?? { from: [now] };
    if (to === null) standing.delete(key);
    else if (to !== undefined) standing.set(key, to);
    // That steps are missing is what a gap says; nothing is made twice or unmade in one either.
    const mayFollow = from.includes(now) || (isInGap && now !== undefined && !from.includes(undefined));
    return mayFollow ? [] : [`${describe(event)}: befell what was ${now ?? 'not there'}`];
  });
}
