import { EVENT_TYPES, type EventOrigin, type EventType, type FairleadEvent, type Labels } from '../events/event.js';

/** What a follower wants to hear of; an absent or empty list excludes nothing, and all lists must agree. */
export interface EventFilter {
  /** Exact types, or `network.*` for a whole family. */
  readonly types?: readonly string[];
  readonly engines?: readonly string[];
  /** Ids or names, as the event states them. */
  readonly networks?: readonly string[];
  readonly containers?: readonly string[];
  /** `key` or `key=value`, of the network or the container that the event is about. */
  readonly labels?: readonly string[];
  readonly origins?: readonly EventOrigin[];
}

/** What is kept beside an event and is no part of what is shown. */
export interface EventMarks {
  /** That it can be found by, as `labelText` writes them: an attachment has those of both its ends. */
  readonly labels: string;
  /** That it is seen by, as `sightText` writes them; null where it is about no network, or its labels were never known. */
  readonly networkLabels: string | null;
  readonly containerLabels: string | null;
  /** `OtherEnds` as JSON; null where its state tells of nothing besides. */
  readonly others: string | null;
}

/** An event in its place. */
export interface LoggedEvent extends EventMarks {
  readonly position: number;
  readonly event: FairleadEvent;
  /** Length of its text. */
  readonly size: number;
}

/** By what else an event is found; the columns of the log hold the same. */
export interface EventKeys {
  readonly networkId: string | null;
  readonly networkName: string | null;
  readonly containerId: string | null;
  readonly containerName: string | null;
}

export function keysOf({ subject, network, container, attachment }: Omit<FairleadEvent, 'cursor'>): EventKeys {
  if (subject.kind === 'network') {
    return { networkId: subject.id, networkName: network?.name ?? subject.name, containerId: null, containerName: null };
  }
  if (subject.kind === 'container') {
    const containerName = container?.name ?? subject.name;
    return { networkId: null, networkName: null, containerId: subject.id, containerName };
  }
  if (subject.kind !== 'attachment') {
    return { networkId: null, networkName: null, containerId: null, containerName: null };
  }
  // Networks of old engines may have a slash in their names; containers have neither it nor a dot in their ids.
  const [networkId, containerId] = splitAtLast(subject.id, '.');
  const [networkName, containerName] = splitAtLast(subject.name, '/');
  return {
    networkId: attachment === null ? networkId : attachment.networkId,
    networkName: attachment?.networkName ?? networkName,
    containerId: attachment?.containerId ?? containerId,
    containerName: attachment?.containerName ?? containerName,
  };
}

function splitAtLast(text: string, separator: string): [string, string] {
  const at = text.lastIndexOf(separator);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** Labels as lines, so that a line is found the same way in memory and in either database. */
export function labelText(sets: readonly Labels[]): string {
  const lines = sets.flatMap((labels) => Object.entries(labels).map(([key, value]) => oneLine(`${key}=${value}`)));
  return lines.length === 0 ? '' : `\n${[...new Set(lines)].join('\n')}\n`;
}

/** The part of a label text that is there where a wanted `key` or `key=value` is. */
export function labelLine(wanted: string): string {
  return wanted.includes('=') ? `\n${oneLine(wanted)}\n` : `\n${oneLine(wanted)}=`;
}

/** PostgreSQL keeps no NUL in text. */
export function oneLine(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\0', '\uFFFD');
}

/** The types that patterns mean. */
export function matchingTypes(patterns: readonly string[]): EventType[] {
  const families = patterns.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.slice(0, -1));
  return EVENT_TYPES.filter((type) => patterns.includes(type) || families.some((family) => type.startsWith(family)));
}

export type EventTest = (logged: Pick<LoggedEvent, 'event' | keyof EventMarks>) => boolean;

/** Builds the test once, so that many events can be put to it. Whether whoever asks may see them is not part of it. */
export function filterTest(filter: EventFilter): EventTest {
  const { types = [], engines = [], networks = [], containers = [], labels = [], origins = [] } = filter;
  const tests: EventTest[] = labels.map(labelLine).map((line) => (logged) => logged.labels.includes(line));
  if (types.length > 0) {
    const wanted = new Set(matchingTypes(types));
    tests.push(({ event }) => wanted.has(event.type));
  }
  if (engines.length > 0) tests.push(({ event }) => event.engine !== null && engines.includes(event.engine));
  if (origins.length > 0) tests.push(({ event }) => origins.includes(event.origin));
  const isAmong = (wanted: readonly string[], names: readonly (string | null)[]): boolean =>
    names.some((name) => name !== null && wanted.includes(name));
  if (networks.length > 0) {
    tests.push(({ event }) => {
      const { networkId, networkName } = keysOf(event);
      return isAmong(networks, [networkId, networkName]);
    });
  }
  if (containers.length > 0) {
    tests.push(({ event }) => {
      const { containerId, containerName } = keysOf(event);
      return isAmong(containers, [containerId, containerName]);
    });
  }
  return (logged) => tests.every((test) => test(logged));
}
