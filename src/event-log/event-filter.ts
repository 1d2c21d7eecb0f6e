import type { EventOrigin, FairleadEvent, Labels } from '../events/event.js';

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

/** An event together with the labels that it can be found by: an attachment has those of both its ends. */
export interface LoggedEvent {
  readonly event: FairleadEvent;
  readonly labels: readonly Labels[];
}

type Test = (logged: LoggedEvent) => boolean;

function networkNames({ network, attachment, subject }: FairleadEvent): (string | null)[] {
  const own = subject.kind === 'network' ? [subject.id, subject.name] : [];
  return [...own, network?.id ?? null, network?.name ?? null, attachment?.networkId ?? null, attachment?.networkName ?? null];
}

function containerNames({ container, attachment, subject }: FairleadEvent): (string | null)[] {
  const own = subject.kind === 'container' ? [subject.id, subject.name] : [];
  const names = [container?.id, container?.name, attachment?.containerId, attachment?.containerName];
  return [...own, ...names.map((name) => name ?? null)];
}

function typeTest(patterns: readonly string[]): Test {
  const families = patterns.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.slice(0, -1));
  const exact = new Set(patterns);
  return ({ event: { type } }) => exact.has(type) || families.some((family) => type.startsWith(family));
}

function labelTest(wanted: string): Test {
  const [key = '', ...rest] = wanted.split('=');
  const value = rest.length === 0 ? undefined : rest.join('=');
  return ({ labels }) => labels.some((set) => Object.hasOwn(set, key) && (value === undefined || set[key] === value));
}

/** Builds the test once, so that many events can be put to it. */
export function eventTest(filter: EventFilter): Test {
  const { types = [], engines = [], networks = [], containers = [], labels = [], origins = [] } = filter;
  const tests: Test[] = labels.map(labelTest);
  if (types.length > 0) tests.push(typeTest(types));
  if (engines.length > 0) tests.push(({ event }) => engines.includes(event.engine));
  if (origins.length > 0) tests.push(({ event }) => origins.includes(event.origin));
  const named = (wanted: readonly string[], names: (event: FairleadEvent) => (string | null)[]): Test => {
    return ({ event }) => names(event).some((name) => name !== null && wanted.includes(name));
  };
  if (networks.length > 0) tests.push(named(networks, networkNames));
  if (containers.length > 0) tests.push(named(containers, containerNames));
  return (logged) => tests.every((test) => test(logged));
}
